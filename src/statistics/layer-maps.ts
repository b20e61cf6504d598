// Per interaction, where in the layer × layer map one way of pairing states predicts better than another: what the
// cluster permutation test takes. An interaction's score in a cell is 1 − its mean squared residual over the test set's
// variance, averaged over target columns, so that scores average to R². Columns are those of the screening sample,
// which is all of them up to its size and a random sample beyond.

import { at, entryOf, take } from '../numerics/lookup.ts';
import type { RowResiduals, TestResiduals } from '../synchrony/intervals/row-residuals.ts';
import type { ConditionRows } from '../synchrony/permutations/paired-conditions.ts';

/** One map per unit: an interaction, or a scenario. */
export interface UnitMaps {
  readonly units: readonly string[];
  /** (units) of (source layers · target layers), row-major: mean over the splits that hold the unit out. */
  readonly maps: readonly Float64Array[];
  /** Source layers, target layers. */
  readonly shape: readonly [number, number];
  /** Target columns that they are means over, of D. */
  readonly columns: number;
  readonly hiddenSize: number;
}

/** Scores of one cell, unit by unit. */
type CellScores = ReadonlyMap<string, number>;

/**
 * By how much every interaction is predicted better in the first condition than in the second, cell by cell; 0 where neither
 * predicts anything.
 *
 * @throws RangeError for no source layers
 */
export async function conditionMaps(first: ConditionRows, second: ConditionRows): Promise<UnitMaps> {
  const found = await gatherMaps(first.rows, first.testGroups.length, async (row, layer, split) => {
    const [ours, theirs] = [await row.sampled(split), await at(second.rows, layer).sampled(split)];
    const [a, b] = [at(first.testGroups, split), at(second.testGroups, split)];
    return ours.map((residuals, target) => {
      const here = scoresOf(residuals, a);
      const there = scoresOf(at(theirs, target), b);
      const differences = [...here].flatMap(([unit, score]): [string, number][] => {
        const other = there.get(unit);
        return other === undefined ? [] : [[unit, score - other]];
      });
      return new Map(differences);
    });
  });
  return withoutEmpty(found, [first.rows, second.rows]);
}

/** The maps with 0 in cells of which nothing is predicted, R² being 0 or less in all of the conditions. */
function withoutEmpty(found: UnitMaps, conditions: readonly (readonly RowResiduals[])[]): UnitMaps {
  const [, targets] = found.shape;
  const predicted = (cell: number) =>
    conditions.some((rows) => at(at(rows, Math.floor(cell / targets)).r2, cell % targets) > 0);
  return { ...found, maps: found.maps.map((map) => map.map((value, cell) => (predicted(cell) ? value : 0))) };
}

/** A test row's interaction, what its possible partners share (the scenario), and its place in the dialogue. */
export interface PlacedRow {
  readonly interaction: string;
  readonly block: string;
  readonly position: string;
}

/**
 * By how much a source's own partner is predicted better than a stranger in the same place of another dialogue of the
 * scenario, scenario by scenario: the mean over own pairs minus that over all pairs of strangers.
 *
 * @param placed test rows by split
 */
export async function strangerMaps(
  rows: readonly RowResiduals[],
  placed: readonly (readonly PlacedRow[])[],
): Promise<UnitMaps> {
  const places = placed.map(placesOf);
  const found = await gatherMaps(rows, placed.length, async (row, _, split) =>
    (await row.sampled(split)).map((residuals) => strangerScores(residuals, at(places, split))),
  );
  return withoutEmpty(found, [rows]);
}

