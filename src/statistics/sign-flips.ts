// Sign flips of paired differences: under the null hypothesis that two conditions are exchangeable within every unit,
// each unit's difference is as likely to have the other sign.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { permutationP, type Tail } from '../synchrony/null-distribution.ts';

export interface SignFlipOptions {
  /** Random permutations; 10,000 by default. If there are not more arrangements than these, all are taken. */
  readonly permutations?: number;
  /** Decides the random signs; 0 by default. */
  readonly seed?: number;
  /** `two-sided` by default. */
  readonly tail?: Tail;
}

/** Sign arrangements besides the observed one. */
export interface SignFlips {
  /** 1 or −1 per unit. */
  readonly signs: readonly Int8Array[];
  /** Whether they are all that there are. */
  readonly exact: boolean;
}

/**
 * Signs for every permutation but the observed one, in which all are 1. All 2ⁿ − 1 of them if that is not more than
 * `permutations`, and random ones otherwise.
 *
 * @throws NotEnoughSamples for fewer than two units
 */
export function signFlips(
  units: number,
  { permutations = 10_000, seed = 0 }: Pick<SignFlipOptions, 'permutations' | 'seed'> = {},
): SignFlips {
  if (units < 2) throw new NotEnoughSamples('permutation', units, 2, 'one unit cannot be compared');
  if (!Number.isInteger(permutations) || permutations < 1)
    throw new BadInput('permutations', `${permutations} is no number of permutations; 1 or more is valid`);
  if (2 ** units - 1 <= permutations) {
    const signs = Array.from({ length: 2 ** units - 1 }, (_, i) =>
      // Bit k of the arrangement's number is unit k's sign; number 0 is what was observed.
      Int8Array.from({ length: units }, (_, unit) => (((i + 1) / 2 ** unit) & 1 ? -1 : 1)),
    );
    return { signs, exact: true };
  }
  const { uniform } = createRandom(`sign flips/${seed}`);
  const signs = Array.from({ length: permutations }, () =>
    Int8Array.from({ length: units }, () => (uniform() < 0.5 ? -1 : 1)),
  );
  return { signs, exact: false };
}

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
  const differences = first.map((score, unit) => score - second[unit]!);
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
  const values = Float64Array.from(signs, (of) => meanWith((unit) => of[unit]!));
  // Rounding is of the size of the differences, which may be far above that of their mean.
  const tolerance = 1e-12 * differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const p = permutationP({ observed: difference, values }, { tail, tolerance });
  return { difference, p, units: differences.length, permutations: signs.length, exact };
}
