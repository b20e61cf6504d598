// What was measured once more with other choices: parts by direction, and pairs of which all directions have one.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import type { Estimate, PartName, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { RELATIONSHIPS_STAGE } from '../../studies/stages/relationships.ts';
import { SENSITIVITY } from '../../studies/stages/sensitivity.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import type { SyncR2 } from '../../synchrony/types.ts';
import { completePair, type ModelNames, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { gatherMeasures, type MadeWith, type Measures, madeWith } from '../synchrony/measures.ts';

/** A value with its error over split seeds. */
export type Value = Pick<Estimate, 'value' | 'standardError'>;

/** One part of one direction. */
export interface PartDirection<Name extends PartName> {
  /** Names in seats A and B. */
  readonly models: ModelNames;
  readonly stored: StoredPart<Name>;
}

/** One pair of models with one part of all its directions. */
export interface PairPart<Name extends PartName> {
  readonly name: string;
  readonly models: ModelNames;
  readonly directions: readonly StoredPart<Name>[];
}

/** A part of the directions that have it, and the measures beside it. */
export interface Part<Name extends PartName> {
  readonly directions: readonly PartDirection<Name>[];
  readonly measures: Measures;
}

/** One of the parts of `sensitivity`. */
export async function gatherPart<Name extends Exclude<PartName, 'relationships' | 'repeats'>>(
  source: ReportSource,
  name: Name,
): Promise<PartDirection<Name>[]> {
  const { current } = await source.results(SENSITIVITY);
  const isPart = (
    entry: (typeof current)[number],
  ): entry is (typeof current)[number] & { readonly result: StoredPart<Name> } => entry.task.part === name;
  return current.filter(isPart).map(({ task, result }) => ({ models: task.order.names, stored: result }));
}

/** SyncR² by relationship. */
export async function gatherRelationships(source: ReportSource): Promise<Part<'relationships'>> {
  const { current } = await source.results(RELATIONSHIPS_STAGE);
  return {
    directions: current.map(({ task, result }) => ({ models: task.order.names, stored: result })),
    measures: await gatherMeasures(source),
  };
}

/** Pairs in the report's order; a pair is there if all its directions have the part. */
export function pairParts<Name extends PartName>(
  directions: readonly PartDirection<Name>[],
  { pairs }: Pick<Shared, 'pairs'>,
): PairPart<Name>[] {
  return pairs.flatMap((models) => {
    const own = completePair(models, directions).map(({ stored }) => stored);
    return own.length === 0 ? [] : [{ name: pairLabel(models), models, directions: own }];
  });
}

/** Mean over a pair's directions. */
export function pairValue<Name extends PartName>(
  { directions }: Pick<PairPart<Name>, 'directions'>,
  of: (result: StoredPart<Name>['result']) => Pick<SyncR2, 'value' | 'standardError'>,
): Value {
  return combineDirections(directions.map(({ result }) => of(result)));
}

/** What the numbers were made with: the parts' own settings, with the measure's training and test where n is the same. */
export function partsMadeWith(
  directions: readonly PartDirection<PartName>[],
  { orders }: Pick<Measures, 'orders'>,
): MadeWith[] {
  return directions.map(({ models, stored: { direction, samples, lambda, groupBy, splitSeeds, folds } }) => {
    const order = orders.find((one) => one.condition === INTERACTIVE && one.models.join() === models.join());
    const measured = order?.directions.find((one) => one.direction === direction);
    const counts = measured?.samples === samples ? madeWith(measured).counts : undefined;
    return { samples, lambda, groupBy, splitSeeds, folds, counts };
  });
}
