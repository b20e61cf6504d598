// SyncR² on two halves of the groups, as if only one of them had been played (docs/method.md §18): what both agree on is no accident
// of the interactions.

import { NotEnoughSamples } from '../../errors.ts';
import { take } from '../../numerics/lookup.ts';
import { createRandom } from '../../numerics/random.ts';
import type { Division } from '../../pairs/division.ts';
import { divideSamples } from '../../pairs/division.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { measureSynchrony } from '../measure.ts';
import type { MeasureOptions } from '../options.ts';

/** One half. */
export interface HalfSyncR2 {
  readonly value: number;
  /** Training and test rows of every split. */
  readonly samples: number;
  readonly groups: readonly string[];
}

/**
 * Divides groups into two halves of one number, or nearly. What a group draws depends on the halving and its name alone, so
 * groups that several pairs of models have mostly fall together.
 */
export function halveGroups(groups: Iterable<string>, halving: number): readonly [string[], string[]] {
  const drawn = [...new Set(groups)].map((group) => {
    return { group, place: createRandom(`halves/${halving}/${group}`).uniform() };
  });
  const names = drawn
    .sort((a, b) => a.place - b.place || (a.group < b.group ? -1 : 1))
    .map(({ group }) => group);
  const middle = Math.ceil(names.length / 2);
  return [names.slice(0, middle).sort(), names.slice(middle).sort()];
}

/**
 * Measures each half by itself: its own splits, fits and λ.
 *
 * @param division of all samples; a number of them is halved
 * @throws NotEnoughSamples for a half that cannot be divided; otherwise as `measureSynchrony`
 */
export async function measureHalves(
  source: LayerSource,
  target: LayerSource,
  halving: number,
  division: Division,
  options: Omit<MeasureOptions, 'splits'> & { readonly groups: readonly string[] },
): Promise<readonly [HalfSyncR2, HalfSyncR2]> {
  const halves = halveGroups(options.groups, halving);
  const measured: HalfSyncR2[] = [];
  for (const groups of halves) {
    const splits = splitsWithin(new Set(groups), options.groups, division);
    const { syncR2, samples } = await measureSynchrony(source, target, {
      ...options,
      splits,
      intervals: false,
    });
    measured.push({ value: syncR2.value, samples, groups });
  }
  const [first, second] = measured;
  if (first === undefined || second === undefined) throw new RangeError('two halves');
  return [first, second];
}

/** Splits of the rows of some groups, in the numbering of all. */
function splitsWithin(chosen: ReadonlySet<string>, groups: readonly string[], division: Division): Split[] {
  const rows = groups.flatMap((group, row) => (chosen.has(group) ? [row] : []));
  const samples = rows.map((row) => ({ group: groups[row] ?? '' }));
  const { samples: count } = division;
  const wanted = count === 'all' ? 'all' : Math.floor(count / 2);
  const whole = wanted === 'all' || wanted > samples.length ? 'all' : wanted;
  const own = divided(samples, { ...division, samples: whole });
  return own.map((split) => ({ ...split, train: take(rows, split.train), test: take(rows, split.test) }));
}

/** All of the half where whole groups do not come to the number. */
function divided(samples: readonly { readonly group: string }[], division: Division): Split[] {
  try {
    return divideSamples(samples, division);
  } catch (error) {
    if (!(error instanceof NotEnoughSamples) || division.samples === 'all') throw error;
    return divideSamples(samples, { ...division, samples: 'all' });
  }
}
