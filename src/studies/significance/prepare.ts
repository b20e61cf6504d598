// The rows on which a study's conditions are tested: each divided as the interactive condition's are, those with the same
// fits together.

import { createHash } from 'node:crypto';
import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import { dividedApart } from '../../conditions/division.ts';
import { samplesOf } from '../../conditions/samples.ts';
import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { type Direction, type Sample, sourceName } from '../../pairs/align.ts';
import { divideAlike, divideSamples } from '../../pairs/division.ts';
import { recordingLayers } from '../../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../../pairs/open.ts';
import type { PreparedCondition, PreparedFits } from '../../statistics/prepared-fits.ts';
import type { TrainTest } from '../../synchrony/problem.ts';
import type { StageContext } from '../context.ts';
import { countWithin, divisionOf } from '../division.ts';
import { countedSettings } from '../equal-samples.ts';
import type { SeatOrder } from '../plan.ts';
import { openReadings, readingsOf } from '../stages/measure.ts';

/** One direction of a seat order, with the fits of its conditions. */
export interface PreparedDirection {
  readonly order: SeatOrder;
  readonly direction: Direction;
  readonly batches: readonly PreparedFits[];
  /** Conditions of which it has no samples, or whose episodes have not been read. */
  readonly absent: readonly Condition[];
}

/** The interactive condition first: the others are compared with it. None if it is not among them. */
export function testedConditions(conditions: readonly Condition[]): Condition[] {
  return conditions.includes(INTERACTIVE)
    ? [INTERACTIVE, ...conditions.filter((condition) => condition !== INTERACTIVE)]
    : [];
}

/** Samples of a condition, and where its states lie. */
interface ConditionRows {
  readonly condition: Condition;
  readonly samples: readonly Sample[];
  readonly source: readonly OpenRecording[];
  readonly splits: PreparedFits['splits'];
  /** The interactive condition's samples with the same sources, where this condition has fewer. */
  readonly matched?: readonly Sample[];
  readonly compared: PreparedCondition['compared'];
}

/** Conditions with their samples, divided as the interactive condition's are; those with the same fits together. */
export async function prepareDirection(
  order: SeatOrder,
  direction: Direction,
  context: StageContext,
): Promise<PreparedDirection> {
  const { conditions } = context.opened;
  const synchrony = await countedSettings(context);
  const { groupBy, samples: count } = synchrony;
  const recordings = await openRecordings(
    await context.recordings(order),
    groupBy,
    synchrony.drop,
    context.states,
  );
  const interactive = samplesOf(recordings, INTERACTIVE, direction).samples;
  const divided = divideSamples(interactive, divisionOf(synchrony, count));
  const rows: ConditionRows[] = [];
  const absent: Condition[] = [];
  const prepareRows = async (condition: Condition): Promise<void> => {
    const files = await readingsOf(context, order, condition);
    const source = files ? await openReadings(files, recordings, context) : recordings;
    const { samples } = samplesOf(recordings, condition, direction);
    const apart = dividedApart(condition, groupBy);
    const splits = apart
      ? divideSamples(samples, divisionOf(synchrony, countWithin(count, samples)))
      : divided.map((split) => divideAlike(split, interactive, samples));
    const compared = apart ? { reason: apart } : (true as const);
    const fewer = splits.some((split, s) => rowCount(split) < rowCount(divided[s]));
    // Readers read what was played, so they have all rows.
    const matched = !apart && fewer && files === undefined ? alikeIn(interactive, samples) : undefined;
    rows.push({ condition, samples, source, splits, ...(matched && { matched }), compared });
  };
  for (const condition of testedConditions(conditions)) {
    try {
      await prepareRows(condition);
    } catch (error) {
      if (condition === INTERACTIVE || !(error instanceof BadInput)) throw error;
      absent.push(condition);
    }
  }
  const batches = [...bySource(rows).values()].map((batch) => preparedFits(batch, recordings));
  return { order, direction, batches, absent };
}

function bySource(rows: readonly ConditionRows[]): Map<string, ConditionRows[]> {
  const batches = new Map<string, ConditionRows[]>();
  for (const row of rows) {
    const key = JSON.stringify([
      row.splits,
      row.source[0]?.states.path,
      row.samples.map(({ source: { recording, round } }) => [recording, round]),
    ]);
    const same = createHash('sha256').update(key).digest('hex');
    batches.set(same, [...(batches.get(same) ?? []), row]);
  }
  return batches;
}

function rowCount(split: TrainTest | undefined): number {
  return split ? split.train.length + split.test.length : 0;
}

/** For every sample the interactive one with its source; itself where there is none, which no split takes. */
function alikeIn(interactive: readonly Sample[], samples: readonly Sample[]): Sample[] {
  const bySource = new Map(interactive.map((sample) => [sourceName(sample), sample]));
  return samples.map((sample) => bySource.get(sourceName(sample)) ?? sample);
}

function preparedFits(batch: readonly ConditionRows[], recordings: readonly OpenRecording[]): PreparedFits {
  const [first] = batch;
  if (first === undefined) throw new RangeError('a batch has a condition');
  const headOf = ({ source: { recording } }: Sample) => {
    const { episode, group = '' } = recordings[recording] ?? {};
    return { interaction: group, scenario: group, seed: 0, ...episode };
  };
  return {
    source: recordingLayers(first.source, first.samples, 'source'),
    splits: first.splits,
    conditions: batch.map(({ condition, samples, matched, compared }): PreparedCondition => {
      const heads = samples.map(headOf);
      return {
        condition,
        target: recordingLayers(recordings, samples, 'target'),
        ...(matched && { matched: recordingLayers(recordings, matched, 'target') }),
        compared,
        names: {
          interactions: heads.map(({ interaction }) => interaction),
          scenarios: heads.map(({ scenario }) => scenario),
          rounds: samples.map(({ target }) => target.round),
          seeds: heads.map(({ seed }) => seed),
          groups: samples.map(({ group }) => group),
        },
      };
    }),
  };
}

/** What a test needs on either side of a split. */
const FEWEST_ROWS = 2;

/**
 * Leaves out conditions that some direction of the pair has too few rows of, such as a long lag in short episodes: the
 * pair's mean is over the same directions for all of them, and the report names what is missing.
 *
 * @throws NotEnoughSamples if the interactive condition is one of them
 */
export function withoutSparse(directions: readonly PreparedDirection[]): PreparedDirection[] {
  const sparse = new Map<string, number>(
    directions.flatMap(({ absent }) => absent.map((condition) => [condition, 0] as const)),
  );
  for (const { batches } of directions)
    for (const { splits, conditions } of batches) {
      const fewest = Math.min(...splits.flatMap(({ train, test }) => [train.length, test.length]));
      if (fewest < FEWEST_ROWS) for (const { condition } of conditions) sparse.set(condition, fewest);
    }
  const interactive = sparse.get(INTERACTIVE);
  if (interactive !== undefined) {
    const what = 'significance of interactive: rows on a side of a split';
    throw new NotEnoughSamples(what, interactive, FEWEST_ROWS, 'take more samples');
  }
  return directions.map((direction) => ({
    ...direction,
    batches: direction.batches
      .map((batch) => ({
        ...batch,
        conditions: batch.conditions.filter(({ condition }) => !sparse.has(condition)),
      }))
      .filter(({ conditions }) => conditions.length > 0),
  }));
}
