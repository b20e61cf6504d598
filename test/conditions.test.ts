// Every condition, end to end through the built command line with the embedded models: the example, made small.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { smallWorld } from '../src/scenarios/world.ts';
import { hashTree, interbrain, scratch, start } from './cli.ts';

const EXAMPLE = resolve(import.meta.dirname, '../examples/all-conditions.yaml');
const CONDITIONS = [
  'interactive',
  'passive',
  'passive-same-format',
  'lag-1',
  'lag-2',
  'pseudo-dyad',
  'shuffled',
];
const EPISODES = 2 * 18;

const folder = scratch();
const run = join(folder, 'runs/all-conditions');
let study: string;
let whole: Record<string, string>;

/** The example with fewer interactions, of scenarios that come twice, and fewer draws. */
function writeSmall(at: string): string {
  const text = readFileSync(EXAMPLE, 'utf8')
    // It takes a second seed.
    .replace(', seed-swap', '')
    .replace(/^simulation:.*$/m, 'simulation: { seeds: [0], rounds: 6, maxNewTokens: 40, interactions: 18 }')
    .replace(
      /^synchrony:.*$/m,
      'synchrony: { samples: all, splitSeeds: [0], groupBy: scenario, intervals: false }',
    )
    .replace(/^significance:.*$/m, 'significance: { draws: 50 }')
    .replace(/^sensitivity:.*$/m, 'sensitivity: { sampleSizes: false, textBaseline: { dimensions: 64 } }')
    .replace(/^scenarios:.*$/m, 'scenarios: { path: scenarios.json }');
  const file = join(at, 'study.yaml');
  writeFileSync(file, `${text}report: { transcripts: 1 }\n`);
  return file;
}

beforeAll(async () => {
  // Six scenarios with three pairs of characters each: there are partners for pseudo-dyads.
  const world = smallWorld();
  const scenarios = world.scenarios.slice(0, 6);
  const kept = scenarios.flatMap(({ id }) =>
    world.interactions.filter(({ scenario }) => scenario === id).slice(0, 3),
  );
  writeFileSync(join(folder, 'scenarios.json'), JSON.stringify({ ...world, scenarios, interactions: kept }));
  study = writeSmall(folder);
  const result = await interbrain(['run', study], folder);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toContain(`= ${EPISODES} episodes and ${2 * EPISODES} readings of them`);
  whole = hashTree(run);
}, 300_000);

it('measures each condition in both directions and seat orders, and reports it', () => {
  for (const pair of ['llama+mistral', 'mistral+llama'])
    for (const condition of CONDITIONS)
      for (const direction of ['A-to-B', 'B-to-A']) {
        const path = join(run, 'synchrony', pair, condition, `ridge.${direction}.json`);
        const result = JSON.parse(readFileSync(path, 'utf8'));
        expect(result.condition).toBe(condition);
        expect(result.groupBy).toBe('scenario');
        expect(result.samples).toBeGreaterThan(4);
        expect(Object.keys(result.inputs).includes('readings')).toBe(condition.startsWith('passive'));
      }
  const table = readFileSync(join(run, 'report/tables/syncr2-directions.csv'), 'utf8').trim().split('\n');
  expect(table).toHaveLength(1 + 4 * CONDITIONS.length);
  const page = readFileSync(join(run, 'report/index.html'), 'utf8');
  expect(page).toContain('Condition pseudo-dyad');
  expect(page).toMatch(/leaves out \d+ samples?/);
  for (const section of ['interaction', 'conditions', 'text', 'sensitivity', 'relationships', 'rounds'])
    expect(page).toContain(`<section id="${section}">`);
  for (const figure of ['conditions+lag', 'llama+mistral+A-to-B+conditions', 'sensitivity+groupings'])
    expect(page).toContain(`figures/${figure}.svg`);
  expect(readFileSync(join(run, 'report/interaction.html'), 'utf8')).toMatch(
    /SyncR² by condition[\s\S]*Not tested, since some direction[^.]*lag-2/,
  );
});

