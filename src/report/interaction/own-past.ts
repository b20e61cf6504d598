// What a target's own past, its partner and the shared text explain of it: of pairs, from the partitions of their directions.

import type { PartitionNumber } from '../../controls/own-past-summary.ts';
import { QUANTITY_NAMES, type QuantityName } from '../../controls/variance-partition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals, intervalText } from '../../figures/number-text.ts';
import type { DirectionOwnPast } from '../../studies/own-past-files.ts';
import { OWN_PAST } from '../../studies/stages/own-past.ts';
import {
  combineJackknives,
  type Interval,
  intervalOf,
  type Jackknife,
  meanJackknife,
} from '../../synchrony/intervals/interval.ts';
import { completePair, type ModelNames, type Shared, samePair } from '../shared.ts';
import type { ReportSource } from '../source.ts';

export interface OwnPastDirection {
  /** Names in seats A and B. */
  readonly models: ModelNames;
  readonly result: DirectionOwnPast;
}

/** A number with its interval, if it has one. */
interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

export type Estimates = Readonly<Record<QuantityName, Estimate>>;

/** Which way more of what own past and text leave is explained. */
interface NetInfluence extends Estimate {
  /** `llama → mistral` */
  readonly from: string;
  readonly back: string;
}

/** A pair all of whose directions are there. */
export interface PairOwnPast {
  readonly name: string;
  readonly models: ModelNames;
  readonly directions: readonly DirectionOwnPast[];
  /** Means over directions and seat orders. */
  readonly numbers: Estimates;
  readonly net: NetInfluence;
}

export async function gatherOwnPast(source: ReportSource): Promise<OwnPastDirection[]> {
  const { current } = await source.results(OWN_PAST);
  return current.map(({ task, result }) => ({ models: task.order.names, result }));
}

export function pairOwnPast(
  directions: readonly OwnPastDirection[],
  { pairs }: Pick<Shared, 'pairs'>,
): PairOwnPast[] {
  return pairs.flatMap((models) => {
    const own = completePair(models, directions).map(({ result }) => result);
    if (own.length === 0) return [];
    return [{ name: pairLabel(models), models, directions: own, numbers: meansOf(own), net: netOf(own) }];
  });
}

/** What the partitions say of a pair, if they were made in all its directions. */
export function ownPastOf(
  models: ModelNames,
  directions: readonly OwnPastDirection[],
  shared: Pick<Shared, 'pairs'>,
): PairOwnPast | undefined {
  return pairOwnPast(directions, shared).find((one) => samePair(one.models, models));
}

/** Means over directions. */
export function meansOf(directions: readonly DirectionOwnPast[]): Estimates {
  const of = (name: QuantityName): Estimate => {
    const all = directions.map(({ numbers }) => numbers[name]);
    const value = all.reduce((sum, one) => sum + one.value, 0) / all.length;
    const jackknife = jackknifeOf(all);
    return { value, interval: jackknife ? intervalOf(jackknife, levelOf(all)) : null };
  };
  return Object.fromEntries(QUANTITY_NAMES.map((name) => [name, of(name)])) as Record<QuantityName, Estimate>;
}

function jackknifeOf(all: readonly PartitionNumber[]): Jackknife | undefined {
  const found = all.flatMap(({ jackknife }) => jackknife ?? []);
  return found.length === all.length ? meanJackknife(found) : undefined;
}

const levelOf = (all: readonly PartitionNumber[]) => all[0]?.interval?.level ?? 0.95;

/** One way less the other: of two models by who is the source, of one with itself by seats. */
function netOf(directions: readonly DirectionOwnPast[]): NetInfluence {
  const name = ({ sourceModel, targetModel, direction }: DirectionOwnPast) =>
    sourceModel === targetModel ? direction.replace('->', ' → ') : `${sourceModel} → ${targetModel}`;
  const [from = '', back = ''] = [...new Set(directions.map(name))];
  const of = (way: string) =>
    directions.filter((one) => name(one) === way).map(({ numbers }) => numbers.beyondBoth);
  const [forth, other] = [of(from), of(back)];
  const meanOf = (all: readonly PartitionNumber[]) =>
    all.reduce((sum, one) => sum + one.value, 0) / all.length;
  const value = meanOf(forth) - meanOf(other);
  const [first, second] = [jackknifeOf(forth), jackknifeOf(other)];
  if (!first || !second) return { from, back, value, interval: null };
  const difference = combineJackknives([
    { weight: 1, jackknife: first },
    { weight: -1, jackknife: second },
  ]);
  return { from, back, value, interval: intervalOf(difference, levelOf(forth)) };
}

/** `0.055 [0.010, 0.100]` */
export function estimateText({ value, interval }: Estimate): string {
  return interval ? `${decimals(value)} ${intervalText(interval)}` : decimals(value);
}
