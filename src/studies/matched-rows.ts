// A condition beside the interactive one on the rows that both have: fewer training rows alone would make it look worse.

import { type Condition, traitsOf } from '../conditions/condition.ts';
import { dividedApart } from '../conditions/division.ts';
import { samplesOf } from '../conditions/samples.ts';
import { at, take } from '../numerics/lookup.ts';
import { type Sample, sourceName } from '../pairs/align.ts';
import { type LayerSource, recordingLayers } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import type { StageContext } from './context.ts';
import type { DirectionRows } from './direction-rows.ts';
import { openReadings, readingsOf } from './stages/measure.ts';

/** Rows of a condition, numbered as the interactive condition's. */
export interface MatchedRows {
  readonly condition: Condition;
  /** The condition's sources: the interactive ones, or a reader's states of the same turns. */
  readonly source: LayerSource;
  readonly target: LayerSource;
  /** The interactive condition's splits, with the rows that the condition has too. */
  readonly splits: readonly Split[];
  /** Whether that is all of them. */
  readonly all: boolean;
  /** Whether the sources are the interactive ones. */
  readonly ownSources: boolean;
}

/**
 * Matches a condition's rows with those of the interactive condition.
 *
 * @returns the reason where its splits are other ones
 * @throws BadInput for a condition that has no samples, or readings that are not there
 */
export async function matchRows(
  { order, direction, recordings, samples, splits }: DirectionRows,
  condition: Condition,
  context: StageContext,
): Promise<MatchedRows | string> {
  const apart = dividedApart(condition, context.opened.study.synchrony.groupBy);
  if (apart !== undefined) return apart;
  const own = samplesOf(recordings, condition, direction).samples;
  const bySource = new Map(own.map((sample) => [sourceName(sample), sample]));
  const has = samples.map((sample) => bySource.has(sourceName(sample)));
  // No split takes the rows that the condition lacks.
  const paired = samples.map((sample): Sample => bySource.get(sourceName(sample)) ?? sample);
  const files = await readingsOf(context, order, condition);
  const readings = files ? await openReadings(files, recordings, context) : recordings;
  return {
    condition,
    source: recordingLayers(readings, samples, 'source'),
    target: recordingLayers(recordings, paired, 'target'),
    splits: splits.map((split) => splitWith(split, has, samples)),
    all: splits.every(({ train, test }) => [...train, ...test].every((row) => at(has, row))),
    ownSources: traitsOf(condition).reader === undefined,
  };
}

function splitWith(split: Split, has: readonly boolean[], samples: readonly Sample[]): Split {
  const [train, test] = [split.train, split.test].map((rows) => rows.filter((row) => at(has, row)));
  const groupsOf = (rows: readonly number[] = []) => take(samples, rows).map(({ group }) => group);
  const kept = { train: train ?? [], test: test ?? [] };
  const [trainGroups, testGroups] = [groupsOf(kept.train), groupsOf(kept.test)];
  const names = [...new Set(trainGroups)];
  return {
    ...split,
    ...kept,
    trainGroups: names,
    trainGroupSizes: names.map((name) => trainGroups.filter((one) => one === name).length),
    testGroups: [...new Set(testGroups)],
  };
}
