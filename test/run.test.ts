// The whole way through the built command line, with the embedded models.

import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashTree, interbrain, scratch, start, writeStudy } from './cli.ts';

const folder = scratch();
const run = join(folder, 'runs/small');
let whole: Record<string, string>;

beforeAll(async () => {
  const result = await interbrain(['run', writeStudy(folder)], folder);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toMatch(/1 pair of models in 2 seat orders × 8 interactions × 1 seed = 16 episodes/);
  expect(result.stdout).toContain(join(run, 'report/index.html'));
  expect(result.stdout).toContain('toys');
  whole = hashTree(run);
});

const episodes = (at: string) => {
  const place = join(at, 'episodes');
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('writes the files that DESIGN promises', () => {
  expect(
    Object.keys(whole)
      .map((path) => path.replace(/^(episodes|states)\/.*\//, '$1/…/').replace(/\w+(-\w+)*-\d-\d\./, 'ID.'))
      .filter((path, i, all) => all.indexOf(path) === i),
  ).toMatchSnapshot();
  expect(episodes(run)).toHaveLength(16);
});

it('changes no byte and plays nothing when run again', async () => {
  const result = await interbrain(['run', join(folder, 'study.yaml')], folder);
  expect(result.code).toBe(0);
  expect(result.stdout).toContain('16/16 (16 done before)');
  expect(hashTree(run)).toEqual(whole);
});

it('is shortened by --interactions, of whose episodes a longer run makes use', async () => {
  const study = join(folder, 'study.yaml');
  const { stdout } = await interbrain(['status', study, '--interactions', '4'], folder);
  expect(stdout).toMatch(/: 4\/4 episodes, 0\/2 measures \(2 stale\)/);
  const none = await interbrain(['run', study, '--interactions', '0'], folder);
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain('It should be 1 or more.');
  const many = await interbrain(['run', study, '--interactions', '1000'], folder);
  expect(many).toMatchObject({ code: 2 });
  expect(many.stderr).toContain('1000 interactions are asked for, but there are 180');
});

it('after kill -9 in the middle goes on to the same bytes as an uninterrupted run', async () => {
  const other = scratch();
  const study = writeStudy(other);
  const { child, finished } = start(['run', study], other);
  const interrupted = join(other, 'runs/small');
  await until(() => episodes(interrupted).length >= 3 || child.exitCode !== null);
  child.kill('SIGKILL');
  expect((await finished).code).toBe(null);
  const before = episodes(interrupted).length;
  expect(before).toBeLessThan(16);
  const result = await interbrain(['run', study], other);
  expect(result.code).toBe(0);
  expect(result.stdout).toContain(`(${before} done before)`);
  expect(hashTree(interrupted)).toEqual(whole);
});

it('stops politely at Ctrl-C and says how to go on', async () => {
  const other = scratch();
  const { child, finished } = start(['run', writeStudy(other)], other);
  await until(() => episodes(join(other, 'runs/small')).length >= 1 || child.exitCode !== null);
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  expect(code).toBe(130);
  expect(stderr).toMatch(/What is recorded is safe; go on with: interbrain run/);
});

it('redoes what a changed setting touches and nothing else', async () => {
  const other = scratch();
  await interbrain(['run', writeStudy(other)], other);
  const measured = await interbrain(
    ['run', writeStudy(other, { synchrony: '{ samples: all, splitSeeds: [5] }' })],
    other,
  );
  expect(measured.stdout).toContain('16/16 (16 done before)');
  const after = hashTree(join(other, 'runs/small'));
  const changed = Object.keys(whole).filter((path) => after[path] !== whole[path]);
  expect(changed.filter((path) => /^(episodes|states)/.test(path))).toEqual([]);
  expect(changed).toContain('synchrony/llama+mistral/interactive/ridge.A-to-B.json');
  const replayed = await interbrain(
    ['run', writeStudy(other, { simulation: '{ seeds: [0], rounds: 2, interactions: 8 }' })],
    other,
  );
  expect(replayed.stdout).not.toContain('done before');
});

it('reports, inspects, counts and measures', async () => {
  rmSync(join(run, 'report'), { recursive: true });
  expect((await interbrain(['report', run], folder)).code).toBe(0);
  expect(hashTree(run)).toEqual(whole);
  const status = await interbrain(['status', join(folder, 'study.yaml')], folder);
  expect(status.stdout).toContain('llama → mistral: 8/8 episodes, 2/2 measures');
  const inspected = await interbrain(['model', 'inspect', 'toy-mistral', '--prompt', 'Hello'], folder);
  expect(inspected.stdout).toMatch(/MistralForCausalLM[\s\S]*reply/);
  const out = scratch();
  const measured = await interbrain(
    ['measure', run, '--split-seeds', '0,1', '--test', '0.4', '--lambda', '0.1', '--out', out],
    folder,
  );
  expect(measured).toMatchObject({ code: 0, stderr: '' });
  // The same recordings, split and solver: the same numbers to the last bit.
  for (const direction of ['A-to-B', 'B-to-A']) {
    const name = `llama+mistral/interactive/ridge.${direction}.safetensors`;
    const values = (path: string) => readFileSync(path).subarray(-(2 + 1) * 36 * 8);
    expect(values(join(out, name))).toEqual(values(join(run, 'synchrony', name)));
  }
  expect((await interbrain(['schema'], folder)).stdout).toContain('"$schema"');
  const looked = await interbrain(['doctor'], folder);
  expect(looked).toMatchObject({ code: 0, stderr: '' });
  expect(looked.stdout).toMatch(/✓ ONNX Runtime[\s\S]*✓ device cpu +\d+ GFLOP/);
  expect((await interbrain(['--help'], folder)).stdout).toContain('examples/first-study.yaml');
});

describe('bad input: one clear error, exit code 2, no stack trace, nothing lost', () => {
  const bad: [string, () => string[], RegExp][] = [
    [
      'a mistyped key',
      () => ['run', writeStudy(scratch(), { simulatoin: '{}' })],
      /study\.yaml:8:1 simulatoin: unknown key; did you mean simulation\?/,
    ],
    [
      'an unknown model',
      () => ['run', writeStudy(scratch(), { pairs: '[[llama, M9]]' })],
      /pairs\[0\]: no model is called "M9"; models are llama, mistral/,
    ],
    ['no such study', () => ['run', 'nowhere.yaml'], /nowhere\.yaml: cannot be read: no such file/],
    [
      'no such model folder',
      () => [
        'run',
        writeStudy(scratch(), { models: '{ llama: { path: nowhere }, mistral: { embedded: toy-mistral } }' }),
      ],
      /study\.yaml:2:26 models\.llama\.path: .*nowhere: is not a folder/,
    ],
    [
      'no such embedded model',
      () => [
        'run',
        writeStudy(scratch(), { models: '{ llama: { embedded: toy }, mistral: { embedded: toy-mistral } }' }),
      ],
      /study\.yaml:2:30 models\.llama\.embedded: no embedded model is called "toy"; embedded models are toy-llama, .*toy-mistral, /,
    ],
    [
      'no such scenarios',
      () => ['run', writeStudy(scratch(), { scenarios: '{ sotopia: nowhere }' })],
      /nowhere: no such folder/,
    ],
    [
      'no such layer pair',
      () => ['run', writeStudy(scratch(), { nonlinear: '{ layerPairs: [[0, 3], [1, 9]] }' })],
      /study\.yaml:8:35 nonlinear\.layerPairs\[1\]: there is no pair \[1, 9\] from llama to mistral; layers of llama are 0 to 5, of mistral 0 to 5/,
    ],
    [
      'too many interactions',
      () => ['run', writeStudy(scratch(), { simulation: '{ interactions: 999 }' })],
      /999 interactions are asked for, but there are 180/,
    ],
    ['no such run', () => ['report', scratch()], /is no run’s folder, which has a manifest\.json/],
    ['no states', () => ['measure', scratch()], /no states here/],
    ['no such model', () => ['model', 'inspect', 'gpt'], /embedded models are toy-llama, .*toy-mistral, /],
  ];
  it.each(bad)('%s', async (_, args, message) => {
    const { code, stderr, stdout } = await interbrain(args(), folder);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).not.toContain('bug');
    expect(code).toBe(2);
    expect(hashTree(run)).toEqual(whole);
  });

  /** A copy of a good checkpoint, spoiled, as a study's model. */
  const spoiled = (spoil: (checkpoint: string) => void) => () => {
    const other = scratch();
    const checkpoint = join(other, 'checkpoint');
    cpSync(resolve(import.meta.dirname, '../fixtures/models/llama'), checkpoint, { recursive: true });
    spoil(checkpoint);
    const models = '{ llama: { path: checkpoint }, mistral: { embedded: toy-mistral } }';
    return ['run', writeStudy(other, { models })];
  };
  const config = (change: object) =>
    spoiled((checkpoint) => {
      const file = join(checkpoint, 'config.json');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    });
  const header = (claims: object) => {
    const json = Buffer.from(JSON.stringify(claims));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([length, json]);
  };
  const weights = 'model.safetensors';
  it.each<[string, () => string[], RegExp]>([
    ['a file is missing', spoiled((at) => rmSync(join(at, 'tokenizer.json'))), /missing tokenizer\.json/],
    [
      'a wrong shape',
      config({ intermediate_size: 99 }),
      /tensor model\.layers\.0\.mlp\.\w+\.weight has shape/,
    ],
    ['another architecture', config({ architectures: ['MambaForCausalLM'] }), /Mamba.*LlamaForCausalLM/],
    ['a truncated header', spoiled((at) => truncateSync(join(at, weights), 100)), /model\.safetensors: /],
    [
      'a header that claims 10¹² values',
      spoiled((at) =>
        writeFileSync(
          join(at, weights),
          header({ 'model.norm.weight': { dtype: 'F32', shape: [1e12], data_offsets: [0, 4e12] } }),
        ),
      ),
      /model\.safetensors: /,
    ],
  ])('a checkpoint where %s', async (_, args, message) => {
    const { code, stderr } = await interbrain(args(), folder);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it('more samples than there can be', async () => {
    const other = scratch();
    const result = await interbrain(['run', writeStudy(other, { synchrony: '{ samples: 6500 }' })], other);
    expect(result.stderr).toMatch(
      /study\.yaml:6:23 synchrony\.samples: B->A gives 16 samples at most \(8 interactions × 1 seed × 3 rounds\), but 6500 are wanted; take samples: all or at most 15/m,
    );
    expect(result.code).toBe(2);
    expect(existsSync(join(other, 'runs'))).toBe(false);
  });

  it('too few samples, since episodes end early', async () => {
    const other = scratch();
    const result = await interbrain(['run', writeStudy(other, { synchrony: '{ samples: 15 }' })], other);
    expect(result.stderr).toMatch(/15 of at most 15 samples .* are wanted: a few episodes that end early/);
    expect(result.stderr).toMatch(/\d+ samples, but 15 are needed/);
    expect(result.code).toBe(2);
    expect(episodes(join(other, 'runs/small'))).toHaveLength(16);
  });

  it('a state file cut short, and a header that promises too much', async () => {
    const states = join(run, 'states/llama+mistral/interactive/0');
    const file = join(states, readdirSync(states)[0]!);
    const bytes = readFileSync(file);
    const out = scratch();
    truncateSync(file, statSync(file).size - 100);
    const cut = await interbrain(['measure', run, '--out', out], folder);
    expect(cut).toMatchObject({ code: 2 });
    expect(cut.stderr).toContain(file);
    writeFileSync(file, header({ A: { dtype: 'F32', shape: [1e6, 1e6], data_offsets: [0, 4e12] } }));
    const huge = await interbrain(['measure', run, '--out', out], folder);
    expect(huge).toMatchObject({ code: 2 });
    expect(huge.stderr).toContain(file);
    writeFileSync(file, bytes);
    expect(hashTree(run)).toEqual(whole);
  });
});
