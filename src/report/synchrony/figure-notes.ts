// What figures and tables say of their numbers: toys, error, n, groups, λ. All of it is the numbers' own.

import type { LayerChoice } from '../../episodes/recorded-layers.ts';
import { lambdaText, rangeText } from '../../figures/number-text.ts';
import { toyNote } from '../page/toys.ts';
import { pairCount, type Shared } from '../shared.ts';
import type { MadeWith } from './measures.ts';

/** The values that numbers were made with, each once; mostly one. */
export function each<T extends string | number>(values: readonly T[]): string {
  return [...new Set(values)].join(' and ');
}

type Divided = Pick<MadeWith, 'splitSeeds' | 'folds'>;

/** How many splits numbers are means over: the fewest. */
export function seedsOf(numbers: readonly Divided[]): number {
  return Math.min(...numbers.map(({ splitSeeds, folds = 1 }) => folds * splitSeeds.length));
}

/** `split seeds 0, 1, 2`, or `5 folds by seeds 0, 1, 2`. */
export function splitsText(numbers: readonly Divided[]): string {
  return each(
    numbers.map(({ splitSeeds, folds }) => {
      const seeds = splitSeeds.join(', ');
      if (folds === undefined) return `split seeds ${seeds}`;
      return `${folds} folds by ${splitSeeds.length > 1 ? 'seeds' : 'seed'} ${seeds}`;
    }),
  );
}

/** What ± is, below a table. */
export function errorSentence(splits: number): string {
  return splits > 1
    ? `± is the standard error as published, over ${splits} splits.`
    : 'One split gives no error.';
}

interface WhichNotes {
  readonly n?: boolean;
  readonly lambda?: boolean;
  readonly groups?: boolean;
  /** How many pairs are shown, to be told if there are more. */
  readonly pairs?: number;
}

/** What every figure over pairs says of itself. */
export function sharedNotes(
  numbers: readonly MadeWith[],
  shared: Pick<Shared, 'models' | 'pairs'> & Partial<Pick<Shared, 'states'>>,
  { n = true, lambda = true, groups = true, pairs = shared.pairs.length }: WhichNotes = {},
): string[] {
  return [
    ...toyNote(shared),
    seedsOf(numbers) > 1
      ? `bars: ± published standard error over ${splitsText(numbers)}`
      : `one split (${splitsText(numbers)}), so no error is known`,
    'mean over directions and seat orders, condition interactive',
    ...statesNote(shared),
    ...pairCount(pairs, shared),
    ...(n ? countNotes(numbers) : []),
    ...(groups ? [`groups by ${each(numbers.map(({ groupBy }) => groupBy))}`] : []),
    ...new Set(numbers.flatMap(({ reduced }) => reduced ?? [])),
    ...(lambda ? [lambdaText(numbers.map((one) => one.lambda))] : []),
  ];
}

/** `layers 4, 8, 12`, `every 4th layer, counted back from the last`; the study file counts from 0, and pages from 1. */
export function layersText(choice: LayerChoice): string {
  if (choice === 'all') return 'all layers';
  if (!('length' in choice)) return `every ${ordinal(choice.every)} layer, counted back from the last`;
  const layers = choice.toSorted((a, b) => a - b).map((layer) => layer + 1);
  return `layer${layers.length === 1 ? '' : 's'} ${layers.join(', ')}`;
}

function ordinal(n: number): string {
  const teens = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${teens ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

/** Where states were taken, if not at the last token of the prompt, and in which layers, if not in all. */
function statesNote({ states }: Partial<Pick<Shared, 'states'>>): string[] {
  if (states === undefined) return [];
  return [
    ...(states.position === 'last' ? [] : [`states: ${states.position.replaceAll('-', ' ')}`]),
    ...(states.layers === 'all' ? [] : [`recorded: ${layersText(states.layers)}`]),
  ];
}

/** With training and test where there are at most two such, otherwise the range. */
function countNotes(numbers: readonly MadeWith[]): string[] {
  const counts = [...new Set(numbers.map(({ samples, counts: text }) => text ?? `n = ${samples}`))];
  return counts.length <= 2 ? counts : [`n = ${rangeText(numbers.map(({ samples }) => samples))}`];
}
