// The significance of a study's synchrony: every direction of every model pair whose tests are not there yet. Draws are
// made for a pair as a whole, so that its mean over directions can be tested too; a file holds one direction.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isPassive } from '../conditions/conditions.ts';
import { samplesOf } from '../conditions/samples.ts';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import { openGemm } from '../numerics/gemm.ts';
import type { Direction, Sample } from '../pairs/align.ts';
import { recordingLayers } from '../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../pairs/open.ts';
import { splitSamples } from '../pairs/split.ts';
import { significancePath } from '../recordings/layout.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import {
  type PairDraws,
  type PreparedCondition,
  type PreparedFits,
  planDraws,
  testDirection,
} from '../statistics/condition-tests.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import { ownLambda } from '../synchrony/results.ts';
import {
  conditionFiles,
  DIRECTIONS,
  hashRecordings,
  type MeasureStudyOptions,
  openReadings,
  recordingsOf,
} from './measure.ts';
import { type SeatOrder, seatOrdersOf } from './plan.ts';
import type { SignificanceSettings } from './schema.ts';
import { type DirectionTests, readTests, writeTests } from './significance-files.ts';

/** Raised when a change of the program changes the numbers. */
const SIGNIFICANCE_VERSION = 1;

export interface SignificanceStudyOptions extends Omit<MeasureStudyOptions, 'orders'> {
  /** Unordered pairs, as the study names them. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly significance: SignificanceSettings;
}

/** One direction and where its states lie. */
interface DirectionFiles {
  readonly order: SeatOrder;
  readonly direction: Direction;
  readonly files: readonly RecordingFiles[];
  /** Readers' recordings by condition. */
  readonly readings: ReadonlyMap<string, readonly RecordingFiles[]>;
  readonly path: string;
}

interface PreparedDirection extends DirectionFiles {
  readonly batches: readonly PreparedFits[];
}

/** The interactive condition first: the others are compared with it. */
export function testedConditions(conditions: readonly string[]): string[] {
  return conditions.includes('interactive')
    ? ['interactive', ...conditions.filter((condition) => condition !== 'interactive')]
    : [];
}

/**
 * Tests what is not tested yet. Progress counts tests: intervals, strangers and comparison of every condition.
 *
 * @throws BadInput for a study without the interactive condition, or with another solver than the exact one; CorruptFile
 *   naming a damaged file; the signal's reason when aborted
 */
export async function testStudy(options: SignificanceStudyOptions): Promise<void> {
  const conditions = testedConditions(options.conditions);
  if (conditions.length === 0)
    throw new BadInput('significance', 'needs the condition interactive, with which the others are compared');
  if (options.settings.solver !== 'exact')
    throw new BadInput('significance', `solver ${options.settings.solver} gives no tests; exact does`);
  const gemm = await openGemm({
    threads: options.threads ?? 0,
    ...(options.device && { device: options.device }),
  });
  try {
    const places = new Map<readonly [string, string], DirectionFiles[]>();
    for (const pair of options.pairs) places.set(pair, await filesOf(pair, conditions, options));
    const each = 3 * conditions.length;
    const total = [...places.values()].reduce((sum, list) => sum + list.length * each, 0);
    let [done, skipped] = [0, 0];
    const report = () => options.onProgress?.({ what: 'significance tests', done, total, skipped });
    for (const list of places.values()) {
      const inputs = await pairInputs(list, conditions, options);
      const open = [];
      for (const place of list) {
        const stored = await readTests(place.path).catch(() => undefined);
        const same = Object.entries(inputs).every(([name, hash]) => stored?.inputs[name] === hash);
        if (!stored || !same) open.push(place);
        else [done, skipped] = [done + each, skipped + each];
      }
      report();
      if (open.length === 0) continue;
      const all: PreparedDirection[] = [];
      for (const place of list) all.push(await prepare(place, conditions, options));
      const prepared = withoutSparse(all);
      const { draws: count, seed } = options.significance;
      const draws = planDraws(
        prepared.map(({ batches }) => batches),
        { draws: count, seed },
      );
      for (const [index, one] of prepared.entries()) {
        if (!open.some(({ path }) => path === one.path)) continue;
        const before = done;
        const tests = await testOne(one, index, draws, inputs, options, gemm, (within) => {
          done = before + within;
          report();
        });
        await writeTests(one.path, tests);
        done = before + each;
        report();
      }
    }
  } finally {
    await gemm.close();
  }
}

/** Where the directions of a pair lie, in the order of seat orders and directions. */
async function filesOf(
  pair: readonly [string, string],
  conditions: readonly string[],
  options: SignificanceStudyOptions,
): Promise<DirectionFiles[]> {
  const found: DirectionFiles[] = [];
  for (const order of seatOrdersOf(pair)) {
    const files = await recordingsOf(options, order);
    const readings = new Map<string, readonly RecordingFiles[]>();
    for (const condition of conditions)
      if (isPassive(condition)) readings.set(condition, await recordingsOf(options, order, condition));
    for (const direction of DIRECTIONS)
      found.push({
        ...{ order, direction, files, readings },
        path: significancePath(options.run, pair, order.names, direction),
      });
  }
  return found;
}

/** What every direction's tests depend on, since draws are the pair's. */
async function pairInputs(
  places: readonly DirectionFiles[],
  conditions: readonly string[],
  options: SignificanceStudyOptions,
): Promise<Record<string, string>> {
  const hash = createHash('sha256');
  for (const { order, direction, files } of places) {
    if (direction !== 'A->B') continue;
    const recordings = await hashRecordings(files);
    for (const condition of conditions) {
      const measure = { ...options, orders: [order] };
      const { inputs } = await conditionFiles(measure, order, condition, files, recordings);
      hash.update(JSON.stringify([order.names, condition, inputs]));
    }
  }
  const { draws, seed } = options.significance;
  const settings = JSON.stringify([SIGNIFICANCE_VERSION, draws, seed, options.settings, conditions]);
  return {
    recordings: hash.digest('hex'),
    settings: createHash('sha256').update(settings).digest('hex'),
  };
}

/** Samples of a condition, and where its states lie. */
interface ConditionRowsOnDisk {
  readonly condition: string;
  readonly samples: readonly Sample[];
  readonly source: readonly OpenRecording[];
  readonly splits: readonly TrainTest[];
  readonly compared: PreparedCondition['compared'];
}

/** Conditions with their samples, divided as the interactive condition's are; those with the same fits together. */
async function prepare(
  place: DirectionFiles,
  conditions: readonly string[],
  options: SignificanceStudyOptions,
): Promise<PreparedDirection> {
  const { groupBy, samples: count, test: testFraction, splitSeeds } = options.settings;
  const recordings = await openRecordings(place.files, groupBy);
  const interactive = samplesOf(recordings, 'interactive', place.direction).samples;
  const divided = splitSeeds.map((seed) => splitSamples(interactive, { seed, samples: count, testFraction }));
  const rows: ConditionRowsOnDisk[] = [];
  for (const condition of conditions) {
    const files = place.readings.get(condition);
    const source = files ? await openReadings(files, recordings, options) : recordings;
    const { samples } = samplesOf(recordings, condition, place.direction);
    const strangers = condition === 'pseudo-dyad' && groupBy !== 'scenario';
    const splits = strangers
      ? splitSeeds.map((seed) =>
          splitSamples(samples, { seed, samples: countOf(count, samples), testFraction }),
        )
      : divided.map((split) => divideAlike(split, interactive, samples));
    const compared = strangers
      ? {
          reason: `pseudo-dyads are divided by scenario, and this study's interactions by ${groupBy}, so that the two hold out different interactions; groupBy: scenario lets them be compared. The test against strangers asks the same question`,
        }
      : (true as const);
    rows.push({ condition, samples, source, splits, compared });
  }
  const batches = new Map<string, ConditionRowsOnDisk[]>();
  for (const row of rows) {
    const key = JSON.stringify([
      row.splits,
      row.source[0]?.states.path,
      row.samples.map(({ source: { recording, round } }) => [recording, round]),
    ]);
    const same = createHash('sha256').update(key).digest('hex');
    batches.set(same, [...(batches.get(same) ?? []), row]);
  }
  return { ...place, batches: [...batches.values()].map((batch) => preparedFits(batch, recordings)) };
}

/** A study's number of samples, or all where a condition has fewer. */
function countOf(count: number | 'all', samples: readonly Sample[]): number | 'all' {
  return count === 'all' || count > samples.length ? 'all' : count;
}

/** The samples of another condition whose source states the interactive condition trains on, and those it tests. */
function divideAlike(
  { train, test }: TrainTest,
  interactive: readonly Sample[],
  samples: readonly Sample[],
): TrainTest {
  const nameOf = ({ source: { recording, round } }: Sample) => `${recording}/${round}`;
  const rowOf = new Map(samples.map((sample, row) => [nameOf(sample), row]));
  const part = (rows: readonly number[]) =>
    rows.flatMap((row) => {
      const own = rowOf.get(nameOf(interactive[row]!));
      return own === undefined ? [] : [own];
    });
  return { train: part(train), test: part(test) };
}

function preparedFits(
  batch: readonly ConditionRowsOnDisk[],
  recordings: readonly OpenRecording[],
): PreparedFits {
  const [{ source, samples, splits }] = batch as [ConditionRowsOnDisk];
  return {
    source: recordingLayers(source, samples, 'source'),
    splits,
    conditions: batch.map((row): PreparedCondition => {
      const headOf = ({ source: ref }: Sample) => recordings[ref.recording]!;
      return {
        condition: row.condition,
        target: recordingLayers(recordings, row.samples, 'target'),
        compared: row.compared,
        names: {
          interactions: row.samples.map(
            (sample) => headOf(sample).episode?.interaction ?? headOf(sample).group,
          ),
          scenarios: row.samples.map((sample) => headOf(sample).episode?.scenario ?? headOf(sample).group),
          rounds: row.samples.map(({ target }) => target.round),
          seeds: row.samples.map((sample) => headOf(sample).episode?.seed ?? 0),
          groups: row.samples.map(({ group }) => group),
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
function withoutSparse(directions: readonly PreparedDirection[]): PreparedDirection[] {
  const sparse = new Map<string, number>();
  for (const { batches } of directions)
    for (const { splits, conditions } of batches) {
      const fewest = Math.min(...splits.flatMap(({ train, test }) => [train.length, test.length]));
      if (fewest < FEWEST_ROWS) for (const { condition } of conditions) sparse.set(condition, fewest);
    }
  const interactive = sparse.get('interactive');
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

async function testOne(
  { order, direction, batches }: PreparedDirection,
  index: number,
  draws: PairDraws,
  inputs: Record<string, string>,
  options: SignificanceStudyOptions,
  gemm: Awaited<ReturnType<typeof openGemm>>,
  onTest: (tests: number) => void,
): Promise<DirectionTests> {
  const { settings, significance, memory, run, signal } = options;
  const lambda = ownLambda(settings.lambda);
  const tested = await testDirection(
    batches,
    index,
    draws,
    {
      ...{ draws: significance.draws, seed: significance.seed, lambda },
      ...{ memory: memory ?? process.availableMemory() / 2, scratchFolder: run, signal, onTest },
    },
    gemm,
  );
  // In the study's order, whatever shared its fits.
  const place = new Map(testedConditions(options.conditions).map((name, i) => [name, i]));
  const conditions = tested.toSorted((x, y) => place.get(x.condition)! - place.get(y.condition)!);
  const [a, b] = order.names;
  const [sourceModel, targetModel] = direction === 'A->B' ? [a, b] : [b, a];
  const { source, conditions: first } = batches[0]!;
  return {
    format: 'interbrain-significance-1',
    inputs,
    models: [a, b],
    ...{ direction, sourceModel, targetModel },
    ...{ sourceLayers: source.layers, targetLayers: first[0]!.target.layers, lambda },
    ...{ groupBy: settings.groupBy, splitSeeds: [...settings.splitSeeds] },
    ...{ draws: significance.draws, seed: significance.seed },
    conditions,
  };
}

/** Whether all tests of the pairs are there, of whatever inputs. */
export function isTested(run: string, pairs: readonly (readonly [string, string])[]): boolean {
  return pairs.every((pair) =>
    seatOrdersOf(pair).every(({ names }) =>
      DIRECTIONS.every((direction) => existsSync(significancePath(run, pair, names, direction))),
    ),
  );
}

/** Tests of every pair's directions: pair by pair, by seat order and direction. */
export async function readStudyTests(
  run: string,
  pairs: readonly (readonly [string, string])[],
): Promise<DirectionTests[][]> {
  const all: DirectionTests[][] = [];
  for (const pair of pairs) {
    const own: DirectionTests[] = [];
    for (const order of seatOrdersOf(pair))
      for (const direction of DIRECTIONS)
        own.push(await readTests(significancePath(run, pair, order.names, direction)));
    all.push(own);
  }
  return all;
}
