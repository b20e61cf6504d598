// How well checkpoints talk in each prompt style: every model with itself over interactions that are spread evenly over a
// scenario set. A table, and transcripts to read. Nothing is timed; hours with large models, so what was played is kept.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { playEpisode } from '../dist/episodes/play.js';
import { TRAITS } from '../dist/episodes/talk.js';
import { sumTalk, talkOfBoth } from '../dist/episodes/talk-statistics.js';
import { InterbrainError } from '../dist/errors.js';
import { embeddedModels } from '../dist/models/embedded.js';
import { loadModel, modelPrompts } from '../dist/models/sources.js';
import { builtInPrompts } from '../dist/prompts/prompts.js';
import { writeFileAtomic } from '../dist/recordings/atomic-file.js';
import { encountersOf, spread } from '../dist/scenarios/encounters.js';
import { readSotopia } from '../dist/scenarios/sotopia.js';
import { smallWorld } from '../dist/scenarios/world.js';
import { playTogether } from '../dist/studies/conversation-slots.js';
import { readPrompts } from '../dist/studies/prompts.js';
import { printTable } from './print-table.mjs';

const share = (part, whole) =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(part / whole < 0.1 ? 1 : 0)} %`;

/** `chat`, or `chat=mine.yaml` for a wording of one's own. */
async function promptsOf(name) {
  const [style, file] = name.split('=');
  return file ? readPrompts(file, style) : builtInPrompts(style);
}

const sourceOf = (name, dtype) =>
  embeddedModels().includes(name) ? { embedded: name } : { path: resolve(name), ...(dtype && { dtype }) };

/** Every encounter once; an episode that a folder holds already is not played again, and one that fails is not among them. */
async function playAll(model, prompts, encounters, { settings, seed, folder, atOnce }) {
  const played = [];
  const play = async (encounter, { signal }) => {
    const file = folder && join(folder, `${encounter.interaction.id}.json`);
    if (file && existsSync(file)) {
      played.push({ encounter, episode: JSON.parse(await readFile(file, 'utf8')) });
      return;
    }
    let episode;
    try {
      ({ episode } = await playEpisode({
        encounter,
        models: { A: model, B: model },
        names: ['a', 'b'],
        prompts: { A: prompts, B: prompts },
        seed,
        settings,
        signal,
      }));
    } catch (error) {
      // A model that rambles outgrows its context; the others' episodes still tell.
      if (!(error instanceof InterbrainError)) throw error;
      process.stderr.write(`\n${encounter.interaction.id} could not be played: ${error.message}\n`);
      return;
    }
    if (file) await writeFileAtomic(file, `${JSON.stringify(episode, null, 1)}\n`);
    played.push({ encounter, episode });
    process.stderr.write('.');
  };
  const models = new Map([['model', model]]);
  await playTogether(encounters, { models, names: () => ['model', 'model'], atOnce }, play);
  process.stderr.write('\n');
  return encounters.flatMap((encounter) => played.find((one) => one.encounter === encounter) ?? []);
}

const ENDINGS = ['A left', 'B left', 'rounds'];

const NOTES = [
  'repeated its own name',
  'put its partner’s name in front',
  'cut where it spoke on for its partner',
  'left out stage directions',
  'left out quotation marks',
  'joined its lines',
];

function rowOf(name, style, prompts, played) {
  const talk = sumTalk(played.flatMap(({ encounter, episode }) => talkOfBoth(encounter, episode, prompts)));
  const said = talk.utterances;
  const turns = played.flatMap(({ episode }) => episode.turns);
  const noted = (note) => share(turns.filter(({ notes }) => notes.includes(note)).length, said);
  return [
    name,
    style,
    `${played.length}`,
    (said / played.length).toFixed(1),
    share(played.filter(({ episode }) => episode.turns.length <= 2).length, played.length),
    share(talk.repeated, said),
    ...TRAITS.map((trait) => share(talk.traits[trait], said)),
    (talk.distinctBigrams / talk.withBigrams).toFixed(2),
    share(talk.answering, talk.comparable),
    (talk.words / said).toFixed(1),
    ...ENDINGS.map((ending) =>
      share(played.filter(({ episode }) => episode.ending === ending).length, played.length),
    ),
    talk.left === 0 ? '–' : (talk.leftInRounds / talk.left).toFixed(1),
    `${talk.leftTooEarly}`,
    ...NOTES.map(noted),
  ];
}

const HEAD = [
  'model',
  'prompts',
  'episodes',
  'utterances per episode',
  'over within two',
  'repeated',
  ...TRAITS,
  'distinct bigrams',
  'answer the last line',
  'words',
  ...ENDINGS,
  'left in round',
  'too early',
  ...NOTES,
];

function transcript({ encounter, episode }) {
  const { scenario, interaction } = encounter;
  const goals = scenario.goals.map((goal) => goal.map(({ text }) => text).join(' '));
  return [
    `## ${interaction.id}`,
    '',
    ...goals.map((goal, i) => `${'AB'[i]} wants: ${goal}`),
    '',
    ...episode.turns.map(({ speaker, text, notes }) => {
      const noted = notes.length > 0 ? `  [${notes.join('; ')}]` : '';
      return `> ${speaker}: ${text}${noted}  `;
    }),
    `(${episode.ending})`,
    '',
  ].join('\n');
}

/** A column for each number would not fit on a screen; a row does. */
function printTurned(rows) {
  printTable(rows[0].map((_, column) => rows.map((row) => row[column])));
}

/** Name of the folder of what was played so; an episode that was played otherwise is never taken for it. */
function howPlayed({ style, sha256 }, { rounds, seed, dtype = 'fp32' }) {
  return [style, sha256.slice(0, 8), `${rounds}-rounds`, `seed-${seed}`, dtype].join('-');
}

export async function benchTalk({
  models,
  styles,
  sotopia,
  interactions,
  rounds,
  seed,
  dtype,
  folder,
  transcripts,
}) {
  const set = sotopia ? await readSotopia(sotopia) : smallWorld();
  const encounters = spread(encountersOf(set), interactions, '--interactions');
  const settings = { rounds, temperature: 0.7, maxNewTokens: 300 };
  const rows = [HEAD];
  const pages = [];
  for (const name of models) {
    const source = sourceOf(name, dtype);
    const model = await loadModel(source);
    try {
      const own = modelPrompts(source);
      for (const style of own ? ['own words'] : styles) {
        const prompts = own ?? (await promptsOf(style));
        const place = folder && join(folder, basename(name), howPlayed(prompts, { rounds, seed, dtype }));
        const played = await playAll(model, prompts, encounters, { settings, seed, folder: place });
        if (played.length === 0) continue;
        rows.push(rowOf(basename(name), style, prompts, played));
        pages.push(
          `# ${basename(name)}, ${style}\n`,
          ...spread(played, Math.min(transcripts, played.length), '--transcripts').map(transcript),
        );
      }
    } finally {
      await model.dispose();
    }
  }
  console.log(
    `${set.name}, ${encounters.length} interactions, seed ${seed}, ${rounds} rounds, T 0.7${dtype ? `, ${dtype}` : ''}\n`,
  );
  printTurned(rows);
  console.log(`\n${pages.join('\n')}`);
}
