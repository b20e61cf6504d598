// Sign flips of paired differences: under the null hypothesis that two conditions are exchangeable within every unit,
// each unit's difference is as likely to have the other sign.

import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { createRandom } from '../../numerics/random.ts';
import type { Tail } from './null-distribution.ts';

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
