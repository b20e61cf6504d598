// Every interval of SyncR² that a user sees, by one rule: by leaving out one held-out group after another, with as many
// degrees of freedom as one split's held-out groups allow (docs/method.md §6; Efron & Stein 1981; for few groups
// Cameron & Miller 2015). How often such intervals hold the truth, docs/method.md §6 says.

import { z } from 'zod';
import { studentCritical } from '../../numerics/distributions.ts';

/** Fewer held-out groups than this in a split say too little of how groups differ. */
export const FEWEST_GROUPS = 3;

/** What leaving out each group does to a number, the fitted maps held fixed. */
export interface Jackknife {
  /** The number as it is reported. */
  readonly estimate: number;
  /**
   * The same with SS_tot about the training mean in place of the test mean. About the mean of what is held out, R² is
   * too low by (1 − R²) / groups; it is this number that the interval lies about.
   */
  readonly centre: number;
  /** Fewest groups that a split holds out. */
  readonly heldOut: number;
  /** Names of the groups that any split holds out, sorted. */
  readonly groups: readonly string[];
  /** For each group by how much the number changes without it. */
  readonly influences: readonly number[];
}

/** An interval, which holds its estimate. */
export interface Interval {
  readonly estimate: number;
  /** By leaving out each group. */
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** How it was made: centre ± t · standard error. */
  readonly kind: 'jackknife-t';
  /** Of Student's t: fewest groups that a split holds out − 1. */
  readonly degreesOfFreedom: number;
  /** How many groups were left out, one after another. */
  readonly groups: number;
  /** Coverage. */
  readonly level: number;
}

/**
 * The interval of a number: centre ± t · SE, SE² = (G − 1) / G · Σ (influence − their mean)², and further where that is
 * what it takes to hold the estimate.
 *
 * @param level coverage between 0 and 1
 * @param least what the number cannot be below, such as 0 for SyncR²
 * @throws RangeError for a level outside, or fewer than two held-out groups
 */
export function intervalOf(
  { estimate, centre, heldOut, groups, influences }: Jackknife,
  level: number = 0.95,
  least: number = Number.NEGATIVE_INFINITY,
): Interval {
  if (!(level > 0 && level < 1)) throw new RangeError(`a coverage of ${level}`);
  if (heldOut < 2) throw new RangeError(`an interval from ${heldOut} held-out groups`);
  const count = influences.length;
  const mean = influences.reduce((sum, value) => sum + value, 0) / count;
  const squares = influences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = Math.sqrt(((count - 1) / count) * squares);
  const degreesOfFreedom = heldOut - 1;
  const half = studentCritical(1 - level, degreesOfFreedom) * standardError;
  return {
    estimate,
    standardError,
    low: Math.min(estimate, Math.max(least, centre - half)),
    high: Math.max(estimate, centre + half),
    kind: 'jackknife-t',
    degreesOfFreedom,
    groups: groups.length,
    level,
  };
}

/**
 * The jackknife of a weighted sum: the mean of directions, or one condition minus another. A group that both hold out
 * is left out of both, so that what they share is no difference.
 *
 * @throws RangeError for no parts
 */
export function combineJackknives(
  parts: readonly { readonly weight: number; readonly jackknife: Jackknife }[],
): Jackknife {
  if (parts.length === 0) throw new RangeError('no jackknives');
  const changes = new Map<string, number>();
  let [estimate, centre, heldOut] = [0, 0, Number.POSITIVE_INFINITY];
  for (const { weight, jackknife } of parts) {
    estimate += weight * jackknife.estimate;
    centre += weight * jackknife.centre;
    heldOut = Math.min(heldOut, jackknife.heldOut);
    for (const [i, group] of jackknife.groups.entries())
      changes.set(group, (changes.get(group) ?? 0) + weight * (jackknife.influences[i] ?? 0));
  }
  const groups = [...changes.keys()].sort();
  return { estimate, centre, heldOut, groups, influences: groups.map((group) => changes.get(group) ?? 0) };
}

/** The jackknife of a mean; see `combineJackknives`. */
export function meanJackknife(jackknives: readonly Jackknife[]): Jackknife {
  return combineJackknives(jackknives.map((jackknife) => ({ weight: 1 / jackknives.length, jackknife })));
}

/**
 * The jackknife of a share, such as what is left of SyncR² without the shared text: without each group both numbers are
 * taken without it.
 *
 * @throws RangeError if the whole is not above 0
 */
export function ratioJackknife(part: Jackknife, whole: Jackknife): Jackknife {
  if (!(whole.estimate > 0 && whole.centre > 0))
    throw new RangeError(`a share of ${whole.estimate} (centre ${whole.centre})`);
  const influencesOf = ({ groups, influences }: Jackknife) =>
    new Map(groups.map((group, i) => [group, influences[i] ?? 0]));
  const [ofPart, ofWhole] = [influencesOf(part), influencesOf(whole)];
  const groups = [...new Set([...part.groups, ...whole.groups])].sort();
  const centre = part.centre / whole.centre;
  const without = (group: string) =>
    (part.centre + (ofPart.get(group) ?? 0)) / (whole.centre + (ofWhole.get(group) ?? 0));
  return {
    ...{ estimate: part.estimate / whole.estimate, centre },
    heldOut: Math.min(part.heldOut, whole.heldOut),
    ...{ groups, influences: groups.map((group) => without(group) - centre) },
  };
}

/** An interval as it is kept. */
export const intervalSchema = z.object({
  estimate: z.number(),
  standardError: z.number(),
  low: z.number(),
  high: z.number(),
  kind: z.literal('jackknife-t'),
  degreesOfFreedom: z.number(),
  groups: z.int(),
  level: z.number(),
}) satisfies z.ZodType<Interval>;

/** A jackknife as it is kept. */
export const jackknifeSchema = z.object({
  estimate: z.number(),
  centre: z.number(),
  heldOut: z.int().min(2),
  groups: z.array(z.string()),
  influences: z.array(z.number()),
}) satisfies z.ZodType<Jackknife>;
