// What a direction's partitions come to over its source layers, with intervals (docs/method.md §19).

import { at, first } from '../numerics/lookup.ts';
import { type Interval, intervalOf, type Jackknife } from '../synchrony/intervals/interval.ts';
import type { OwnPastCell, OwnPastResult } from './own-past.ts';
import {
  MODEL_NAMES,
  type ModelR2,
  QUANTITIES,
  QUANTITY_NAMES,
  type QuantityName,
} from './variance-partition.ts';

/** A mean over source layers, each at its own target layer. */
export interface PartitionNumber {
  readonly value: number;
  /** By leaving out each held-out group; absent where a split holds out too few. */
  readonly interval?: Interval;
  readonly jackknife?: Jackknife;
}

export type PartitionNumbers = Readonly<Record<QuantityName, PartitionNumber>>;

/**
 * Means over source layers, each at its best target layer. They are not clamped: what a control leaves may be less than
 * nothing, as any held-out difference may.
 *
 * @param bestTarget by source layer: the measure's own choice
 * @param level coverage of the intervals
 */
export function summarisePartition(
  { cells, leftOut }: OwnPastResult,
  bestTarget: readonly number[],
  level: number,
): PartitionNumbers {
  const chosen = cells.filter(({ source, target }) => bestTarget[source] === target);
  const numberOf = (quantity: QuantityName): PartitionNumber => {
    const of = QUANTITIES[quantity];
    const value = meanOf(chosen.map(({ r2 }) => of(r2)));
    if (!leftOut) return { value };
    const without = Array.from({ length: leftOut.replicates }, (_, replicate) =>
      meanOf(chosen.map((cell) => of(replicateOf(cell, replicate)))),
    );
    const centre = first(without);
    const jackknife = {
      ...{ estimate: value, centre, heldOut: leftOut.heldOut, groups: leftOut.groups },
      influences: without.slice(1).map((one) => one - centre),
    };
    return { value, interval: intervalOf(jackknife, level), jackknife };
  };
  return Object.fromEntries(QUANTITY_NAMES.map((name) => [name, numberOf(name)])) as Record<
    QuantityName,
    PartitionNumber
  >;
}

function replicateOf({ without }: OwnPastCell, replicate: number): ModelR2 {
  if (!without) throw new RangeError('a layer pair without replicates');
  return Object.fromEntries(MODEL_NAMES.map((model) => [model, at(without[model], replicate)])) as Record<
    (typeof MODEL_NAMES)[number],
    number
  >;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
