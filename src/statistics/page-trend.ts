// Whether values rise over ordered conditions: Page's L (1963) over blocks that each have all conditions, with exact p
// under permutation, ties included. Blocks that are told of the same things (model pairs of the same scenarios) are not
// independent, and what their common material does to a condition, it does in all of them; so beside Page's p, under which
// each block's values are exchanged by themselves, stands that under one exchange of conditions in all blocks at once.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { at, first } from '../numerics/lookup.ts';
import { ranksOf } from './correlation.ts';

export interface PageTrend {
  /** Σ over conditions of place (1 … k) × sum of ranks. */
  readonly L: number;
  /** Mean over blocks of Spearman's ρ between place and value; a block whose values are all equal counts 0. */
  readonly meanRho: number;
  /** Of each block. */
  readonly rhos: readonly number[];
  /** One-sided, for a rise: every block's values exchanged by themselves, as if blocks were independent. */
  readonly p: number;
  /** One-sided, for a rise: conditions exchanged in all blocks at once, whatever blocks have in common. */
  readonly commonP: number;
  /** k!: `commonP` is never below 1 / k!. */
  readonly labellings: number;
}

/** With two conditions there is no order beyond a difference; with more than this there is none in a study. */
const FEWEST_CONDITIONS = 3;
const MOST_CONDITIONS = 10;

/**
 * Page's test for ordered alternatives.
 *
 * @param blocks (blocks, conditions): conditions in the order in which values should rise
 * @throws NotEnoughSamples for fewer than two blocks or three conditions; BadInput for values that are not finite, blocks
 * of different lengths or more than ten conditions
 */
export function pageTrend(blocks: readonly (readonly number[])[]): PageTrend {
  const conditions = checkBlocks(blocks);
  // Twice the ranks: whole numbers also where values are equal.
  const ranks = blocks.map((values) => [...ranksOf(values)].map((rank) => Math.round(2 * rank)));
  const observed = ranks.reduce((sum, own) => sum + placed(own), 0);
  const ofBlocks = ranks.map((own) => sumsOverOrders(own)).reduce(convolve);
  const totals = Array.from({ length: conditions }, (_, j) =>
    ranks.reduce((sum, own) => sum + at(own, j), 0),
  );
  const rhos = ranks.map(rhoOf);
  return {
    L: observed / 2,
    ...{ meanRho: rhos.reduce((sum, rho) => sum + rho, 0) / rhos.length, rhos },
    p: shareFrom(ofBlocks, observed),
    commonP: shareFrom(sumsOverOrders(totals), observed),
    labellings: Array.from({ length: conditions }, (_, j) => j + 1).reduce((product, j) => product * j, 1),
  };
}

function checkBlocks(blocks: readonly (readonly number[])[]): number {
  if (blocks.length < 2)
    throw new NotEnoughSamples('blocks of a trend', blocks.length, 2, 'one block has an order and no test');
  const conditions = first(blocks).length;
  if (conditions < FEWEST_CONDITIONS)
    throw new NotEnoughSamples(
      'conditions of a trend',
      conditions,
      FEWEST_CONDITIONS,
      'two have a difference',
    );
  if (conditions > MOST_CONDITIONS)
    throw new BadInput('conditions', `${conditions} of them; up to ${MOST_CONDITIONS} can be exchanged`);
  for (const [b, values] of blocks.entries())
    if (values.length !== conditions || values.some((value) => !Number.isFinite(value)))
      throw new BadInput(`blocks[${b}]`, `${values.join(', ')}; ${conditions} numbers are needed`);
  return conditions;
}

/** Σ of place × rank. */
function placed(ranks: readonly number[]): number {
  return ranks.reduce((sum, rank, j) => sum + (j + 1) * rank, 0);
}

/** Spearman's ρ of place and value. */
function rhoOf(ranks: readonly number[]): number {
  const k = ranks.length;
  const middle = (k + 1) / 2;
  const covariance = placed(ranks) / 2 - k * middle ** 2;
  const squares = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const spread = Math.sqrt(squares(ranks.map((rank) => rank / 2)) * squares(ranks.map((_, j) => j + 1)));
  return spread === 0 ? 0 : covariance / spread;
}

/** How likely each sum is. */
type Sums = ReadonlyMap<number, number>;

/** Sums of place × value over all orders of the values, each as likely; built up place by place over sets of values. */
function sumsOverOrders(values: readonly number[]): Sums {
  let sets = new Map<number, Map<number, number>>([[0, new Map([[0, 1]])]]);
  for (let place = 1; place <= values.length; place++) {
    const next = new Map<number, Map<number, number>>();
    for (const [set, sums] of sets)
      for (const [i, value] of values.entries()) {
        if (set & (1 << i)) continue;
        const own = next.get(set | (1 << i)) ?? new Map<number, number>();
        for (const [sum, share] of sums) add(own, sum + place * value, share / (values.length - place + 1));
        next.set(set | (1 << i), own);
      }
    sets = next;
  }
  return first([...sets.values()]);
}

function add(sums: Map<number, number>, sum: number, share: number): void {
  sums.set(sum, (sums.get(sum) ?? 0) + share);
}

/** The sums of two independent ones. */
function convolve(a: Sums, b: Sums): Sums {
  const sums = new Map<number, number>();
  for (const [x, p] of a) for (const [y, q] of b) add(sums, x + y, p * q);
  return sums;
}

/** How likely sums of at least this are. */
function shareFrom(sums: Sums, least: number): number {
  let share = 0;
  for (const [sum, own] of sums) if (sum >= least) share += own;
  return Math.min(1, share);
}
