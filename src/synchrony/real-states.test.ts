// States of a trained model against scikit-learn in float64 (scripts/golden_real.py): massive activations, and from fewer
// training rows than dimensions to twice as many. At about as many, float32 would not do.

import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openFixture } from '../../test/synchrony-fixtures.ts';
import { measureSynchrony } from './measure.ts';
import type { PlanReport } from './options.ts';

const FOLDER = resolve(import.meta.dirname, '../../fixtures/real');

const cases = ['fewer', 'equal', 'paper', 'twice'].flatMap((name) =>
  (['direct', 'trace'] as const).map((method) => [name, method] as const),
);

test.each(cases)('%s rows, %s: R² within 1e-6 of scikit-learn', async (name, method) => {
  const golden = await openFixture(resolve(FOLDER, 'golden.safetensors'));
  const states = await openFixture(resolve(FOLDER, 'states.safetensors'));
  const [dimensions] = await golden.rows(`dimensions_${name}`);
  const [x, y] = [await states.layers('x', dimensions), await states.layers('y', dimensions)];
  const rows = { train: await golden.rows(`train_${name}`), test: await golden.rows(`test_${name}`) };
  let report: PlanReport | undefined;
  const result = await measureSynchrony(x, y, {
    ...{ condition: 'interactive', direction: 'A->B', sourceModel: 'a', targetModel: 'b', groupBy: '' },
    lambda: [...(await golden.doubles('lambdas'))],
    splits: [{ seed: 0, ...rows, trainGroups: [], testGroups: [] }],
    method,
    onPlan: (plan) => {
      report = plan;
    },
  });
  const planes = [result.r2, ...result.variants!.map(({ r2 }) => r2)].flat();
  const actual = planes.flatMap((plane) => [...plane]);
  const expected = await golden.doubles(`r2_${name}`);
  expect(actual).toHaveLength(expected.length);
  // R² of −1000 has three digits fewer behind the point.
  const worst = Math.max(
    ...actual.map((value, i) => Math.abs(value - expected[i]!) / Math.max(1, Math.abs(expected[i]!))),
  );
  console.log(
    `${name}, ${method}: max |ΔR²| = ${worst.toExponential(1)}, ${report?.float64Fits} fits in float64`,
  );
  expect(worst).toBeLessThan(1e-6);
  expect(report).toMatchObject({ method, leftOverFits: 0 });
  if (method === 'trace' && name === 'equal') expect(report?.float64Fits).toBeGreaterThan(0);
});
