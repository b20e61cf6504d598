// Interventions against forward hooks in PyTorch (scripts/golden_interventions.py), and what must hold of those who speak
// beside an intervened conversation, and of itself afterwards.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensorsHeader, readFloats } from '../../numerics/safetensors.ts';
import type { Intervention, LayerIntervention } from '../intervention.ts';
import type { LanguageModel } from '../language-model.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Engine } from './engine.ts';
import { buildGraph } from './graph.ts';
import { loadOnnxModel } from './model.ts';
import { Scheduler } from './scheduler.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const TOLERANCE = 1e-4;
const FAMILIES = readdirSync(join(FIXTURES, 'architectures')).sort();
const STEPS = 3;

interface Tokens {
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
}

const tokensOf = (name: string) =>
  JSON.parse(readFileSync(join(FIXTURES, 'architectures', name, 'golden.json'), 'utf8')) as Tokens;

async function numbersOf(name: string): Promise<Map<string, Float32Array>> {
  const path = join(FIXTURES, 'interventions', `${name}.safetensors`);
  const numbers = new Map<string, Float32Array>();
  for (const entry of (await parseSafetensorsHeader(path)).tensors.values())
    numbers.set(entry.name, await readFloats(path, entry));
  return numbers;
}

/** What a case of the script does, in our words. */
function layerOf(kind: string, layer: number, vectors: ReadonlyMap<string, Float32Array>): LayerIntervention {
  const part = (name: string) => vectors.get(name)!;
  if (kind === 'add') return { layer, add: part('add') };
  if (kind === 'replace') return { layer, replace: part('replace') };
  if (kind === 'remove') return { layer, remove: part('remove'), about: part('about') };
  return { layer, replace: part('replace'), remove: part('remove'), add: part('add') };
}

function farthest(found: Float32Array, expected: Float32Array | undefined): number {
  expect(found.length).toBe(expected?.length);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected![i]!)), 0);
}

const table = new Map<string, number>();
afterAll(() => {
  const rows = [...table].map(([name, worst]) => `| ${name} | ${worst.toExponential(1)} |`);
  console.log(['| checkpoint | largest difference |', '| --- | ---: |', ...rows].join('\n'));
});

it('has golden values of every architecture', () => {
  const golden = readdirSync(join(FIXTURES, 'interventions')).map((file) => file.replace('.safetensors', ''));
  expect(golden.sort()).toEqual(FAMILIES);
});

it('leaves the graph as it is where nobody asks for interventions', async () => {
  const { config, weights } = await openCheckpoint(join(FIXTURES, 'architectures/qwen2'));
  const holds = (interventions: boolean) =>
    Buffer.from(buildGraph(config, weights, 100, { interventions })).includes('intervention');
  expect([holds(false), holds(true)]).toEqual([false, true]);
});

describe.each(FAMILIES)('%s against hooks in PyTorch', (name) => {
  it('states before and after, logits, and what is spoken afterwards', async () => {
    const numbers = await numbersOf(name);
    const { prompt, continuation } = tokensOf(name);
    const engine = await Engine.load(await openCheckpoint(join(FIXTURES, 'architectures', name)), {
      threads: 1,
      contextLength: 100,
    });
    const cases = [...numbers.keys()].filter((key) => key.endsWith('.before'));
    expect(cases).toHaveLength(12);
    let worst = 0;
    const compare = (found: Float32Array, key: string) => {
      const far = farthest(found, numbers.get(key));
      worst = Math.max(worst, far);
      expect(far, key).toBeLessThanOrEqual(TOLERANCE);
    };
    for (const key of cases) {
      const [kind = '', layers = ''] = key.split('.');
      const all = layers.split('+').map((layer) => layerOf(kind, Number(layer), numbers));
      for (const tokens of ['prompt', 'onwards'] as const) {
        const intervention: Intervention = { tokens, layers: all };
        const cache = engine.createCache();
        const read = await engine.run(cache, 0, prompt, 0, { intervention, on: 'last' });
        compare(read.before!, `${kind}.${layers}.before`);
        compare(read.states, `${kind}.${layers}.prompt.states`);
        compare(read.logits, `${kind}.${layers}.prompt.logits`);
        const change = tokens === 'onwards' ? { intervention, on: 'all' as const } : undefined;
        for (let step = 0; step < STEPS; step++)
          await engine.run(cache, prompt.length + step, [continuation[step]!], 0, change);
        const what = tokens === 'onwards' ? 'onwards' : 'decode';
        compare(cache.states, `${kind}.${layers}.${what}.states`);
        compare(cache.logits, `${kind}.${layers}.${what}.logits`);
      }
    }
    table.set(name, worst);
    expect(engine.copiedRuns).toBe(0);
    await engine.release();
  });
});

