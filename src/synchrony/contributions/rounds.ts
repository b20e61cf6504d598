// R² of the test rows of one round of the dialogue, and of all rounds with each round's own mean taken off: what of R² is
// more than the place in the dialogue (docs/method.md §6). Rounds are the source's.

import { at, take } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, takeRows } from '../../numerics/matrix.ts';
import { type LeaveOneOut, leaveOneOut } from '../intervals/leave-one-out.ts';
import type { TrainTest } from '../problem.ts';
import { rowMeans } from '../ridge/centred-rows.ts';

/** What is known of every sample besides its states: (samples) each. */
export interface SampleLabels {
  readonly interactions: readonly string[];
  /** The source's round, counted from 1. */
  readonly rounds: readonly number[];
  /** What splits keep together. */
  readonly groups: readonly string[];
}

/** Rows of one round: by split. */
export interface RoundCounts {
  readonly round: number;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** Test rows that are taken together, in all splits. */
export interface RowPart {
  /** By split, ascending: which of its test rows. */
  readonly positions: readonly (readonly number[])[];
  /** What SS_tot is about: the training mean of each row's round, or that of all training rows. */
  readonly about: 'round' | 'all';
  /** Who is left out of it; with too few groups one replicate alone, of everything. */
  readonly groups: LeaveOneOut;
}

/** What is looked at. */
export interface RoundPlan {
  /** Rounds with enough rows on both sides of every split. */
  readonly rounds: readonly (RoundCounts & { readonly part: RowPart })[];
  /** The other rounds. */
  readonly leftOut: readonly RoundCounts[];
  /** All test rows whose round has enough training rows; null where some split has fewer than two of them. */
  readonly pooled: {
    readonly within: RowPart;
    readonly overall: RowPart;
    /** By split, and how many test rows are not among them. */
    readonly rows: readonly number[];
    readonly notCounted: readonly number[];
  } | null;
}

/** Fewer test rows than this in a split are nothing to tell R² from. */
const FEWEST_ROWS = 2;

/**
 * Which rows are taken together.
 *
 * @param smallest rows that a round needs in training and in test, in every split
 */
export function planRounds(
  splits: readonly TrainTest[],
  { rounds, groups }: SampleLabels,
  smallest: number,
): RoundPlan {
  const counts = [...new Set(rounds)]
    .sort((a, b) => a - b)
    .map((round): RoundCounts => {
      const rowsOf = (rows: readonly number[]) => rows.filter((row) => rounds[row] === round).length;
      return {
        round,
        train: splits.map(({ train }) => rowsOf(train)),
        test: splits.map(({ test }) => rowsOf(test)),
      };
    });
  const isEnough = ({ train, test }: RoundCounts) => [...train, ...test].every((count) => count >= smallest);
  const partOf = (about: RowPart['about'], includes: (round: number, split: number) => boolean): RowPart => {
    const positions = splits.map(({ test }, split) =>
      test.flatMap((row, position) => (includes(at(rounds, row), split) ? [position] : [])),
    );
    return { about, positions, groups: groupsOf(splits, groups, positions) };
  };
  const trained = new Map(counts.map(({ round, train }) => [round, train.map((count) => count >= smallest)]));
  const isTrained = (round: number, split: number) => trained.get(round)?.[split] === true;
  const within = partOf('round', isTrained);
  const rows = within.positions.map(({ length }) => length);
  const notCounted = splits.map(({ test }, split) => test.length - at(rows, split));
  return {
    rounds: counts
      .filter(isEnough)
      .map((one) => ({ ...one, part: partOf('round', (round) => round === one.round) })),
    leftOut: counts.filter((one) => !isEnough(one)),
    pooled: rows.some((count) => count < FEWEST_ROWS)
      ? null
      : { within, overall: partOf('all', isTrained), rows, notCounted },
  };
}

function groupsOf(
  splits: readonly TrainTest[],
  groups: readonly string[],
  positions: readonly (readonly number[])[],
): LeaveOneOut {
  const testGroups = splits.map(({ test }, split) => take(groups, take(test, at(positions, split))));
  return (
    leaveOneOut(testGroups) ?? {
      ...{ groups: [], replicates: 1, heldOut: 0 },
      splits: testGroups.map((rows) => ({
        ...{ groupOfRow: rows.map(() => 0), count: 1 },
        leftOut: Int32Array.of(-1),
      })),
    }
  );
}

/**
 * Targets of some test rows about the training means of their rounds, or about that of all training rows.
 *
 * @param y (samples, D)
 * @param positions which of the split's test rows; each round among them has a training row
 * @returns (positions, D), float64
 */
export function targetsAbout(
  y: Matrix,
  { train, test }: TrainTest,
  positions: readonly number[],
  about: RowPart['about'],
  rounds: readonly number[],
): Matrix64 {
  const rows = take(test, positions);
  const targets = takeRows(y, rows);
  const means = new Map<number | 'all', Float64Array>();
  for (const [i, row] of rows.entries()) {
    const round = at(rounds, row);
    const key = about === 'all' ? 'all' : round;
    const mean =
      means.get(key) ??
      rowMeans(
        y,
        train.filter((one) => about === 'all' || rounds[one] === round),
      );
    means.set(key, mean);
    for (let column = 0, to = i * y.columns; column < y.columns; column++, to++)
      targets.data[to]! -= mean[column]!;
  }
  return targets;
}
