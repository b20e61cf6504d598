// Layers reduced to principal components (docs/method.md §5), so that models of unlike width are measured at the same number of
// dimensions. The components are those of a split's training rows, so every split has rows of its own: they are stacked,
// training rows before test rows, one split after another, and the splits name them anew.

import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix32, rowView, zeros32 } from '../numerics/matrix.ts';
import type { LayerSource } from '../pairs/layers.ts';
import type { ConditionsOptions, Reduce, RunSettings, TargetCondition } from './options.ts';
import { residualSplits } from './partial-out.ts';
import { principalComponents, project } from './principal-components.ts';
import type { TrainTest } from './problem.ts';

/** A side of a measurement on its components. */
interface ReducedSide {
  readonly layers: LayerSource;
  /** As many in every layer and split. */
  readonly components: number;
  /** Bytes that its rows take. */
  readonly bytes: number;
}

/** What of a measurement's options names rows, or says what they may take. */
type RowOptions = Pick<ConditionsOptions, 'groups' | 'subsets' | keyof RunSettings> & {
  readonly splits: readonly TrainTest[];
};

export interface Reduced<Target, Options> {
  readonly source: ReducedSide;
  readonly targets: readonly (Target & { readonly components: number })[];
  /** Splits, groups, subsets and memory for the stacked rows. */
  readonly options: Options;
  /** Of every stacked row, the sample that it is of. */
  readonly rows: readonly number[];
}

/**
 * Reduces the source and all targets. Their rows stay in memory: 4 bytes for every row of every split, component and
 * layer.
 *
 * @throws the signal's reason when aborted
 */
export async function reduceAll<Target extends Pick<TargetCondition, 'target'>, Options extends RowOptions>(
  source: LayerSource,
  targets: readonly Target[],
  { components }: Reduce,
  options: Options,
): Promise<Reduced<Target, Options>> {
  const { splits, groups, subsets = [], memory, threads = 0, device = 'cpu', signal } = options;
  const gemm = await openGemm({ threads, device });
  try {
    const own = await reduceSide(source, splits, components, gemm, signal);
    const sides: ReducedSide[] = [];
    for (const one of targets) sides.push(await reduceSide(one.target, splits, components, gemm, signal));
    const taken = [own, ...sides].reduce((sum, { bytes }) => sum + bytes, 0);
    const rows = splits.flatMap(({ train, test }) => [...train, ...test]);
    return {
      source: own,
      rows,
      targets: targets.map((one, t) => {
        const { layers: target, components: count } = at(sides, t);
        return { ...one, target, components: count };
      }),
      options: {
        ...options,
        splits: residualSplits(splits),
        ...(groups && { groups: rows.map((row) => at(groups, row)) }),
        subsets: subsets.map((subset) => ({
          ...subset,
          includes: (row: number, split: number) => subset.includes(at(rows, row), split),
        })),
        ...(memory !== undefined && { memory: Math.max(memory / 4, memory - taken) }),
      },
    };
  } finally {
    await gemm.close();
  }
}

/** A side's layers on as many components as all of them have in all splits. */
async function reduceSide(
  { layers: count, recorded, read }: LayerSource,
  splits: readonly TrainTest[],
  components: number,
  gemm: Gemm,
  signal?: AbortSignal,
): Promise<ReducedSide> {
  /** By layer, then by split: (rows, components that there are). */
  const reduced: Matrix32[][] = [];
  for (let layer = 0; layer < count; layer++) {
    const values = await read(layer);
    const parts: Matrix32[] = [];
    for (const { train, test } of splits) {
      signal?.throwIfAborted();
      const found = await principalComponents(values, train, components, gemm);
      const rows = [...train, ...test];
      parts.push(await project(values, rows, found, zeros32(rows.length, found.axes.rows), gemm));
    }
    reduced.push(parts);
  }
  const all = reduced.flat();
  // Layers that do not vary at all keep one column, of zeros.
  const width = Math.max(1, Math.min(...all.map(({ columns }) => columns)));
  const samples = (reduced[0] ?? []).reduce((sum, { rows }) => sum + rows, 0);
  return {
    components: width,
    bytes: all.reduce((sum, { data }) => sum + data.byteLength, 0),
    layers: {
      layers: count,
      recorded,
      hiddenSize: width,
      samples,
      read: async (layer) => stacked(at(reduced, layer), samples, width),
    },
  };
}

/** The first columns of several matrices, one below the other. */
function stacked(parts: readonly Matrix32[], samples: number, width: number): Matrix32 {
  const out = zeros32(samples, width);
  let to = 0;
  for (const part of parts)
    for (let row = 0; row < part.rows; row++, to++)
      out.data.set(rowView(part, row, row + 1).data.subarray(0, width), to * width);
  return out;
}