describe('an intervened conversation among others', () => {
  const NAME = 'qwen2';
  const { prompt, continuation } = tokensOf(NAME);
  let numbers: Map<string, Float32Array>;
  let engine: Engine;
  beforeAll(async () => {
    numbers = await numbersOf(NAME);
    const checkpoint = await openCheckpoint(join(FIXTURES, 'architectures', NAME));
    engine = await Engine.load(checkpoint, { threads: 1, contextLength: 100 });
  });
  afterAll(() => engine.release());

  const changes = () =>
    ['add', 'replace', 'remove', 'all'].map(
      (kind): Intervention => ({ tokens: 'onwards', layers: [layerOf(kind, 1, numbers)] }),
    );

  /** States and logits of the prompt and two tokens after it, in a scheduler with so many rows. */
  async function speak(
    scheduler: Scheduler,
    intervention: Intervention | undefined,
  ): Promise<Float32Array[]> {
    const sequence = scheduler.open();
    const outputs: Float32Array[] = [];
    const keep = ({ states, logits }: { states: Float32Array; logits: Float32Array }) =>
      outputs.push(states.slice(), logits.slice());
    keep(await scheduler.read(sequence, 0, prompt, intervention && { intervention, on: 'last' }));
    for (const token of continuation.slice(0, 2))
      keep(
        await scheduler.read(
          sequence,
          sequence.tokens.length,
          [token],
          intervention && { intervention, on: 'all' },
        ),
      );
    return outputs;
  }

  it('has the same numbers to the last bit alone and beside others', async () => {
    const all = [undefined, ...changes(), undefined];
    const alone: Float32Array[][] = [];
    for (const one of all) alone.push(await speak(new Scheduler(engine, 2), one));
    const scheduler = new Scheduler(engine, 8);
    expect(await Promise.all(all.map((one) => speak(scheduler, one)))).toEqual(alone);
    expect(scheduler.counts.stepRows).toBeGreaterThan(scheduler.counts.steps);
    expect(alone[0]).toEqual(alone[5]);
    for (const one of alone.slice(1, 5)) expect(farthest(one[0]!, alone[0]![0])).toBeGreaterThan(0.1);
  });

  it('comes back to its row as it left it', async () => {
    const [intervention] = changes();
    const scheduler = new Scheduler(engine, 2);
    const [next = 0] = continuation;
    const read = async (leaves: boolean) => {
      const sequence = scheduler.open();
      await scheduler.read(sequence, 0, prompt, { intervention: intervention!, on: 'last' });
      for (let i = 0; leaves && i < 2; i++) await scheduler.read(scheduler.open(), 0, continuation);
      const { states } = await scheduler.read(sequence, prompt.length, [next]);
      return states.slice();
    };
    const stayed = await read(false);
    expect(scheduler.counts.restored).toBe(0);
    expect(await read(true)).toEqual(stayed);
    expect(scheduler.counts.restored).toBe(1);
  });

  it('is never taken for one that was not touched', async () => {
    const scheduler = new Scheduler(engine, 4);
    const [change] = changes();
    const touched = scheduler.open();
    await scheduler.read(touched, 0, prompt, { intervention: change!, on: 'last' });
    scheduler.close(touched);
    const copied = scheduler.open();
    expect(await scheduler.begin(copied, prompt)).toBe(0);
    const plain = scheduler.open();
    expect(await scheduler.begin(plain, prompt)).toBe(prompt.length);
  });
});

