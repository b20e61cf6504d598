// The plain way: one factorisation per source layer, split and penalty, one product per layer pair, everything in
// float64. It is the fastest for very few source layers, the only one where float32 would not do, and what the
// trace form is compared with.

import type { Gemm } from '../../numerics/gemm.ts';
import type { Matrix64 } from '../../numerics/matrix.ts';
import { takeRows } from '../../numerics/matrix.ts';
import { allFits, emptyScores, type Fit, type Hooks, type Problem, type Scores } from '../problem.ts';
import { meanR2 } from './r2.ts';
import { readChecked } from './read-layer.ts';
import { centreSplit, fitRidge, predict, type Ridge } from './ridge.ts';

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
    const ridges = await fitLayer(problem, here, signal, gemm);
    for (const [i, fit] of here.entries()) {
      scores.conditionNumbers[fit.penalty]![fit.split]![layer] = ridges[i]!.conditionNumber;
      await onSmoother?.(fit, ridges[i]!.smoother);
    }
    for (const [done, { target, t, to }] of targetLayers.entries()) {
      signal?.throwIfAborted();
      const y = await readChecked(target, 'target', to);
      for (const [i, { split, penalty }] of here.entries()) {
        const { train, test } = centreSplit(y, problem.splits[split]!.train, problem.splits[split]!.test);
        const predicted = await predict(ridges[i]!, train, gemm);
        for (const [e, evaluation] of problem.evaluations.entries())
          if (evaluation.split === split)
            scores.r2[t]![penalty]![e]![layer * target.layers + to] = meanR2(
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
): Promise<Ridge[]> {
  const x = await readChecked(source, 'source', fits[0]!.layer);
  const ridges: Ridge[] = [];
  for (const { split, penalty, layer } of fits) {
    signal?.throwIfAborted();
    const { train, test } = splits[split]!;
    ridges.push(await fitRidge(centreSplit(x, train, test), penalties[penalty]!(split, layer), gemm));
  }
  return ridges;
}

/** The rows at some positions; the matrix itself if those are all. */
function pick(matrix: Matrix64, positions: readonly number[]): Matrix64 {
  const all = positions.length === matrix.rows && positions.every((position, i) => position === i);
  return all ? matrix : takeRows(matrix, positions);
}
