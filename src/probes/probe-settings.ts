// How probes are trained and tested: defaults, and what is no setting.

import { BadInput } from '../errors.ts';

export interface ProbeSettings {
  /**
   * Penalties λ of mean KL + λ/2·‖W‖², of which the paper says nothing. Of several, one is chosen for every layer and
   * split on a fifth of the training groups. 0.01, 0.1, 1 and 10 by default.
   */
  readonly l2: readonly number[];
  /** Share that is held out; 0.2. */
  readonly testFraction: number;
  /** 0, 1, 2. */
  readonly splitSeeds: readonly number[];
  /** Share of replies that may fail the format before a model's words are not decoded; 0.1. */
  readonly maxFailureRate: number;
}

export const PROBE_DEFAULTS: ProbeSettings = {
  l2: [0.01, 0.1, 1, 10],
  testFraction: 0.2,
  splitSeeds: [0, 1, 2],
  maxFailureRate: 0.1,
};

/**
 * Settings with their defaults; penalties from the largest down.
 *
 * @throws BadInput for numbers that are none
 */
export function probeSettings(options: Partial<ProbeSettings>): ProbeSettings {
  const { l2, testFraction, splitSeeds, maxFailureRate } = { ...PROBE_DEFAULTS, ...options };
  if (l2.length === 0 || l2.some((value) => !(value > 0 && Number.isFinite(value))))
    throw new BadInput('mentalStates.l2', `${l2.join(', ') || 'an empty list'}; penalties are above 0`);
  if (splitSeeds.length === 0)
    throw new BadInput('mentalStates.splitSeeds', 'no seeds; one or more are needed');
  if (!(maxFailureRate >= 0 && maxFailureRate <= 1))
    throw new BadInput('mentalStates.maxFailureRate', `${maxFailureRate}; a share from 0 to 1 is valid`);
  return { l2: [...l2].sort((a, b) => b - a), testFraction, splitSeeds, maxFailureRate };
}
