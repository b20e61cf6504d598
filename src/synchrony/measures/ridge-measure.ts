// The paper's measure (§3.2): a ridge map from every source layer to every target layer.

import { z } from 'zod';
import { LARGEST_LAMBDA } from '../../numerics/largest-lambda.ts';
import { measureConditions } from '../measure.ts';
import { RIDGE } from '../results.ts';
import type { SynchronyResult } from '../types.ts';
import type { Measure } from './interface.ts';
import { ridgeForm } from './ridge-form.ts';

const penalty = z.union(
  [z.number().gt(0).max(LARGEST_LAMBDA), z.literal('cv')],
  'should be a number above 0 and up to 1e15, or cv',
);

/** What ridge maps can be told in a study. */
export const ridgeSettings = z.strictObject({
  lambda: z
    .union(
      [penalty, z.array(penalty).min(1)],
      'should be a number above 0 and up to 1e15, cv, or a list such as [0.1, cv]',
    )
    .default(['cv', 0.1])
    .describe(
      'ridge penalty: a number, cv (chosen by cross-validation), or a list to be reported side by side; the first is the one that everything else is made with',
    ),
  solver: z
    .enum(['exact', 'published-float32'])
    .default('exact')
    .describe('published-float32 repeats the published numerics, for comparison; without intervals'),
  reduce: z
    .strictObject({
      components: z
        .number()
        .int()
        .min(1)
        .max(100_000)
        .describe('principal components of the training rows, at most; fewer where there are no more'),
    })
    .optional()
    .describe(
      'source and target layers on their leading principal components, so that models of unlike width have as many dimensions; the layers as they are by default',
    ),
  intervals: z
    .union(
      [
        z.literal(false),
        z.strictObject({
          cells: z
            .enum(['candidates', 'all'])
            .default('candidates')
            .describe('layer pairs with intervals: those that can be the best of a source layer, or all'),
          level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals'),
        }),
      ],
      'should be false or settings, such as { level: 0.9 }',
    )
    .prefault({})
    .describe('confidence intervals, by leaving out one held-out group after another; false for none'),
});
export type RidgeSettings = z.infer<typeof ridgeSettings>;

/** Ridge maps; all targets share the fits. `measureConditions` can do more: subsets, and a way of computing. */
export const ridge: Measure<RidgeSettings, SynchronyResult> = {
  ...RIDGE,
  settings: ridgeSettings,
  form: ridgeForm,
  async run(source, targets, settings, options) {
    const measured = await measureConditions(source, targets, { ...settings, ...options });
    return measured.map(({ result }) => result);
  },
};
