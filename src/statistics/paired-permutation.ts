// The paired permutation test on one score per unit: episodes, interactions, model pairs.

import { BadInput } from '../errors.ts';
import { at } from '../numerics/lookup.ts';
import { permutationP } from '../synchrony/permutations/null-distribution.ts';
import { type SignFlipOptions, signFlips } from '../synchrony/permutations/sign-flips.ts';

/** What a paired permutation test says. */
export interface PairedPermutation {
  /** Mean of the differences. */
  readonly difference: number;
  readonly p: number;
  readonly units: number;
  /** Arrangements besides the observed one. */
  readonly permutations: number;
  /** Whether these are all that there are. */
  readonly exact: boolean;
}

/**
 * Paired permutation test of the mean difference between two conditions, one score per unit and condition: the
 * labels of a unit are swapped, which turns the sign of its difference.
 *
 * @param first, second (units): scores of the same units in the same order
 * @throws BadInput for scores that are not finite or not paired; NotEnoughSamples for fewer than two units
 */
export function pairedPermutation(
  first: readonly number[],
  second: readonly number[],
  { tail = 'two-sided', ...options }: SignFlipOptions = {},
): PairedPermutation {
  if (first.length !== second.length)
    throw new BadInput('scores', `${first.length} and ${second.length} scores; every unit needs both`);
  const differences = first.map((score, unit) => score - at(second, unit));
  const wrong = differences.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1)
    throw new BadInput(
      `scores[${wrong}]`,
      `${first[wrong]} and ${second[wrong]} cannot be compared; leave the unit out`,
    );
  const { signs, exact } = signFlips(differences.length, options);
  const meanWith = (sign: (unit: number) => number) =>
    differences.reduce((sum, value, unit) => sum + sign(unit) * value, 0) / differences.length;
  const difference = meanWith(() => 1);
  const values = Float64Array.from(signs, (of) => meanWith((unit) => at(of, unit)));
  // Rounding is of the size of the differences, which may be far above that of their mean.
  const tolerance = 1e-12 * differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const p = permutationP({ observed: difference, values }, { tail, tolerance });
  return { difference, p, units: differences.length, permutations: signs.length, exact };
}