it('says with status what is there of every stage, and what is missing', async () => {
  const readings = `${EPISODES / 2}/${EPISODES / 2} passive readings, ${EPISODES / 2}/${EPISODES / 2} passive-same-format readings`;
  const done = await interbrain(['status', study], folder);
  expect(done.stdout).toContain(`${EPISODES / 2}/${EPISODES / 2} episodes, ${readings}, 14/14 measures`);
  expect(done.stdout).not.toContain('Go on with');
  const states = join(run, 'states/llama+mistral/passive/0');
  const lost = join(states, readdirSync(states)[0]!);
  const bytes = readFileSync(lost);
  rmSync(lost);
  const missing = await interbrain(['status', study], folder);
  expect(missing.stdout).toContain(`${EPISODES / 2 - 1}/${EPISODES / 2} passive readings`);
  expect(missing.stdout).toContain('Go on with');
  // The reading is made again, to the same bytes, and no number changes.
  expect((await interbrain(['run', study], folder)).stdout).toContain(`(${2 * EPISODES - 1} done before)`);
  expect(readFileSync(lost).equals(bytes)).toBe(true);
  expect(hashTree(run)).toEqual(whole);
});

it('measures a run by hand: passive sources, active targets', async () => {
  const out = scratch();
  const options = ['--split-seeds', '0', '--group-by', 'scenario', '--intervals', 'none'];
  const result = await interbrain(['measure', run, '--out', out, ...options], folder);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const numbers = (path: string) => readFileSync(path).subarray(-36 * 8);
  for (const condition of ['interactive', 'passive', 'passive-same-format']) {
    const name = `llama+mistral/${condition}/ridge.A-to-B.safetensors`;
    expect(numbers(join(out, name)).equals(numbers(join(run, 'synchrony', name)))).toBe(true);
  }
  // The same by naming the targets of a folder made by hand.
  const states = join(run, 'states/llama+mistral');
  const other = scratch();
  const byHand = await interbrain(
    [
      'measure',
      join(states, 'passive'),
      '--targets',
      join(states, 'interactive'),
      '--out',
      other,
      '--split-seeds',
      '0',
    ],
    folder,
  );
  expect(byHand).toMatchObject({ code: 0, stderr: '' });
  expect(byHand.stdout).toContain('passive');
  expect(readdirSync(other)).toContain('ridge.A-to-B.json');
  const wrong = await interbrain(
    ['measure', join(states, 'passive'), '--targets', join(run, 'episodes')],
    folder,
  );
  expect(wrong.code).toBe(2);
  const isRun = await interbrain(['measure', run, '--targets', states], folder);
  expect(isRun.stderr).toContain('is a run, which knows its targets');
});

it('stopped while it reads, goes on to the same bytes', async () => {
  const other = scratch();
  writeFileSync(join(other, 'scenarios.json'), readFileSync(join(folder, 'scenarios.json')));
  const { child, finished } = start(['run', writeSmall(other)], other);
  const interrupted = join(other, 'runs/all-conditions');
  const reading = () => Object.keys(safeTree(interrupted)).some((path) => path.includes('/passive/'));
  while (!reading() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  expect(code).toBe(130);
  expect(stderr).toContain('What is recorded is safe');
  const result = await interbrain(['run', join(other, 'study.yaml')], other);
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(new RegExp(`episodes ${EPISODES}/${EPISODES} \\(${EPISODES} done before\\)`));
  expect(hashTree(interrupted)).toEqual(whole);
}, 300_000);

function safeTree(at: string): Record<string, string> {
  try {
    return Object.fromEntries(
      readdirSync(join(at, 'states'), { recursive: true, encoding: 'utf8' }).map((name) => [name, '']),
    );
  } catch {
    return {};
  }
}
