// Lets the embedded models talk through held-out cases and counts what they come to: node models/train/examine.mjs
// [episodes] [transcripts]. The embedded world's cases are kept out of the training corpus. Needs `npm run build`.

import {
  embeddedModelFolder,
  encountersOf,
  loadModel,
  outcomeOf,
  playEpisode,
  smallWorld,
} from '../../dist/index.js';
import { spread } from '../../dist/scenarios/encounters.js';

const [count = '100', shown = '3'] = process.argv.slice(2);
const load = (name) => loadModel({ path: embeddedModelFolder(name, 'examine') });
const models = [await load('toy-llama'), await load('toy-mistral')];
const settings = { rounds: 8, temperature: 0.7, maxNewTokens: 80 };
const encounters = spread(encountersOf(smallWorld()), Number(count), 'examine');

const tally = {
  episodes: 0,
  agreed: 0,
  'both goals met': 0,
  left: 0,
  turns: 0,
  'partner named right': 0,
  'names said': 0,
};
const byKind = new Map();
const played = [];
for (const [index, encounter] of encounters.entries()) {
  const seats = index % 2 === 0 ? [0, 1] : [1, 0];
  const [a, b] = seats.map((seat) => models[seat]);
  const { episode } = await playEpisode({
    encounter,
    models: { A: a, B: b },
    names: seats.map((seat) => models[seat].info.id),
    seed: 0,
    settings,
  });
  const outcome = outcomeOf(encounter.scenario, episode.turns);
  tally.episodes++;
  tally.turns += episode.turns.length;
  if (outcome.agreed) tally.agreed++;
  if (outcome.goalsMet.every(Boolean)) tally['both goals met']++;
  if (episode.ending !== 'rounds') tally.left++;
  const firstNames = smallWorld().characters.map((who) => who.firstName);
  for (const turn of episode.turns) {
    const partner = encounter.characters[turn.seat === 'A' ? 1 : 0].firstName;
    for (const word of turn.text.match(/\p{L}+/gu) ?? []) {
      if (!firstNames.includes(word)) continue;
      tally['names said']++;
      if (word === partner) tally['partner named right']++;
    }
  }
  const kind = byKind.get(encounter.scenario.source) ?? { episodes: 0, agreed: 0 };
  byKind.set(encounter.scenario.source, {
    episodes: kind.episodes + 1,
    agreed: kind.agreed + (outcome.agreed ? 1 : 0),
  });
  played.push({ encounter, episode, outcome });
}

console.log(tally);
console.log(Object.fromEntries(byKind));
for (const { encounter, episode, outcome } of spread(played, Number(shown), 'examine')) {
  console.log(`\n${encounter.interaction.id}: ${encounter.scenario.situation[0].text}`);
  console.log(`A (${episode.models[0]}): ${encounter.scenario.goals[0][0].text}`);
  console.log(`B (${episode.models[1]}): ${encounter.scenario.goals[1][0].text}\n`);
  for (const turn of episode.turns) console.log(`${turn.speaker}: ${turn.text}`);
  console.log(
    outcome.agreed
      ? `(agreed: ${outcome.terms}; goals met: ${outcome.goalsMet.join(', ')})`
      : '(no agreement)',
  );
}
for (const model of models) await model.dispose();
