// Inputs that are wrong in one way or several, made anew from a seed: files as people, programs and failing disks leave
// them. Each is given to the code that reads such files, which has to take it or to say what is wrong, where, and what to do.

import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { readRatings } from '../src/evaluation/human-scores.ts';
import { readIfeval } from '../src/evaluation/ifeval.ts';
import { readMusr } from '../src/evaluation/musr.ts';
import { openCheckpoint } from '../src/models/onnx/checkpoint.ts';
import { createTokenizer } from '../src/models/tokenizer.ts';
import { encodeSafetensors } from '../src/numerics/safetensors.ts';
import { openRecordings } from '../src/pairs/open.ts';
import { listFolder } from '../src/recordings/list.ts';
import { readEpisode } from '../src/recordings/recording.ts';
import { readLayer } from '../src/recordings/states.ts';
import { readSotopia } from '../src/scenarios/sotopia.ts';
import { examineStudy } from '../src/studies/checks/examine.ts';
import { readManifest } from '../src/studies/manifest.ts';

/** Draws from a seed. */
export class Dice {
  readonly #generator;
  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }
  below(count: number): number {
    return uniformInt(this.#generator, 0, Math.max(0, count - 1));
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** A kind of input: makes one in a folder, then reads it. */
export interface Kind {
  readonly name: string;
  readonly make: (folder: string, dice: Dice) => void;
  readonly read: (folder: string) => Promise<unknown>;
}

const STRANGE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 1e-320, 9007199254740991],
  ...[
    '',
    ' ',
    'constructor',
    '__proto__',
    'toString',
    '../x',
    '/dev/zero',
    '\u001b[31mred',
    '\u202eabc',
    'ü',
    'NaN',
  ],
  ...[
    'x'.repeat(5000),
    '<p viewer="environment">',
    '</p>',
    '< p viewer="agent_0">x</p>',
    '<!-- x -->',
    'a < b',
  ],
  ...[[], {}, [[]], [null], { a: { b: {} } }, [1, 'x', {}], Array.from({ length: 50 }, (_, i) => i)],
];

/** Another value somewhere in a JSON value. */
function disturb(value: unknown, dice: Dice, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || dice.below(5) === 0 || depth > 5)
    return dice.one(STRANGE);
  if (Array.isArray(value)) {
    const copy = [...value];
    const at = dice.below(copy.length + 1);
    const how = dice.below(4);
    if (how === 0) copy.splice(at, 1);
    else if (how === 1) copy.splice(at, 0, copy[0] ?? dice.one(STRANGE));
    else copy[Math.min(at, copy.length - 1)] = disturb(copy[Math.min(at, copy.length - 1)], dice, depth + 1);
    return copy;
  }
  const entries = Object.entries(value);
  const at = dice.below(entries.length);
  const how = dice.below(5);
  if (how === 0) entries.splice(at, 1);
  else if (how === 1)
    entries.push([String(dice.one(['constructor', 'x', '', 'ünknown', 'pk'])), dice.one(STRANGE)]);
  else if (entries[at]) entries[at] = [entries[at][0], disturb(entries[at][1], dice, depth + 1)];
  return Object.fromEntries(entries);
}

/** Bytes cut off, changed, doubled or put in front. */
function damage(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length);
  const how = dice.below(6);
  if (how === 0) return bytes.subarray(0, at);
  if (how === 1)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([dice.below(256)]), bytes.subarray(at + 1)]);
  if (how === 2) return Buffer.concat([bytes, bytes]);
  if (how === 3) return Buffer.concat([Buffer.from('\ufeff'), bytes]);
  if (how === 4) return Buffer.alloc(0);
  return Buffer.concat([
    bytes.subarray(0, at),
    bytes.subarray(Math.min(bytes.length, at + 1 + dice.below(40))),
  ]);
}

/** Something that is no file in a file's place; or the file, with damaged text or disturbed values. */
function spoil(path: string, text: string, dice: Dice): void {
  const how = dice.below(12);
  rmSync(path, { force: true, recursive: true });
  if (how === 0) mkdirSync(path);
  else if (how === 1) symlinkSync('/dev/zero', path);
  else if (how === 2) symlinkSync(path, path);
  else if (how < 6) writeFileSync(path, damage(Buffer.from(text), dice));
  else {
    let value: unknown = JSON.parse(text);
    for (let times = 1 + dice.below(3); times > 0; times--) value = disturb(value, dice);
    writeFileSync(path, JSON.stringify(value));
  }
}

