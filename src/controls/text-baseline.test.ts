// Regressions from text against scikit-learn (scripts/golden_sensitivity.py).

import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, readFixture } from '../../test/synchrony-fixtures.ts';
import { matrixOf } from '../numerics/matrix.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../numerics/safetensors.ts';
import { measureTextBaseline } from './text-baseline.ts';

const labels = {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'source',
  targetModel: 'target',
  groupBy: 'interaction',
} as const;

test('what text predicts, and what is left of synchrony without it', async () => {
  const { x, y, splits } = await readFixture('penalties.safetensors');
  const golden = await parseSafetensorsHeader(resolve(FIXTURES, '../sensitivity/text.safetensors'));
  const entry = (name: string) => golden.tensors.get(name)!;
  const doubles = async (name: string) =>
    new Float64Array((await readTensorBytes(golden.path, entry(name))).buffer);
  const [rows, columns] = entry('features').shape as [number, number];
  const shared = matrixOf(rows, columns, await readFloats(golden.path, entry('features')));
  const groups = Array.from({ length: rows }, (_, row) => `group ${row % 20}`);
  const options = { labels, splits, groups, lambda: 0.1 };
  const baseline = await measureTextBaseline(
    x,
    y,
    { shared, heard: shared },
    { ...options, intervals: false },
  );
  expect(baseline.shared.lambdas).toEqual([...(await doubles('lambdas'))]);
  expect(baseline.heard).toEqual(baseline.shared);
  for (const [found, expected] of [
    [baseline.shared.r2, await doubles('r2_text')],
    [baseline.left.r2, await doubles('r2_left')],
  ] as const) {
    const values = found.flatMap((plane) => [...plane]);
    expect(values).toHaveLength(expected.length);
    for (const [i, value] of values.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
  }
  // One source layer: its best target layer.
  expect(baseline.shared.syncR2.value).toBe(Math.max(...baseline.shared.meanR2));
  expect(baseline.shared.interval).toBeUndefined();

  const drawn = await measureTextBaseline(x, y, { shared, heard: shared }, { ...options, intervals: {} });
  for (const { interval, syncR2 } of [drawn.shared, drawn.left]) {
    expect(interval?.estimate).toBe(syncR2.value);
    expect(interval!.low).toBeLessThanOrEqual(syncR2.value);
    expect(interval!.high).toBeGreaterThan(syncR2.value);
  }
});
