// Interventions that do nothing must come out as doing nothing, as often as a test promises; those that do something must be
// found, with intervals that hold them.

import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { type Effects, levelOf, meanOver, type PlaceArms, summariseEffects } from './effects.ts';
import type { ArmResult } from './play-arms.ts';

const SETTINGS = { permutations: 199, seed: 1, level: 0.95 };
const INTERACTIONS = 14;

/** Skewed numbers, as divergences are, with a part that an interaction's arms share. */
function study(seed: number, more: number): PlaceArms[] {
  const random = createRandom(`effects test ${seed}`);
  const exponential = () => -Math.log(1 - random.uniform());
  return Array.from({ length: 2 * INTERACTIONS }, (_, i) => {
    const shared = exponential();
    const arm = (control: ArmResult['control'], listener: number): ArmResult => ({
      ...{ kind: 'remove', control, dose: 8, size: 1, speaker: listener, listener, words: 1 },
      ...{ predicted: 1, along: random.uniform() - 0.5 + more, across: 1, later: 0 },
    });
    return {
      ...{ interaction: `i${i % INTERACTIONS}`, round: 2, layer: 0 },
      arms: [arm(null, shared + exponential() + more), arm('random', shared + exponential())],
    };
  });
}

const listener = ({ effects }: Effects) => effects.find(({ measure }) => measure === 'listener')!;

describe('effects', () => {
  it('reject what is not there in 5 % of studies, and hold the truth in 95 %', () => {
    const studies = 300;
    let [rejected, held, followed] = [0, 0, 0];
    for (let seed = 0; seed < studies; seed++) {
      const found = summariseEffects(study(seed, 0), SETTINGS);
      const [contrast] = listener(found).contrasts;
      const { low, high } = contrast!.difference;
      if (contrast!.p! <= 0.05) rejected++;
      if (low! <= 0 && 0 <= high!) held++;
      if (found.follows[0]!.p! <= 0.05) followed++;
    }
    // Three standard errors of 300 studies are 3.8 percentage points.
    expect(rejected / studies).toBeLessThan(0.088);
    expect(followed / studies).toBeLessThan(0.088);
    expect(held / studies).toBeGreaterThan(0.912);
  });

  it('find what is there about as often as they say that they would', () => {
    const studies = 100;
    const detectable = Array.from({ length: studies }, (_, seed) => {
      return listener(summariseEffects(study(seed, 0), SETTINGS)).contrasts[0]!.detectable!;
    });
    const size = detectable.reduce((sum, value) => sum + value, 0) / studies;
    const found = Array.from({ length: studies }, (_, seed) => {
      return listener(summariseEffects(study(1000 + seed, size), SETTINGS)).contrasts[0]!.p! <= 0.05;
    });
    const share = found.filter(Boolean).length / studies;
    expect(share).toBeGreaterThan(0.65);
    expect(share).toBeLessThan(0.95);
  });

  it('adjust p over the contrasts of one measure, and say what had to be left out', () => {
    const places = study(1, 3).map((place, i) =>
      i % INTERACTIONS < 2
        ? { ...place, arms: place.arms.map((arm) => ({ ...arm, listener: null })) }
        : place,
    );
    const found = listener(summariseEffects(places, SETTINGS));
    expect(found.mean.interactions).toBe(INTERACTIONS - 2);
    expect(found.contrasts[0]!.difference.interactions).toBe(INTERACTIONS - 2);
    expect(found.contrasts[0]!.q).toBe(found.contrasts[0]!.p);
  });

  it('know nothing of the spread of two interactions', () => {
    expect(meanOver([1, 3], levelOf(0.95))).toEqual({ value: 2, low: null, high: null, interactions: 2 });
    // numpy and scipy: 2 ± t.ppf(.975, 2) · 1 / √3
    expect(meanOver([1, 2, 3], levelOf(0.95)).high).toBeCloseTo(4.484137712, 6);
  });
});