const STUDY = {
  name: 'small',
  models: { a: { embedded: 'toy-llama-s' }, b: { embedded: 'toy-mistral-s' } },
  pairs: [['a', 'b']],
  scenarios: 'embedded',
  simulation: { seeds: [0], rounds: 3, interactions: 8, temperature: 0.7, maxNewTokens: 20, stop: ['x'] },
  conditions: ['interactive', 'passive', 'pseudo-dyad'],
  synchrony: { samples: 'all', test: 0.3, splitSeeds: [0, 1], lambda: [0.1, 'cv'], groupBy: 'scenario' },
  nonlinear: { layerPairs: [[0, 0]], hidden: 4 },
  significance: { draws: 10 },
  judge: {
    url: 'http://127.0.0.1:1/v1',
    model: 'x',
    dimensions: [{ name: 'd', low: 0, high: 1, description: 'x' }],
  },
  families: { f: ['a', 'b'] },
  abilities: { Other: { a: 0.4, b: 0.5 } },
  report: { transcripts: 2 },
};

const YAML = [
  'a: &a [*a]\n',
  'pairs: *x\n',
  'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n',
  `${'['.repeat(5000)}`,
  '"\\e[31mred": 1\n',
  '- 1\n- 2\n',
  'name: a\nname: b\n',
  '!!set {a, b}\n',
  'name: [\n',
  '\u0000\u0001',
  '%YAML 9.9\n---\nname: x\n',
  '? {a: b}\n: c\n',
];

const person = (pk: string) => ({
  ...{ pk, first_name: 'M', last_name: 'Q', age: 3, occupation: 'c', gender: 'w', gender_pronoun: 's' },
  ...{ public_info: 'x', personality_and_values: 'y', secret: 'z' },
});
const SOTOPIA: Readonly<Record<string, unknown>> = {
  'envs.json': [
    {
      ...{
        pk: 'e',
        codename: 'c',
        source: 's',
        relationship: 1,
        agent_goals: ['Win.', '<extra_info>x</extra_info>'],
      },
      scenario: 'Two meet. <p viewer="environment">Both lie.</p>',
    },
  ],
  'agents.json': [person('a'), person('b')],
  'env_agent_combos.json': [{ pk: 'i', env_id: 'e', agent_ids: ['a', 'b'] }],
};

const TABLES = [
  'interaction,agent,dimension,score\ni,A,goal,3\ni,B,goal,4\n',
  'interaction,agent,goal,secret\n"i, 1",A,3,-1\n',
];

const MODEL = resolve(import.meta.dirname, '../models/toy-llama-s');
const MODEL_FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
const TEMPLATES = [
  '{% for i in range(10**9) %}{% endfor %}',
  '{{ raise_exception("no") }}',
  '{% if %}',
  '',
  '{{ x.y.z }}',
];

function makeCheckpoint(folder: string, dice: Dice): void {
  cpSync(MODEL, folder, { recursive: true });
  const how = dice.below(8);
  const weights = join(folder, 'model.safetensors');
  if (how === 0) {
    const bytes = readFileSync(weights);
    writeFileSync(weights, Buffer.concat([damage(bytes.subarray(0, 3000), dice), bytes.subarray(3000)]));
  } else if (how === 1) {
    rmSync(weights);
    const map = dice.one<unknown>([
      {},
      [],
      { a: '' },
      { a: '.' },
      { a: '../x' },
      { a: 5 },
      { a: 'x.safetensors' },
      null,
    ]);
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
  } else if (how === 2) writeFileSync(join(folder, 'chat_template.jinja'), dice.one(TEMPLATES));
  else {
    const path = join(folder, dice.one(MODEL_FILES));
    spoil(path, readFileSync(path, 'utf8'), dice);
  }
}

async function readCheckpoint(folder: string): Promise<unknown> {
  const tokenizer = createTokenizer(await openCheckpoint(folder));
  return tokenizer.encode(tokenizer.render([{ role: 'user', content: 'hi' }]));
}

function makeRecordings(folder: string, dice: Dice): void {
  const shape = dice.one([[2, 3, 4], [2, 0, 4], [24], [1, 2, 3, 4], [2, 3, 0]]);
  const size = shape.reduce((product, one) => product * one, 1);
  const data = Float32Array.from({ length: size }, () => dice.one([0, 1, -1, Number.NaN, Infinity, 1e38]));
  const tensor = (name: string) => ({ name, dtype: 'F32' as const, shape, data });
  const names = dice.one([['A', 'B'], ['A'], ['A', 'C'], []]);
  const metadata = dice.one([{}, { format: 'interbrain-states-1' }, { format: 'interbrain-states-9' }]);
  const bytes = encodeSafetensors(names.map(tensor), metadata);
  const path = join(folder, 'x.safetensors');
  const how = dice.below(6);
  if (how === 0) mkdirSync(path);
  else writeFileSync(path, how < 4 ? bytes : damage(bytes, dice));
  if (dice.below(2) === 0)
    spoil(join(folder, 'x.json'), '{"format":"interbrain-episode-1","turns":[]}', dice);
}

