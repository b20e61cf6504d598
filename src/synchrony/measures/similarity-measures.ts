// Other measures of how alike two layers are, on the same rows and splits as the ridge maps: what the regression has to be
// better than (docs/method.md §16).

import { z } from 'zod';
import { canonical } from '../similarity/canonical.ts';
import type { Comparison } from '../similarity/comparison.ts';
import { measureSimilarity, type SimilarityResult } from '../similarity/measure-similarity.ts';
import { byDistances, CKA, COMPARED_BY, DISTANCES, mutualNeighbours } from '../similarity/row-pairs.ts';
import type { Measure } from './interface.ts';
import { similarityForm } from './similarity-form.ts';

const level = z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals');
const whole = z.number().int().min(1);
const components = whole
  .max(512)
  .describe(
    'principal components of either side, at most; a quarter as many as training rows if that is less',
  );
const pairs = whole.max(512).default(10).describe('pairs of directions, whose mean the number is');

const ckaSettings = z.strictObject({ level });
const ccaSettings = z.strictObject({
  level,
  pairs,
  components: components.default(32),
  shrinkage: z
    .number()
    .min(0)
    .lt(1)
    .default(0.01)
    .describe(
      'how far the variances of the components are drawn to their mean before they are scaled to one',
    ),
});
const plsSettings = z.strictObject({ level, pairs, components: components.default(64) });
const rsaSettings = z.strictObject({
  level,
  distance: z
    .enum(DISTANCES)
    .default('correlation')
    .describe('between two rows of a layer: 1 − r over its dimensions, or the squared distance'),
  compare: z
    .enum(COMPARED_BY)
    .default('spearman')
    .describe('whether the ranks of the distances are compared, or the distances'),
});
const neighbourSettings = z.strictObject({
  level,
  k: whole.max(1000).default(10).describe('nearest neighbours of every row'),
});

/** All have the same form and the same run; what differs is how two layers are compared. */
function measureOf<Settings extends { readonly level: number }, Form>(
  name: string,
  settings: z.ZodType<Settings>,
  comparisonOf: (settings: Settings) => Comparison<Form>,
): Measure<Settings, SimilarityResult<Settings>> {
  const measure = { name, version: 1 };
  return {
    ...{ ...measure, settings, form: similarityForm(settings) },
    run: (source, targets, chosen, options) => {
      const { ridge: _, known: __, onGrown: ___, ...rest } = options;
      const all = { ...rest, measure, settings: chosen, level: chosen.level };
      return measureSimilarity(comparisonOf(chosen), source, targets, all);
    },
  };
}

/** Debiased linear CKA of the held-out rows. */
export const cka = measureOf('cka', ckaSettings, () => CKA);

/** CCA with shrinkage, fitted to the training rows; mean r · |r| of the held-out ones over pairs of directions. */
export const cca = measureOf('cca', ccaSettings, canonical);

/** Partial least squares, by the singular vectors of the training rows' cross-covariance; the same mean. */
export const pls = measureOf('pls', plsSettings, (settings) => canonical({ ...settings, shrinkage: 1 }));

/** Representational similarity analysis of the held-out rows. */
export const rsa = measureOf('rsa', rsaSettings, ({ distance, compare }) => byDistances(distance, compare));

/** Mutual nearest neighbours among the held-out rows, less what chance gives. */
export const neighbours = measureOf('neighbours', neighbourSettings, ({ k }) => mutualNeighbours(k));

/** What a study can say of each: settings but for the level, which is the study's, or false. */
export const similaritySettings = {
  cka: ckaSettings.omit({ level: true }),
  cca: ccaSettings.omit({ level: true }),
  pls: plsSettings.omit({ level: true }),
  rsa: rsaSettings.omit({ level: true }),
  neighbours: neighbourSettings.omit({ level: true }),
};