async function gatherMaps(
  rows: readonly RowResiduals[],
  splits: number,
  scoresAt: (row: RowResiduals, layer: number, split: number) => Promise<readonly CellScores[]>,
): Promise<UnitMaps> {
  const [first] = rows;
  if (!first) throw new RangeError('no source layers');
  const targets = first.r2.length;
  const sums = new Map<string, { map: Float64Array; splits: Set<number> }>();
  for (const [layer, row] of rows.entries())
    for (let split = 0; split < splits; split++)
      for (const [target, scores] of (await scoresAt(row, layer, split)).entries())
        for (const [unit, score] of scores) {
          const own = sums.get(unit) ?? { map: new Float64Array(rows.length * targets), splits: new Set() };
          const cell = layer * targets + target;
          own.map[cell] = at(own.map, cell) + score;
          own.splits.add(split);
          sums.set(unit, own);
        }
  const units = [...sums.keys()].sort();
  const maps = units.map((unit) => {
    const own = entryOf(sums, unit);
    return own.map.map((sum) => sum / own.splits.size);
  });
  const sample = at(await first.sampled(0), 0);
  return {
    units,
    maps,
    shape: [rows.length, targets],
    columns: sample.target.columns,
    hiddenSize: first.hiddenSize,
  };
}

/** 1 / SS_tot of every column, 0 for constant ones, and the columns' means. */
function scaling({ target: { rows, columns, data } }: TestResiduals): {
  means: Float64Array;
  scale: Float64Array;
} {
  const [means, scale] = [new Float64Array(columns), new Float64Array(columns)];
  for (let row = 0, i = 0; row < rows; row++)
    for (let c = 0; c < columns; c++, i++) means[c]! += data[i]! / rows;
  for (let row = 0, i = 0; row < rows; row++)
    for (let c = 0; c < columns; c++, i++) scale[c]! += (data[i]! - means[c]!) ** 2;
  return { means, scale: scale.map((total) => (total > 0 ? 1 / total : 0)) };
}

function scoresOf(residuals: TestResiduals, unitOfRow: readonly string[]): Map<string, number> {
  const { rows, columns, data } = residuals.residual;
  const { scale } = scaling(residuals);
  const sums = new Map<string, { squares: number; rows: number }>();
  for (let row = 0, i = 0; row < rows; row++) {
    let squares = 0;
    for (let c = 0; c < columns; c++, i++) squares += data[i]! ** 2 * scale[c]!;
    const unit = at(unitOfRow, row);
    const own = sums.get(unit) ?? { squares: 0, rows: 0 };
    sums.set(unit, { squares: own.squares + squares, rows: own.rows + 1 });
  }
  return new Map([...sums].map(([unit, own]) => [unit, 1 - ((rows / own.rows) * own.squares) / columns]));
}

/** The lists of rows that share a place, by block, each with two interactions at least. */
function placesOf(rows: readonly PlacedRow[]): Map<string, number[][]> {
  const places = new Map<string, Map<string, number[]>>();
  for (const [row, { block, position }] of rows.entries()) {
    const own = places.get(block) ?? new Map<string, number[]>();
    own.set(position, [...(own.get(position) ?? []), row]);
    places.set(block, own);
  }
  const shared = [...places].map(([block, own]): [string, number[][]] => {
    const several = (list: readonly number[]) =>
      new Set(take(rows, list).map(({ interaction }) => interaction)).size > 1;
    return [block, [...own.values()].filter(several)];
  });
  return new Map(shared.filter(([, own]) => own.length > 0));
}

/**
 * A stranger's squared distance from the prediction minus the own partner's; the squares of targets and predictions
 * fall out, since in a place every row is as often a stranger's as its own.
 */
function strangerScores(
  residuals: TestResiduals,
  places: ReadonlyMap<string, number[][]>,
): Map<string, number> {
  const { means, scale } = scaling(residuals);
  const { target, residual } = residuals;
  const { rows, columns } = target;
  const scores = new Map<string, number>();
  for (const [block, lists] of places) {
    let [sum, count] = [0, 0];
    for (const list of lists) {
      for (const [c, mean] of means.entries()) {
        let [own, allY, allP] = [0, 0, 0];
        for (const row of list) {
          const i = row * columns + c;
          const y = target.data[i]! - mean;
          const predicted = y - residual.data[i]!;
          own += y * predicted;
          allY += y;
          allP += predicted;
        }
        sum += 2 * scale[c]! * (own - (allY * allP - own) / (list.length - 1));
      }
      count += list.length;
    }
    scores.set(block, ((rows / count) * sum) / columns);
  }
  return scores;
}
