// The plain way: one factorisation per source layer, split and penalty, one product per layer pair, everything in
// float64. It is the fastest for very few source layers, the only one where float32 would not do, and what the
// trace form is compared with.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, first } from '../../numerics/lookup.ts';
import type { Matrix64 } from '../../numerics/matrix.ts';
import { takeRows } from '../../numerics/matrix.ts';
import {
  allFits,
  cellsOf,
  emptyScores,
  type Fit,
  type Hooks,
  type Problem,
  type Scores,
  setConditionNumber,
} from '../problem.ts';
import { meanR2 } from './r2.ts';
import { readChecked } from './read-layer.ts';
import { type ConditionedRidge, centreSplit, fitConditionedRidge, predict } from './ridge.ts';

/** Scores every layer pair. Errors as in `fitRidge` and of the layers' reading. */
export async function measureDirectly(problem: Problem, hooks: Hooks, gemm: Gemm): Promise<Scores> {
  const scores = emptyScores(problem);
  await scoreFits(problem, allFits(problem), scores, hooks, gemm);
  return scores;
}

/**
 * Scores the layer pairs of some fits.
 *
 * @param fits those of one source layer stand together
 * @param scores is filled in
 */
export async function scoreFits(
  problem: Problem,
  fits: readonly Fit[],
  scores: Scores,
  { onProgress, signal, onSmoother }: Hooks,
  gemm: Gemm,
): Promise<void> {
  const layers = [...new Set(fits.map(({ layer }) => layer))];
  const targetLayers = problem.targets.flatMap((target, t) =>
    Array.from({ length: target.layers }, (_, to) => ({ target, t, to })),
  );
  for (const [index, layer] of layers.entries()) {
    const here = fits.filter((fit) => fit.layer === layer);
    const fitted = await fitLayer(problem, here, signal, gemm);
    for (const { fit, ridge } of fitted) {
      setConditionNumber(scores, fit, ridge.conditionNumber);
      await onSmoother?.(fit, ridge.smoother);
    }
    for (const [done, { target, t, to }] of targetLayers.entries()) {
      signal?.throwIfAborted();
      const y = await readChecked(target, 'target', to);
      for (const { fit, ridge } of fitted) {
        const { split, penalty } = fit;
        const rows = at(problem.splits, split);
        const { train, test } = centreSplit(y, rows.train, rows.test);
        const predicted = await predict(ridge, train, gemm);
        for (const [e, evaluation] of problem.evaluations.entries())
          if (evaluation.split === split)
            cellsOf(scores, t, penalty, e)[layer * target.layers + to] = meanR2(
              pick(test, evaluation.positions),
              pick(predicted, evaluation.positions),
              evaluation.weighting,
            );
      }
      onProgress?.((index * targetLayers.length + done + 1) / (layers.length * targetLayers.length));
    }
  }
}

async function fitLayer(
  { source, splits, penalties }: Problem,
  fits: readonly Fit[],
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<{ readonly fit: Fit; readonly ridge: ConditionedRidge }[]> {
  const x = await readChecked(source, 'source', first(fits).layer);
  const fitted = [];
  for (const fit of fits) {
    signal?.throwIfAborted();
    const { train, test } = at(splits, fit.split);
    const lambda = at(penalties, fit.penalty)(fit.split, fit.layer);
    fitted.push({ fit, ridge: await fitConditionedRidge(centreSplit(x, train, test), lambda, gemm) });
  }
  return fitted;
}

/** The rows at some positions; the matrix itself if those are all. */
function pick(matrix: Matrix64, positions: readonly number[]): Matrix64 {
  const all = positions.length === matrix.rows && positions.every((position, i) => position === i);
  return all ? matrix : takeRows(matrix, positions);
}
