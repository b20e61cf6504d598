// Whether there can be enough samples: for the study, and for every one of its conditions. What only some conditions
// suffer from leaves the others measured.

import { type Condition, INTERACTIVE, traitsOf } from '../../conditions/condition.ts';
import { groupingOf } from '../../conditions/division.ts';
import { tooFewRounds } from '../../conditions/samples.ts';
import type { Split } from '../../pairs/split.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import { FEWEST_GROUPS } from '../../synchrony/intervals/interval.ts';
import type { Study } from '../schema.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { OpenCheck, OpenParts } from './check.ts';
import { Capacities, type Capacity, DECIDES_SAMPLES } from './samples.ts';

/** A condition that cannot be measured, however long the agents talk. */
interface LeftOutCondition {
  readonly condition: Condition;
  /** Place in the study's list. */
  readonly index: number;
  readonly because: Impossible['because'];
  readonly reason: string;
}

type Impossible = Extract<Capacity, { readonly possible: false }>;

/** With fewer samples to spare than this share, one episode in ten that ends early makes them too few. */
const SPARE = 0.1;

/** What no row of the table says better. */
const NOTHING = 'the interactions that were chosen give it no samples; play more of them';

/** `24 interactions × 3 seeds × 8 rounds`. */
function product({ simulation: { seeds, rounds } }: Study, encounters: readonly Encounter[]): string {
  const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  const parts = [
    [encounters.length, 'interaction'],
    [seeds.length, 'seed'],
    [rounds, 'round'],
  ] as const;
  return parts.map(([count, word]) => counted(count, word)).join(' × ');
}

function why(
  study: Study,
  encounters: readonly Encounter[],
  condition: Condition,
  found: Impossible,
): string {
  const { because, total, samples, wanted, direction } = found;
  if (because === 'no samples')
    return tooFewRounds(condition, study.simulation.rounds) ?? traitsOf(condition).selection?.none ?? NOTHING;
  if (because === 'one group') {
    const { groupBy } = study.synchrony;
    const grouping = groupingOf(condition, groupBy);
    const finer = grouping === groupBy && grouping !== 'interaction' ? ', or group more finely' : '';
    return `all samples are of one ${GROUPS[grouping]}, and training and test need one each; play more ${GROUPS[grouping]}s${finer}`;
  }
  const there = `${direction} gives ${total} samples at most (${product(study, encounters)})`;
  const more = 'play more interactions, seeds or rounds';
  const { folds } = study.synchrony;
  const enough = typeof study.synchrony.samples !== 'number' || total >= wanted;
  if (folds !== undefined && enough) {
    const groups = `${GROUPS[groupingOf(condition, study.synchrony.groupBy)]}s`;
    return `${there}, and ${folds} folds of whole ${groups} would not all have two of them; take fewer folds, or ${more}`;
  }
  if (typeof study.synchrony.samples !== 'number')
    return `${there}, and a split leaves fewer than two of them on one side; ${more}`;
  const cut = total >= wanted ? `, of which a split can use ${samples} where its last test group is cut` : '';
  const size = samples > 0 ? `all or at most ${samples}` : 'all';
  return `${there}${cut}, but ${wanted} are wanted; take samples: ${size}, or ${more}`;
}

const GROUPS = {
  interaction: 'interaction',
  characterPair: 'pair of characters',
  scenario: 'scenario',
} as const;

/** The study's conditions that cannot be measured, and why. */
function impossibleConditions(
  study: Study,
  encounters: readonly Encounter[],
  capacities: Capacities,
): LeftOutCondition[] {
  return study.conditions.flatMap((condition, index) => {
    const found = capacities.of(condition);
    if (found.possible) return [];
    const { because } = found;
    return [{ condition, index, because, reason: why(study, encounters, condition, found) }];
  });
}

/**
 * Conditions that cannot be measured, though others can. None if the interactive one, or every one, is among them: then
 * the recordings are not such as the study says, and nothing is known of them.
 */
export function leftOutConditions(
  study: Study,
  encounters: readonly Encounter[],
  capacities: Capacities = new Capacities(study, encounters),
): readonly Condition[] {
  const impossible = study.conditions.filter((condition) => !capacities.of(condition).possible);
  const rest = study.conditions.filter((condition) => !impossible.includes(condition));
  return rest.length === 0 || impossible.includes(INTERACTIVE) ? [] : impossible;
}

