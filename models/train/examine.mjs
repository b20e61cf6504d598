// Lets two embedded models talk through held-out cases and counts what they come to: node models/train/examine.mjs
// [episodes] [transcripts] [model] [model], or `skill [episodes]` for every model with itself. The embedded world's cases
// are kept out of the training corpus. Needs `npm run build`.

import {
  embeddedModelFolder,
  embeddedModels,
  embeddedPrompts,
  encountersOf,
  loadModel,
  outcomeOf,
  playEpisode,
  smallWorld,
} from '../../dist/index.js';
import { spread } from '../../dist/scenarios/encounters.js';

const settings = { rounds: 8, temperature: 0.7, maxNewTokens: 80 };
const firstNames = smallWorld().characters.map((who) => who.firstName);
const load = (name) => loadModel({ path: embeddedModelFolder(name, 'examine') });

/** Plays spread encounters, the seats in turn. */
async function play(models, count) {
  const played = [];
  for (const [index, encounter] of spread(encountersOf(smallWorld()), count, 'examine').entries()) {
    const seats = index % 2 === 0 ? [0, models.length - 1] : [models.length - 1, 0];
    const [a, b] = seats.map((seat) => models[seat]);
    const { episode } = await playEpisode({
      encounter,
      models: { A: a, B: b },
      prompts: { A: embeddedPrompts(), B: embeddedPrompts() },
      names: [a.info.id, b.info.id],
      seed: 0,
      settings,
    });
    played.push({ encounter, episode, outcome: outcomeOf(encounter.scenario, episode.turns) });
  }
  return played;
}

function tallyOf(played) {
  const tally = {
    episodes: 0,
    agreed: 0,
    'both goals met': 0,
    left: 0,
    turns: 0,
    'partner named right': 0,
    'names said': 0,
  };
  for (const { encounter, episode, outcome } of played) {
    tally.episodes++;
    tally.turns += episode.turns.length;
    if (outcome.agreed) tally.agreed++;
    if (outcome.goalsMet.every(Boolean)) tally['both goals met']++;
    if (episode.ending !== 'rounds') tally.left++;
    for (const turn of episode.turns) {
      const partner = encounter.characters[turn.seat === 'A' ? 1 : 0].firstName;
      for (const word of turn.text.match(/\p{L}+/gu) ?? []) {
        if (!firstNames.includes(word)) continue;
        tally['names said']++;
        if (word === partner) tally['partner named right']++;
      }
    }
  }
  return tally;
}

/** `{ bargaining: '6 of 18', … }` that reach agreement. */
function byKind(played) {
  const kinds = [...new Set(played.map(({ encounter }) => encounter.scenario.source))];
  const of = (kind) => played.filter(({ encounter }) => encounter.scenario.source === kind);
  const agreed = (list) => `${list.filter(({ outcome }) => outcome.agreed).length} of ${list.length}`;
  return Object.fromEntries(kinds.map((kind) => [kind, agreed(of(kind))]));
}

function show({ encounter, episode, outcome }) {
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

async function skill(count) {
  for (const name of embeddedModels()) {
    const model = await load(name);
    console.log(name, tallyOf(await play([model], count)));
    await model.dispose();
  }
}

async function examine([count = '100', shown = '3', first = 'toy-llama', second = 'toy-mistral']) {
  const models = [await load(first), await load(second)];
  const played = await play(models, Number(count));
  console.log(tallyOf(played), byKind(played));
  for (const one of spread(played, Number(shown), 'examine')) show(one);
  for (const model of models) await model.dispose();
}

const [first, ...rest] = process.argv.slice(2);
await (first === 'skill'
  ? skill(Number(rest[0] ?? '100'))
  : examine(first === undefined ? [] : [first, ...rest]));
