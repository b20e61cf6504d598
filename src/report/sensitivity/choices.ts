// How SyncR² depends on what the measure chooses: what was gathered, and the numbers beside SyncR² itself.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import {
  gatherMeasures,
  interactiveResults,
  type MadeWith,
  type Measures,
  madeWith,
} from '../synchrony/measures.ts';
import {
  gatherPart,
  type PairPart,
  type PartDirection,
  pairParts,
  pairValue,
  partsMadeWith,
  type Value,
} from './parts.ts';

/** All parts but the text baselines, and the measures that they vary. */
export interface Choices {
  readonly aggregation: readonly PartDirection<'aggregation'>[];
  readonly sizes: readonly PartDirection<'sample-size'>[];
  readonly targets: readonly PartDirection<'target-choice'>[];
  readonly weights: readonly PartDirection<'weighting'>[];
  readonly groupings: readonly PartDirection<'groupings'>[];
  readonly measures: Measures;
}

export async function gatherChoices(source: ReportSource): Promise<Choices> {
  return {
    aggregation: await gatherPart(source, 'aggregation'),
    sizes: await gatherPart(source, 'sample-size'),
    targets: await gatherPart(source, 'target-choice'),
    weights: await gatherPart(source, 'weighting'),
    groupings: await gatherPart(source, 'groupings'),
    measures: await gatherMeasures(source),
  };
}

/** What numbers of parts were made with; those of the measure itself where there is no part. */
export function madeWithOf(
  parts: readonly PartDirection<
    'aggregation' | 'sample-size' | 'target-choice' | 'weighting' | 'groupings'
  >[],
  measures: Measures,
): readonly MadeWith[] {
  return parts.length > 0 ? partsMadeWith(parts, measures) : interactiveResults(measures).map(madeWith);
}

/**
 * A pair's SyncR² with the best target layer alone, of the interactive condition; undefined if a direction has none.
 *
 * @param clamp whether source layers below 0 count as 0, or as they are
 */
export function bestAlone({ directions }: PairPart<'aggregation'>, clamp: boolean): Value | undefined {
  const own = directions.flatMap(({ result }) => {
    const interactive = result.conditions.find(({ condition }) => condition === INTERACTIVE);
    return interactive?.choices.find((choice) => choice.topK === 1 && choice.clamp === clamp) ?? [];
  });
  return own.length === directions.length ? combineDirections(own) : undefined;
}

export interface ChoiceRow {
  readonly name: string;
  readonly estimates: readonly (Value & { readonly what: string })[];
}

/** Target layers and weights chosen otherwise, beside SyncR² itself. */
export function choiceRows({ targets, weights }: Choices, shared: Pick<Shared, 'pairs'>): ChoiceRow[] {
  const chosen = new Map(pairParts(targets, shared).map((pair) => [pair.name, pair]));
  const weighted = new Map(pairParts(weights, shared).map((pair) => [pair.name, pair]));
  return [...new Set([...chosen.keys(), ...weighted.keys()])].map((name) => {
    const estimates = [...targetEstimates(chosen.get(name)), ...weightEstimates(weighted.get(name))];
    // Both parts hold SyncR² on the same rows.
    const first = estimates.findIndex(({ what }) => what === 'SyncR²');
    return { name, estimates: estimates.filter(({ what }, i) => what !== 'SyncR²' || i === first) };
  });
}

function targetEstimates(pair: PairPart<'target-choice'> | undefined): ChoiceRow['estimates'] {
  if (!pair) return [];
  return [
    { what: 'SyncR²', ...pairValue(pair, ({ onTest }) => onTest) },
    { what: 'target layers chosen on training groups', ...pairValue(pair, (one) => one.onTraining) },
  ];
}

function weightEstimates(pair: PairPart<'weighting'> | undefined): ChoiceRow['estimates'] {
  if (!pair) return [];
  return [
    { what: 'SyncR²', ...pairValue(pair, ({ uniform }) => uniform) },
    { what: 'dimensions weighted by variance', ...pairValue(pair, (one) => one.variance) },
  ];
}
