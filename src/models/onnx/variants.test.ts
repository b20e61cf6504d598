// 200 configurations against transformers (scripts/golden_variants.py): each is computed alike, or refused by name. A
// tenth of them here; all by `VARIANTS=all npx vitest run src/models/onnx/variants.test.ts`.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variantWeights } from '../../../test/variant-weights.ts';
import { CorruptFile, ModelMismatch } from '../../errors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Engine } from './engine.ts';

interface Variant {
  readonly architecture: string;
  readonly change: string;
  readonly absent: readonly string[];
  readonly tensors: number;
  readonly addsOne: boolean;
  readonly copies?: Readonly<Record<string, string>>;
  readonly refused?: string;
  readonly states?: readonly (readonly number[])[];
  readonly logits?: readonly number[];
}

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const golden = JSON.parse(readFileSync(join(FIXTURES, 'variants/configs.json'), 'utf8')) as {
  readonly prompt: readonly number[];
  readonly bases: Readonly<Record<string, object>>;
  readonly tensorSets: readonly Readonly<Record<string, readonly number[]>>[];
  readonly cases: readonly Variant[];
};
const all = process.env['VARIANTS'] === 'all';
const chosen = golden.cases.map((variant, i) => ({ ...variant, i })).filter(({ i }) => all || i % 10 === 7);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'variants-'));
  const tokenizer = join(FIXTURES, 'architectures/llama-2');
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    await writeFile(join(folder, name), readFileSync(join(tokenizer, name)));
});
afterAll(() => rm(folder, { recursive: true }));

/** The largest difference from what transformers has, or why interbrain refuses. */
async function outcome(variant: Variant): Promise<{ difference: number } | { refused: string } | 'computed'> {
  const config = { ...golden.bases[variant.architecture] } as Record<string, unknown>;
  for (const name of variant.absent) delete config[name];
  const path = join(folder, 'config.json');
  // Texts of JSON one after another, so that a NaN stays as Python has written it.
  const parts = [JSON.stringify(config).slice(0, -1), variant.change.slice(1)];
  await writeFile(path, variant.change === '{}' ? `${parts[0]}}` : parts.join(','));
  const shapes = golden.tensorSets[variant.tensors]!;
  await writeFile(join(folder, 'model.safetensors'), variantWeights({ ...variant, shapes }));
  try {
    const engine = await Engine.load(await openCheckpoint(folder), { threads: 1, contextLength: 32 });
    const { states, logits } = await engine.run(engine.createCache(), 0, golden.prompt);
    await engine.release();
    if (variant.states === undefined || variant.logits === undefined) return 'computed';
    const size = engine.config.hiddenSize;
    const pairs = variant.states.flatMap((row, layer) =>
      row.map((value, i) => [value, states[layer * size + i]!] as const),
    );
    pairs.push(...variant.logits.map((value, i) => [value, logits[i]!] as const));
    return { difference: Math.max(...pairs.map(([a, b]) => Math.abs(a - b) / Math.max(1, Math.abs(a)))) };
  } catch (error) {
    if (error instanceof ModelMismatch || error instanceof CorruptFile) return { refused: error.message };
    throw error;
  }
}

describe('configurations', () => {
  const counts = { equal: 0, 'refused by both': 0, 'refused by interbrain': 0, 'refused by transformers': 0 };
  afterAll(() => console.log(JSON.stringify(counts)));

  it.each(chosen)('$i $architecture $change $absent', async (variant) => {
    const found = await outcome(variant);
    if (found === 'computed') {
      counts['refused by transformers'] += 1;
      // transformers goes by model_type alone, and has no model without it.
      if (process.env['VARIANTS'] === 'all')
        console.log('computed', variant.i, variant.refused, variant.change);
      expect(variant.refused).toMatch(/model_type|tensors left out|quant_method|invalid literal/);
    } else if ('difference' in found) {
      counts.equal += 1;
      expect(found.difference).toBeLessThan(2e-5);
    } else {
      counts[variant.refused === undefined ? 'refused by interbrain' : 'refused by both'] += 1;
      if (process.env['VARIANTS'] === 'all' && variant.refused === undefined)
        console.log(
          'refused',
          variant.i,
          variant.architecture,
          variant.change,
          found.refused.replace(folder, ''),
        );
    }
  });
});
