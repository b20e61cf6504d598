// By how much a probe tells held-out rows better than something else does, with an interval and a p over whole groups: the
// rows of one interaction are not independent, and the same interaction may be held out by several splits.

import { FEWEST_GROUPS, type Interval, intervalOf, type Jackknife } from '../synchrony/intervals/interval.ts';
import { permutationP } from '../synchrony/permutations/null-distribution.ts';
import { signFlips } from '../synchrony/permutations/sign-flips.ts';

/** Test rows of one split: how far off the probe is, and how far what it is compared with. */
export interface HeldOutRows {
  /** The group of every row. */
  readonly groups: readonly string[];
  /** Divergence in nats. */
  readonly probe: Float64Array;
  readonly other: Float64Array;
}

/** Means over split seeds; all in nats. */
export interface Gain {
  readonly probe: number;
  readonly other: number;
  /** other − probe: above 0 where the probe is closer. */
  readonly gain: number;
  /** Null where a split holds out too few groups. */
  readonly interval: Interval | null;
  /** Groups that some split holds out. */
  readonly groups: number;
  /** Test rows of a split: the fewest. */
  readonly rows: number;
}

/** The gain with its interval: a group is left out of all splits at once, the fitted probes kept as they are. */
export function gainOf(splits: readonly HeldOutRows[]): Gain {
  const jackknife = jackknifeOf(splits);
  const mean = (of: (split: HeldOutRows) => number) =>
    splits.reduce((sum, split) => sum + of(split), 0) / splits.length;
  return {
    probe: mean(({ probe }) => meanOf(probe)),
    other: mean(({ other }) => meanOf(other)),
    gain: jackknife.estimate,
    interval: jackknife.heldOut < FEWEST_GROUPS ? null : intervalOf(jackknife),
    groups: jackknife.groups.length,
    rows: Math.min(...splits.map(({ groups }) => groups.length)),
  };
}

/** One-sided p of a gain, by turning the sign of whole groups, in all splits at once. */
export function signFlipP(
  splits: readonly HeldOutRows[],
  permutations: number,
): { readonly p: number; readonly permutations: number } {
  const groups = namesOf(splits);
  const shares = groups.map((group) =>
    splits.reduce((sum, split) => sum + sumOf(split, (own) => own === group) / split.groups.length, 0),
  );
  const { signs } = signFlips(groups.length, { permutations });
  const observed = shares.reduce((sum, share) => sum + share, 0);
  const values = Float64Array.from(signs, (own) =>
    shares.reduce((sum, share, g) => sum + share * own[g]!, 0),
  );
  return { p: permutationP({ observed, values }), permutations: signs.length };
}

function jackknifeOf(splits: readonly HeldOutRows[]): Jackknife {
  const groups = namesOf(splits);
  const gainWithout = (left: string | undefined) =>
    splits.reduce((sum, split) => {
      const rows = split.groups.filter((group) => group !== left).length;
      // A split that holds out this group alone has nothing to say without it.
      return sum + (rows === 0 ? 0 : sumOf(split, (group) => group !== left) / rows);
    }, 0) / splits.length;
  const estimate = gainWithout(undefined);
  return {
    ...{ estimate, centre: estimate, groups },
    heldOut: Math.min(...splits.map((split) => new Set(split.groups).size)),
    influences: groups.map((group) => gainWithout(group) - estimate),
  };
}

function sumOf({ groups, probe, other }: HeldOutRows, isIn: (group: string) => boolean): number {
  return groups.reduce((sum, group, row) => (isIn(group) ? sum + other[row]! - probe[row]! : sum), 0);
}

function namesOf(splits: readonly HeldOutRows[]): string[] {
  return [...new Set(splits.flatMap(({ groups }) => groups))].sort();
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