describe('a model that speaks with changed states', () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await loadOnnxModel(join(FIXTURES, 'models/llama'), { worker: true });
  });
  afterAll(() => model.dispose());

  const sampling = { temperature: 1, maxNewTokens: 12, seed: 's', lines: 'all' as const };
  const add = (scale: number) =>
    Float32Array.from({ length: model.info.hiddenSize }, (_, d) => scale * Math.cos(d));
  const change = (scale: number, tokens: Intervention['tokens'] = 'onwards'): Intervention => ({
    tokens,
    layers: [{ layer: 0, add: add(scale) }],
  });

  it('says otherwise, and later what it would have said', async () => {
    const prompt = model.tokenize([{ role: 'user', content: 'Mara: It is 40 for the boat.\nTomas:' }]);
    const conversation = model.converse();
    const untouched = await conversation.reply(prompt, sampling);
    const touched = await conversation.reply(prompt, sampling, change(3));
    expect(touched.tokens).not.toEqual(untouched.tokens);
    expect(farthest(touched.statesBefore!.subarray(0, 8), untouched.states.subarray(0, 8))).toBeLessThan(
      1e-5,
    );
    expect(farthest(touched.states, untouched.states)).toBeGreaterThan(1);
    const again = await conversation.reply(prompt, sampling);
    expect(again.statesBefore).toBeUndefined();
    expect(again.tokens).toEqual(untouched.tokens);
    expect(farthest(again.states, untouched.states)).toBeLessThan(1e-5);
    // What was touched is not reused, what stands before it is.
    const behind = await conversation.read([...prompt, ...untouched.tokens]);
    expect(behind.reusedTokens).toBeGreaterThanOrEqual(prompt.length - 1);
    await conversation.read(prompt, change(3));
    expect((await conversation.read([...prompt, 5])).reusedTokens).toBe(prompt.length - 1);
    conversation.close();
  });

  it('says the same with an intervention that changes nothing', async () => {
    const prompt = model.tokenize([{ role: 'user', content: 'Mara: It is 40 for the boat.\nTomas:' }]);
    const untouched = await model.converse().reply(prompt, sampling);
    for (const tokens of ['prompt', 'onwards'] as const)
      expect((await model.converse().reply(prompt, sampling, change(0, tokens))).tokens).toEqual(
        untouched.tokens,
      );
  });

  const layer = (one: object) => [{ layer: 0, ...one }] as LayerIntervention[];
  const unit = (at: number) =>
    Float32Array.from({ length: model.info.hiddenSize }, (_, d) => (d === at ? 1 : 0));
  it.each([
    ['no layer', () => [], 'names no layer'],
    ['a layer beyond', () => [{ layer: 99, add: add(1) }], '0 to'],
    ['a layer twice', () => [...layer({ add: add(1) }), ...layer({ add: add(1) })], 'stands twice'],
    ['another width', () => layer({ add: new Float32Array(3) }), 'add has 3 values'],
    ['nothing to do', () => layer({}), 'nothing is asked'],
    ['not a number', () => layer({ add: add(Number.NaN) }), 'not finite'],
    [
      'directions at an angle',
      () => layer({ remove: Float32Array.of(...unit(0), ...unit(0)) }),
      'orthonormal',
    ],
    ['about without directions', () => layer({ add: add(1), about: add(1) }), 'goes with remove'],
  ])('refuses %s', async (_, layers, message) => {
    const reading = model.converse().read([1, 2, 3], { tokens: 'prompt', layers: layers() });
    await expect(reading).rejects.toThrow(message);
  });
});