/** If nothing is left, or nothing to compare with, that is the study's mistake; otherwise the others are measured. */
function problemsOf({ study }: OpenParts, impossible: readonly LeftOutCondition[]): Problem[] {
  const basic = impossible.find(({ condition }) => condition === INTERACTIVE);
  // What is true of the interactive condition is true of those that follow from it, and is told once.
  const own = impossible.filter((one) => one !== basic && one.because !== basic?.because);
  const nothingLeft = basic !== undefined || impossible.length === study.conditions.length;
  const others = own.map(({ index, reason }) => {
    const path = ['conditions', index];
    return nothingLeft
      ? error(path, reason)
      : warning(path, `${reason}; it is left out, the others are measured`);
  });
  return basic ? [error(placeOf(study, basic), basic.reason), ...others] : others;
}

/** Where to mend what the interactive condition lacks. */
function placeOf({ synchrony }: Study, { because }: LeftOutCondition): string[] {
  if (because === 'no samples') return ['simulation', 'rounds'];
  if (because === 'one group' && synchrony.groupBy !== 'interaction') return ['synchrony', 'groupBy'];
  const given = because === 'too few samples' && typeof synchrony.samples === 'number';
  return given ? ['synchrony', 'samples'] : ['simulation', 'interactions'];
}

function narrow(study: Study, encounters: readonly Encounter[], capacities: Capacities): Problem[] {
  const { synchrony, conditions } = study;
  if (!conditions.includes(INTERACTIVE)) return [];
  const found = capacities.of(INTERACTIVE);
  if (!found.possible) return [];
  const problems: Problem[] = [];
  if (typeof synchrony.samples === 'number' && found.samples * (1 - SPARE) < found.wanted) {
    const there = `${found.wanted} of at most ${found.samples} samples (${product(study, encounters)})`;
    const advice = 'take fewer, or all, or play more seeds';
    problems.push(
      warning(
        ['synchrony', 'samples'],
        `${there} are wanted: a few episodes that end early make them too few; ${advice}`,
      ),
    );
  }
  if (synchrony.samples === 'equal') problems.push(...scarce(study, capacities));
  problems.push(...fewGroups(study, found.splits));
  return problems;
}

/** Under `equal` a condition of few samples takes them from all the others. */
function scarce({ conditions }: Study, capacities: Capacities): Problem[] {
  const own = capacities.total(INTERACTIVE);
  const [fewest] = conditions
    .filter((condition) => capacities.of(condition).possible)
    .map((condition) => ({ condition, total: capacities.total(condition) }))
    .sort((a, b) => a.total - b.total);
  if (fewest === undefined || fewest.total >= (1 - SPARE) * own) return [];
  const message = `every measure is cut to as many samples as ${fewest.condition} has, at most ${fewest.total} of the interactive condition’s ${own}; leave ${fewest.condition} out, or take all`;
  return [warning(['synchrony', 'samples'], message)];
}

/** With one group on a side there is a result, but not all that is made of it. */
function fewGroups({ synchrony, sensitivity }: Study, splits: readonly Split[]): Problem[] {
  const held = Math.min(...splits.map(({ testGroups }) => testGroups.length));
  const trained = Math.min(...splits.map(({ trainGroups }) => trainGroups.length));
  const group = GROUPS[synchrony.groupBy];
  const problems: Problem[] = [];
  if (held < FEWEST_GROUPS && synchrony.intervals) {
    const message = `there will be no intervals: a split holds out ${held} ${group}${held === 1 ? '' : 's'}, and they take ${FEWEST_GROUPS}; play more`;
    problems.push(warning(['synchrony', 'intervals'], message));
  }
  if (trained >= 2) return problems;
  const one = `a split trains on one ${group}`;
  if ([synchrony.lambda].flat().includes('cv'))
    problems.push(
      error(['synchrony', 'lambda'], `cv takes two ${group}s, but ${one}; give a number, or play more`),
    );
  for (const part of ['validationTarget', 'textBaseline'] as const)
    if (sensitivity !== false && sensitivity[part]) {
      const message = `takes two ${group}s to choose on, but ${one}; switch it off, or play more`;
      problems.push(error(['sensitivity', part], message));
    }
  return problems;
}

export const enoughSamples: OpenCheck = {
  name: 'enough samples',
  looksAt: [...DECIDES_SAMPLES, 'conditions'],
  find(parts) {
    const { study, encounters, capacities } = parts;
    if (!encounters || !capacities) return [];
    const impossible = impossibleConditions(study, encounters, capacities);
    return [...problemsOf(parts, impossible), ...narrow(study, encounters, capacities)];
  },
};
