// How the rows of a target are divided into training and test, and the training rows once more to choose.

import { NotEnoughSamples } from '../errors.ts';
import { take } from '../numerics/lookup.ts';
import { type Split, splitSamples } from '../pairs/split.ts';
import type { LayerFit } from './probe-layer.ts';
import type { ProbeSettings } from './probe-settings.ts';
import type { ProbeTarget } from './targets.ts';

/** Share of the training groups that is held back to choose a penalty and a layer. */
const VALIDATION_SHARE = 0.2;

/** A target, how it is split, and the fits so far: one per layer. */
export interface SplitTarget {
  readonly target: ProbeTarget;
  readonly splits: readonly {
    readonly split: Split;
    /** How the training rows are divided to choose a penalty. */
    readonly inner: Pick<Split, 'train' | 'test'> | undefined;
    readonly fits: LayerFit[];
  }[];
}

/** The splits of a target, or why it cannot be split. */
export function splitTarget(
  target: ProbeTarget,
  { testFraction, splitSeeds, l2 }: ProbeSettings,
): SplitTarget | string {
  const samples = target.groups.map((group) => ({ group }));
  try {
    const splits = splitSeeds.map((seed) => {
      const split = splitSamples(samples, { seed, samples: 'all', testFraction });
      if (l2.length === 1) return { split, inner: undefined, fits: [] };
      const within = take(samples, split.train);
      const inner = splitSamples(within, { seed, samples: 'all', testFraction: VALIDATION_SHARE });
      const [train, test] = [take(split.train, inner.train), take(split.train, inner.test)];
      return { split, inner: { train, test }, fits: [] };
    });
    return { target, splits };
  } catch (error) {
    if (error instanceof NotEnoughSamples) return error.message;
    throw error;
  }
}
