// How often intervals of correlations over model pairs hold a planted truth (docs/method.md §9). The whole table:
// npm run coverage.

import { expect, test } from 'vitest';
import {
  coverageOf,
  METHODS,
  type ModelPairsDesign,
  modelPairsStudy,
  partialOf,
} from './model-pairs-coverage-study.ts';

function coverage(design: ModelPairsDesign, studies: number) {
  const all = Array.from({ length: studies }, (_, seed) => modelPairsStudy(design, seed));
  return METHODS.map((method) =>
    coverageOf(
      all.map((one) => one[method]),
      design.rho,
    ),
  );
}

test('intervals by leaving out models hold the truth, those that take pairs as independent do not', () => {
  const [fisher, jackknife, , partial] = coverage({ models: 6, share: 0.7, rho: 0.5 }, 400);
  // Of 400 intervals that hold it in 95 %, fewer than 92 % do in one of 180 runs.
  expect(jackknife?.held).toBeGreaterThan(0.92);
  expect(partial?.held).toBeGreaterThan(0.92);
  expect(fisher?.held).toBeLessThan(0.84);
});

test('the third variable, held fixed, leaves the planted correlation', () => {
  const design = { models: 40, share: 0.3, rho: 0.8 };
  const found = [0, 1, 2, 3].map((seed) => partialOf(design, seed));
  expect(found.reduce((sum, r) => sum + r, 0) / 4).toBeCloseTo(0.8, 1);
});

/** How many studies a cell of the whole table has; 0 leaves it out. */
const WHOLE = Number(process.env['COVERAGE_MODEL_PAIRS'] ?? 0);

const MODELS = [4, 6, 7, 10, 15];
const SHARES = [0, 0.3, 0.7, 0.9];
const RHOS = [0, 0.5, 0.8];

test.skipIf(WHOLE === 0).each(MODELS)('the whole table: %i models', { timeout: 0 }, (models) => {
  for (const share of SHARES) {
    const byRho = RHOS.map((rho) => coverage({ models, share, rho }, WHOLE));
    const cells = METHODS.map((_, m) => {
      const held = byRho.map((methods) => (100 * (methods[m]?.held ?? Number.NaN)).toFixed(1));
      const widths = byRho.map((methods) => (methods[m]?.width ?? Number.NaN).toFixed(2));
      return `${held.join(', ')} | ${widths.join(', ')}`;
    });
    console.log(`| ${models} | ${share} | ${cells.join(' | ')} |`);
    for (const methods of byRho) {
      // Three standard errors below what is promised.
      const least = 0.94 - 3 * Math.sqrt((0.95 * 0.05) / WHOLE);
      expect(methods[METHODS.indexOf('jackknife')]?.held).toBeGreaterThan(least);
    }
  }
});
