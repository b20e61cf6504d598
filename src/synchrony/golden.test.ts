// The whole way from states to R² against scikit-learn in float64 (scripts/golden_synchrony.py).

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { matrixOf } from '../numerics/matrix.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../numerics/safetensors.ts';
import { arrayLayers, type LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import { measureSynchrony, type PlanReport } from './measure.ts';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'fixtures', 'synchrony');

const options = {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'source',
  targetModel: 'target',
  groupBy: 'interaction',
  lambda: 0.1,
} as const;

async function readFixture(name: string) {
  const header = await parseSafetensorsHeader(join(FIXTURES, name));
  const entry = (tensor: string) => header.tensors.get(tensor)!;
  const bytes = async (tensor: string) => (await readTensorBytes(header.path, entry(tensor))).buffer;
  const layers = async (tensor: string): Promise<LayerSource> => {
    const [count, samples, size] = entry(tensor).shape as [number, number, number];
    const values = await readFloats(header.path, entry(tensor));
    const layer = (i: number) => values.slice(i * samples * size, (i + 1) * samples * size);
    return arrayLayers(Array.from({ length: count }, (_, i) => matrixOf(samples, size, layer(i))));
  };
  const rows = async (tensor: string) => Array.from(new BigInt64Array(await bytes(tensor)), Number);
  const splits: Split[] = [];
  for (let seed = 0; header.tensors.has(`train_${seed}`); seed++) {
    const [train, test] = [await rows(`train_${seed}`), await rows(`test_${seed}`)];
    splits.push({ seed, train, test, trainGroups: [], testGroups: [] });
  }
  const [r2, condition] = [await bytes('r2'), await bytes('condition')];
  return {
    x: await layers('x'),
    y: await layers('y'),
    splits,
    r2: new Float64Array(r2),
    condition: new Float64Array(condition),
  };
}

const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.safetensors'));

test('there are fixtures', () => {
  expect(names).toEqual(['constant', 'dual', 'massive', 'square'].map((name) => `${name}.safetensors`));
});

const cases = names.flatMap((name) =>
  (['direct', 'trace'] as const).map((method) => [name, method] as const),
);

test.each(cases)(
  '%s, %s: R² within 1e-6 of scikit-learn, and the condition number of numpy',
  async (name, method) => {
    const { x, y, splits, r2, condition } = await readFixture(name);
    let report: PlanReport | undefined;
    const onPlan = (plan: PlanReport) => {
      report = plan;
    };
    const result = await measureSynchrony(x, y, { ...options, splits, method, onPlan });
    expect(report?.method).toBe(method);
    const actual = result.r2.flatMap((plane) => [...plane]);
    expect(actual).toHaveLength(r2.length);
    const worst = Math.max(...actual.map((value, i) => Math.abs(value - r2[i]!)));
    console.log(
      `${name}, ${method}: max |ΔR²| = ${worst.toExponential(2)}, ${report?.unsafeFits} fits in float64`,
    );
    expect(worst).toBeLessThanOrEqual(1e-6);
    for (const [i, estimate] of result.conditionNumbers.flat().entries()) {
      expect(estimate / condition[i]!).toBeLessThan(1.001);
      expect(estimate / condition[i]!).toBeGreaterThan(0.9);
    }
  },
);
