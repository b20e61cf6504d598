// The figures of rounds and of interactions.

import { interactionStrips } from '../../figures/interaction-strips.ts';
import {
  directionTitle,
  type IntervalOrigin,
  intervalOrigins,
  rangeText,
} from '../../figures/number-text.ts';
import { type RoundCurve, roundCurves } from '../../figures/round-curves.ts';
import type { Figure } from '../section.ts';
import type { Shared } from '../shared.ts';
import { sharedNotes, splitsText } from './figure-notes.ts';
import {
  interactionScores,
  meanOfRounds,
  pairRounds,
  type RoundMeans,
  type Rounds,
  roundsMadeWith,
} from './rounds.ts';

export const ROUNDS_STEM = 'rounds';
export const INTERACTIONS_STEM = 'interactions';

/** More directions than this are in the table alone. */
const MOST_DIRECTIONS = 4;

export function roundFigures(all: Rounds, shared: Shared): Figure[] {
  if (all.directions.length === 0) return [];
  const curves = roundsFigure(all, shared);
  return [...(curves ? [curves] : []), interactionsFigure(all, shared)];
}

/** Pairs; the directions beside them where there is one pair alone. None without rounds that have enough rows. */
function roundsFigure(all: Rounds, shared: Shared): Figure | undefined {
  const pairs = pairRounds(all, shared);
  const directions = all.directions.length <= MOST_DIRECTIONS ? all.directions : [];
  const series = [
    ...pairs.map((pair) => curveOf(pairs.length === 1 ? `${pair.name}, mean` : pair.name, pair)),
    ...directions.map(({ result }) => curveOf(directionTitle(result), meanOfRounds([result]))),
  ].filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const notes = [
    ...notesOf(all, shared, 'bars', pairs.length),
    'SS_tot about the training mean of the round',
    'dashed: all rounds together, each about its own mean',
    testRows(all),
  ];
  return [ROUNDS_STEM, roundCurves(series, { title: 'SyncR² by round of the dialogue', notes })];
}

function curveOf(name: string, { rounds, pooled }: RoundMeans): RoundCurve {
  return {
    name,
    points: rounds.map(({ round, value, interval }) => {
      return { round, value, interval: interval && ([interval.low, interval.high] as const) };
    }),
    within: pooled?.within.value ?? null,
  };
}

function testRows({ directions }: Rounds): string {
  const counts = directions.flatMap(({ result }) => result.rounds.flatMap(({ test }) => test));
  return `${rangeText(counts)} test rows of a round in a split`;
}

function interactionsFigure(all: Rounds, shared: Shared): Figure {
  const strips = all.directions.map(({ result }) => ({
    name: directionTitle(result),
    scores: interactionScores(result),
    mean: result.interactions.reduce((sum, { syncR2 }) => sum + syncR2, 0),
  }));
  const counts = all.directions.map(({ result }) => result.interactions.length);
  const notes = [
    ...notesOf(all, shared).filter((note) => !note.startsWith('mean over directions')),
    'condition interactive',
    `dots: ${rangeText(counts)} held-out interactions; mean over source layers at the best target, and over splits`,
    'stroke: SyncR², their mean by share of the test rows',
  ];
  return [INTERACTIONS_STEM, interactionStrips(strips, { title: 'R² of single interactions', notes })];
}

/** As all figures of the report say of themselves, with what the bars are if there are any. */
function notesOf(all: Rounds, shared: Shared, bars?: 'bars', pairs?: number): string[] {
  const numbers = roundsMadeWith(all);
  const origins = intervalOrigins(
    all.directions.flatMap(({ result: { rounds, groupBy } }) =>
      rounds.flatMap(({ intervals }): IntervalOrigin[] =>
        intervals ? [{ interval: intervals.syncR2, groupBy }] : [],
      ),
    ),
  );
  const own = bars && origins.length > 0 ? [`bars: ${origins.join('; ')}`] : [];
  return sharedNotes(numbers, shared, pairs === undefined ? {} : { pairs }).flatMap((note) =>
    /^(bars|one split )/.test(note) ? [...own, splitsText(numbers)] : [note],
  );
}