async function readRecordings(folder: string): Promise<unknown> {
  const [recording] = await openRecordings(await listFolder(folder));
  return recording && readLayer(recording.states, 'A', 0);
}

const JSON_LINES: Readonly<Record<string, string>> = {
  'ifeval.jsonl': JSON.stringify({
    key: 1,
    prompt: 'p',
    instruction_id_list: ['punctuation:no_comma'],
    kwargs: [{}],
  }),
  'murder_mystery.json': JSON.stringify([
    { narrative: 'n', question: 'q', choices: "['a', 'b']", answer_index: 0 },
  ]),
};

export const KINDS: readonly Kind[] = [
  {
    name: 'study file',
    make: (folder, dice) => {
      const path = join(folder, 'study.yaml');
      if (dice.below(5) === 0)
        writeFileSync(path, dice.one(YAML) + (dice.below(2) === 0 ? JSON.stringify(STUDY) : ''));
      else spoil(path, JSON.stringify(STUDY), dice);
    },
    read: (folder) => examineStudy(join(folder, 'study.yaml'), join(folder, 'runs')),
  },
  { name: 'checkpoint', make: makeCheckpoint, read: readCheckpoint },
  { name: 'recordings', make: makeRecordings, read: readRecordings },
  {
    name: 'Sotopia data',
    make: (folder, dice) => {
      for (const [name, value] of Object.entries(SOTOPIA))
        writeFileSync(join(folder, name), JSON.stringify(value));
      const name = dice.one(Object.keys(SOTOPIA));
      spoil(join(folder, name), JSON.stringify(SOTOPIA[name]), dice);
      const models = { a: { embedded: 'toy-llama-s' } };
      const study = {
        name: 's',
        models,
        pairs: [['a', 'a']],
        scenarios: { sotopia: '.' },
        synchrony: { samples: 'all' },
      };
      writeFileSync(join(folder, 'study.yaml'), JSON.stringify(study));
    },
    read: async (folder) => {
      await readSotopia(folder);
      await examineStudy(join(folder, 'study.yaml'), join(folder, 'runs'));
    },
  },
  {
    name: 'table',
    make: (folder, dice) => {
      const table = damage(Buffer.from(dice.one(TABLES)), dice).toString();
      const extra = dice.one([
        '',
        ',',
        '"',
        '\n,,,\n',
        `,${'x'.repeat(150_000)}\n`,
        '\ni,A,goal,1e308\n',
        '\ni,A,goal,3e8\n',
      ]);
      writeFileSync(join(folder, 'table.csv'), table + extra);
    },
    read: (folder) => readRatings(join(folder, 'table.csv')),
  },
  {
    name: 'ability data',
    make: (folder, dice) => {
      const name = dice.one(Object.keys(JSON_LINES));
      spoil(join(folder, name), JSON_LINES[name]!, dice);
    },
    read: (folder) =>
      Promise.all([
        readOr(readIfeval, join(folder, 'ifeval.jsonl')),
        readOr(readMusr, join(folder, 'murder_mystery.json')),
      ]),
  },
  {
    name: 'result',
    make: (folder, dice) => {
      spoil(
        join(folder, 'manifest.json'),
        JSON.stringify({ format: 'interbrain-run-2', study: STUDY, models: {} }),
        dice,
      );
    },
    read: (folder) => readManifest(folder),
  },
  {
    name: 'transcript',
    make: (folder, dice) => {
      const episode = {
        format: 'interbrain-episode-1',
        interaction: 'i',
        turns: [{ round: 1, seat: 'A' }],
        models: ['a', 'b'],
      };
      spoil(join(folder, 'i.json'), JSON.stringify(episode), dice);
    },
    read: (folder) => readEpisode(join(folder, 'i.json')),
  },
];

/** Of two files one is there. */
async function readOr(read: (place: string) => Promise<unknown>, place: string): Promise<unknown> {
  try {
    return await read(place);
  } catch (error) {
    if (String(error).includes('no such file')) return undefined;
    throw error;
  }
}
