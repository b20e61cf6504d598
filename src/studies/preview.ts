// A first look at synchrony while episodes are still being played: one split of what is recorded so far, a few layers, no
// intervals. It is no result: nothing is written, and no stage reads it.

import { stat } from 'node:fs/promises';
import { INTERACTIVE } from '../conditions/condition.ts';
import { InterbrainError, messageOf } from '../errors.ts';
import { at, first } from '../numerics/lookup.ts';
import { DIRECTIONS, type Direction } from '../pairs/align.ts';
import { type LayerSource, onlyLayers, spreadLayers } from '../pairs/layers.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import { measureSynchrony } from '../synchrony/measure.ts';
import { ownLambda } from '../synchrony/results.ts';
import type { Lambda } from '../synchrony/types.ts';
import { StageContext } from './context.ts';
import { openRows } from './direction-rows.ts';
import type { CountedSettings } from './equal-samples.ts';
import type { OpenStudy } from './open.ts';
import type { SeatOrder } from './plan.ts';

/** Layers of either side that are looked at. */
const LAYERS = 8;
/** Bytes of states beyond which there is none: it is not to take what the run needs. */
export const PREVIEW_BYTES = 2e9;

/** One direction of a seat order in the interactive condition, as far as it is recorded. */
export interface PreviewMap {
  /** In seats A and B. */
  readonly models: readonly [string, string];
  readonly direction: Direction;
  readonly episodes: number;
  /** Pairs of states, training and test together. */
  readonly samples: number;
  /** Which layers were looked at, 0-based. */
  readonly sourceLayers: readonly number[];
  readonly targetLayers: readonly number[];
  /** How many there are. */
  readonly layers: readonly [number, number];
  readonly lambda: Lambda;
  /** Of these layers, at the one split. */
  readonly syncR2: number;
  /** (source, target) of the chosen layers, row-major: test R². */
  readonly r2: readonly number[];
}

export interface Preview {
  /** The split seed. */
  readonly seed: number;
  readonly maps: readonly PreviewMap[];
  /** Directions that cannot be looked at yet, with why; or why none is. */
  readonly missing: readonly string[];
}

/** Bytes of states files. A file that is gone meanwhile counts nothing. */
async function bytesOf(files: readonly RecordingFiles[]): Promise<number> {
  let bytes = 0;
  for (const { states } of files) bytes += (await stat(states).catch(() => undefined))?.size ?? 0;
  return bytes;
}

/**
 * Measures what is recorded of every seat order, as the study will: its own λ, its first split seed, the same code.
 *
 * @param limit bytes of states that may be looked at
 * @throws what is no matter of too few states: CorruptFile for a damaged file
 */
export async function previewSynchrony(opened: OpenStudy, limit = PREVIEW_BYTES): Promise<Preview> {
  const context = new StageContext(opened, { threads: 1 });
  const { splitSeeds, repeats } = opened.study.synchrony;
  const seed = repeats === undefined ? first(splitSeeds) : 0;
  const recorded = [];
  for (const order of opened.measuredOrders) recorded.push({ order, files: await context.recordings(order) });
  const bytes = await bytesOf(recorded.flatMap(({ files }) => files));
  if (bytes > limit)
    return { seed, maps: [], missing: [`${gigabytes(bytes)} of states are more than a first look takes`] };
  const maps: PreviewMap[] = [];
  const missing: string[] = [];
  for (const { order, files } of recorded)
    for (const direction of files.length === 0 ? [] : DIRECTIONS)
      try {
        maps.push(await previewDirection(order, direction, files, seed, context));
      } catch (error) {
        // Of few conversations there may be too little for a split; a bug is no such thing.
        if (!(error instanceof InterbrainError)) throw error;
        missing.push(`${order.folder} ${direction}: ${messageOf(error)}`);
      }
  return { seed, maps, missing };
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

async function previewDirection(
  order: SeatOrder,
  direction: Direction,
  files: readonly RecordingFiles[],
  seed: number,
  context: StageContext,
): Promise<PreviewMap> {
  const { folds: _, repeats: __, ...synchrony } = context.opened.study.synchrony;
  const one: CountedSettings = { ...synchrony, samples: 'all', splitSeeds: [seed] };
  const rows = await openRows({ order, direction }, files, one, context.states);
  const some = (side: LayerSource) => onlyLayers(side, spreadLayers(side.layers, LAYERS));
  const [source, target] = [some(rows.source), some(rows.target)];
  const [a, b] = order.names;
  const { groupBy, solver, reduce } = synchrony;
  const lambda = ownLambda(synchrony.lambda);
  const { r2, syncR2, samples } = await measureSynchrony(source, target, {
    ...{ condition: INTERACTIVE, direction, groupBy, lambda, solver, reduce, intervals: false, threads: 1 },
    ...{ sourceModel: direction === 'A->B' ? a : b, targetModel: direction === 'A->B' ? b : a },
    splits: rows.splits,
    groups: rows.samples.map(({ group }) => group),
  });
  return {
    ...{ models: order.names, direction, episodes: files.length, samples, lambda },
    ...{ sourceLayers: source.recorded.numbers, targetLayers: target.recorded.numbers },
    layers: [source.recorded.of, target.recorded.of],
    ...{ syncR2: syncR2.value, r2: [...at(r2, 0)] },
  };
}
