// Every architecture against the numbers of scripts/golden_architectures.py. Prints the table of docs/models.md.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensorsHeader, readFloats } from '../../numerics/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Engine } from './engine.ts';
import { expectedWeights } from './expected-weights.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/architectures');
const TOLERANCE = 1e-4;
const KINDS = ['prefill', 'decoding', 'ragged rows', 'continuation'] as const;

const CASES = [
  'llama-2',
  'llama-bias-yarn',
  'smollm2',
  'mistral-v0.1',
  'mistral-v0.3',
  'qwen2',
  'qwen2-window',
  'qwen3',
  'smollm3',
  'phi-3',
  'phi-4-mini',
  'gemma-2',
  'gemma-3',
  'olmo-2',
];

interface Golden {
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
  /** Row i begins at token i and is this long. */
  readonly rows: readonly number[];
}

interface Difference {
  readonly states: number;
  readonly logits: number;
}

const table = new Map<string, Map<string, Difference>>();

afterAll(() => {
  const cell = (found?: Difference) =>
    found ? `${found.states.toExponential(1)} / ${found.logits.toExponential(1)}` : 'failed';
  const rows = [...table].map(([name, by]) => [name, ...KINDS.map((kind) => cell(by.get(kind)))]);
  const lines = [['checkpoint', ...KINDS], ['---', ...KINDS.map(() => '---')], ...rows];
  console.log(lines.map((line) => `| ${line.join(' | ')} |`).join('\n'));
});

describe.each(CASES)('%s against transformers', (name) => {
  const folder = join(FIXTURES, name);
  const numbers = new Map<string, Float32Array>();
  let engine: Engine;
  let golden: Golden;

  beforeAll(async () => {
    golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as Golden;
    const path = join(folder, 'golden.safetensors');
    for (const entry of (await parseSafetensorsHeader(path)).tensors.values())
      numbers.set(entry.name, await readFloats(path, entry));
    table.set(name, new Map());
    engine = await Engine.load(await openCheckpoint(folder), { threads: 1, contextLength: 100 });
  });
  afterAll(() => engine?.release());

  /** Compares with the golden numbers `what`, of which `step` selects a decoding step, and keeps the largest. */
  function compare(
    kind: (typeof KINDS)[number],
    found: { states: Float32Array; logits: Float32Array },
    what: string,
    step = 0,
  ): void {
    const difference = (part: 'states' | 'logits') => {
      const size = found[part].length;
      const expected = numbers.get(`${what}.${part}`)!.subarray(step * size, (step + 1) * size);
      expect(expected.length).toBe(size);
      // A NaN stays one in Math.max, and fails the comparison with the tolerance.
      return found[part].reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
    };
    const before = table.get(name)!.get(kind) ?? { states: 0, logits: 0 };
    const worst = {
      states: Math.max(before.states, difference('states')),
      logits: Math.max(before.logits, difference('logits')),
    };
    table.get(name)!.set(kind, worst);
    expect(worst.states).toBeLessThanOrEqual(TOLERANCE);
    expect(worst.logits).toBeLessThanOrEqual(TOLERANCE);
  }

  it('every tensor has its place', async () => {
    const { config, weights } = await openCheckpoint(folder);
    expect([...expectedWeights(config).keys()].sort()).toEqual([...weights.keys()].sort());
  });

  it('prefill', async () => {
    compare('prefill', await engine.run(engine.createCache(), 0, golden.prompt), 'prefill');
  });

  it('every step of decoding', async () => {
    const { prompt, continuation } = golden;
    const cache = engine.createCache();
    await engine.run(cache, 0, prompt);
    const steps = numbers.get('decode.logits')!.length / engine.config.vocabSize;
    expect(steps).toBe(8);
    for (let step = 0; step < steps; step++)
      compare(
        'decoding',
        await engine.run(cache, prompt.length + step, [continuation[step]!]),
        'decode',
        step,
      );
  });

  it('rows of different lengths', async () => {
    const all = [...golden.prompt, ...golden.continuation];
    for (const [i, length] of golden.rows.entries()) {
      const cache = engine.createCache();
      compare('ragged rows', await engine.run(cache, 0, all.slice(i, i + length)), `row.${i}`);
      compare('ragged rows', await engine.run(cache, length, [all[i + length]!]), `row_decode.${i}`);
    }
  });

  it('a continuation read in one piece, onto the cached prompt, or in pieces', async () => {
    const { prompt, continuation } = golden;
    const all = [...prompt, ...continuation];
    for (const cuts of [[], [prompt.length], [3, 20, 21, all.length - 1]]) {
      const cache = engine.createCache();
      for (const [i, end] of [...cuts, all.length].entries()) {
        const start = cuts[i - 1] ?? 0;
        await engine.run(cache, start, all.slice(start, end));
      }
      compare('continuation', cache, 'continued');
    }
  });
});
