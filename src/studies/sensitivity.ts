// How SyncR² of the interactive condition depends on what the measure chooses (docs/method.md §14, paper Appendix C), and on the
// text that both agents have read. Parts that are there under the same inputs are not made again.

import { measureTextBaseline } from '../controls/text-baseline.ts';
import { type SpokenEpisode, textFeatures } from '../controls/text-features.ts';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import type { Sample } from '../pairs/align.ts';
import { GROUPINGS, type GroupBy, groupOf } from '../pairs/open.ts';
import { validationSplit } from '../pairs/validation-split.ts';
import { sensitivityPath, synchronyPath } from '../recordings/layout.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import { readEpisode } from '../recordings/recording.ts';
import { aggregateSyncR2 } from '../synchrony/aggregation.ts';
import { measureConditions } from '../synchrony/measure.ts';
import type { ConditionResult, ConditionsOptions } from '../synchrony/options.ts';
import { ownLambda } from '../synchrony/results.ts';
import { readSynchrony } from '../synchrony/synchrony-files.ts';
import { syncR2AtChosenTargets } from '../synchrony/target-choice.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import {
  type DirectionRows,
  directionOptions,
  inputsOf,
  openDirection,
  type StudyDirection,
  splitsOf,
  studyDirection,
} from './direction-rows.ts';
import { DIRECTIONS, type MeasureStudyOptions } from './measure.ts';
import type { SensitivitySettings } from './schema.ts';
import {
  type Estimate,
  knownPart,
  type PartHead,
  type PartName,
  type PartResult,
  writePart,
} from './sensitivity-files.ts';

/** Raised when a change of the program changes a part's numbers. */
const VERSIONS: Readonly<Record<PartName, number>> = {
  aggregation: 1,
  'sample-size': 1,
  'target-choice': 1,
  weighting: 1,
  groupings: 1,
  text: 1,
  relationships: 1,
};

/** Of the study's own number of samples. */
const FRACTIONS = [1 / 16, 1 / 8, 1 / 4, 1 / 2];
const FEWEST_SAMPLES = 40;

export interface SensitivityOptions extends MeasureStudyOptions {
  readonly sensitivity: SensitivitySettings;
}

type Compute<Name extends PartName> = (rows: () => Promise<DirectionRows>) => Promise<PartResult<Name>>;

/** One part of one direction. */
interface PartTask<Name extends PartName> {
  readonly part: Name;
  /** What it depends on besides the measure. */
  readonly settings: readonly unknown[];
  readonly compute: Compute<Name>;
}

/**
 * Makes what is not made yet, after the measure. Progress counts parts.
 *
 * @throws BadInput if the interactive condition has not been measured, or a transcript is missing; errors of the measure
 */
export async function measureSensitivity(options: SensitivityOptions): Promise<void> {
  const { run, orders, onProgress } = options;
  const directions: StudyDirection[] = [];
  for (const order of orders)
    for (const direction of DIRECTIONS) directions.push(await studyDirection(run, order, direction));
  const tasks = directions.map((direction) => tasksOf(direction, options));
  const total = tasks.flat().length;
  let [done, skipped] = [0, 0];
  for (const [i, direction] of directions.entries()) {
    const rows = once(() => openDirection(direction, options));
    for (const { part, settings, compute } of tasks[i]!) {
      const { names, folder } = direction.order;
      const detail = `${folder} ${direction.direction} ${part}`;
      onProgress?.({ what: 'sensitivity', done, total, skipped, detail });
      const path = sensitivityPath(run, names, direction.direction, part);
      const inputs = inputsOf(direction, [VERSIONS[part], ...settings]);
      if (await knownPart(path, part, inputs)) skipped++;
      else await writePart(path, part, { ...headOf(direction), inputs, result: await compute(rows) });
      options.signal?.throwIfAborted();
      onProgress?.({ what: 'sensitivity', done: ++done, total, skipped, detail });
    }
  }
}

/** Whose measure a part is about. */
export function headOf({ measured: { result } }: StudyDirection): PartHead {
  const { direction, sourceModel, targetModel, samples, lambda, groupBy, splits } = result;
  return {
    ...{ direction, sourceModel, targetModel, samples, lambda, groupBy },
    splitSeeds: splits.map(({ seed }) => seed),
  };
}

function tasksOf(direction: StudyDirection, options: SensitivityOptions): PartTask<PartName>[] {
  const { sensitivity, conditions, settings } = options;
  const { topK, clamp, sampleSizes, validationTarget, weighting, groupings, textBaseline } = sensitivity;
  const { test, splitSeeds, groupBy, samples, bootstrap } = settings;
  const own = [ownLambda(settings.lambda), test, splitSeeds, groupBy, samples];
  const task = <Name extends PartName>(
    part: Name,
    on: boolean,
    depends: unknown[],
    compute: Compute<Name>,
  ) => (on ? [{ part, settings: depends, compute } as unknown as PartTask<PartName>] : []);
  return [
    ...task('aggregation', topK || clamp, [conditions], () => aggregate(direction, options)),
    ...task('sample-size', sampleSizes !== false, [own, bootstrap, sampleSizes], async (rows) =>
      measureSizes(direction, await rows(), options),
    ),
    ...task('target-choice', validationTarget, [own], async (rows) =>
      chooseTargets(direction, await rows(), options),
    ),
    ...task('weighting', weighting, [own], async (rows) => weigh(direction, await rows(), options)),
    ...task('groupings', groupings, [own, bootstrap], async (rows) =>
      measureGroupings(direction, await rows(), options),
    ),
    ...task('text', textBaseline !== false, [own, bootstrap, textBaseline], async (rows) =>
      compareText(direction, await rows(), options),
    ),
  ];
}

async function aggregate(
  { order, direction }: StudyDirection,
  { run, conditions }: SensitivityOptions,
): Promise<PartResult<'aggregation'>> {
  const all = [];
  for (const condition of conditions) {
    const { result } = await readSynchrony(synchronyPath(run, order.names, condition, direction));
    const choices = aggregateSyncR2(result.r2, result.sourceLayers, result.targetLayers);
    all.push({ condition, choices });
  }
  return { conditions: all };
}

async function measureSizes(
  direction: StudyDirection,
  rows: DirectionRows,
  options: SensitivityOptions,
): Promise<PartResult<'sample-size'>> {
  const { sampleSizes } = options.sensitivity;
  const { result: own } = direction.measured;
  const wanted = Array.isArray(sampleSizes)
    ? sampleSizes
    : FRACTIONS.map((share) => Math.round(own.samples * share)).filter((size) => size >= FEWEST_SAMPLES);
  const sizes = [...new Set(wanted)].filter((size) => size !== own.samples).sort((a, b) => a - b);
  const measured = [sizeOf(own)];
  const leftOut = [];
  for (const samples of sizes) {
    try {
      const splits = splitsOf(rows.samples, options.settings, samples);
      const { bootstrap } = options.settings;
      measured.push(sizeOf((await measureAgain(direction, rows, { splits, bootstrap }, options)).result));
    } catch (error) {
      if (!isTooFew(error)) throw error;
      leftOut.push({ samples, reason: error.message });
    }
  }
  return { sizes: measured.sort((a, b) => a.samples - b.samples), leftOut };
}

function sizeOf(result: SynchronyResult) {
  const { trainSamples: train, testSamples: test } = result.splits[0]!;
  return { samples: result.samples, train, test, ...estimateOf(result) };
}

async function chooseTargets(
  direction: StudyDirection,
  rows: DirectionRows,
  options: SensitivityOptions,
): Promise<PartResult<'target-choice'>> {
  const { test: share } = options.settings;
  const splits = rows.splits.map((split) => validationSplit(split, share));
  const { result: validation } = await measureAgain(direction, rows, { splits }, options);
  const { result } = direction.measured;
  const { value, standardError, targets, r2 } = syncR2AtChosenTargets(
    result.r2,
    validation.r2,
    result.sourceLayers,
    result.targetLayers,
  );
  return {
    share,
    validationSamples: splits.map(({ test }) => test.length),
    onTraining: { value, standardError },
    onTest: estimateOf(result),
    targets: targets.map((layers) => [...layers]),
    r2: [...r2],
  };
}

async function weigh(
  direction: StudyDirection,
  rows: DirectionRows,
  options: SensitivityOptions,
): Promise<PartResult<'weighting'>> {
  const subsets = [{ name: 'by variance', includes: () => true, weighting: 'variance' }] as const;
  const measured = await measureAgain(direction, rows, { splits: rows.splits, subsets }, options);
  const { value, standardError, bestTarget } = measured.subsets[0]!.syncR2;
  return {
    uniform: estimateOf(direction.measured.result),
    variance: { value, standardError },
    bestTarget: [...bestTarget],
  };
}

/** The paper's Table 2, with the strictest grouping beside it. */
async function measureGroupings(
  direction: StudyDirection,
  rows: DirectionRows,
  options: SensitivityOptions,
): Promise<PartResult<'groupings'>> {
  const { result: own } = direction.measured;
  const { bootstrap, groupBy: ownGroups, samples } = options.settings;
  const groupings = [];
  const leftOut = [];
  for (const groupBy of GROUPINGS) {
    try {
      const divided = regroup(rows, groupBy);
      const splits = splitsOf(divided, options.settings, samples);
      const groups = divided.map(({ group }) => group);
      const measured =
        groupBy === ownGroups
          ? own
          : (await measureAgain(direction, rows, { splits, groups, groupBy, bootstrap }, options)).result;
      groupings.push({ groupBy, groups: new Set(groups).size, ...sizeOf(measured) });
    } catch (error) {
      if (!isTooFew(error)) throw error;
      leftOut.push({ groupBy, reason: error.message });
    }
  }
  return { groupings, leftOut };
}

/** @throws BadInput for states without a transcript, unless grouped by interaction */
function regroup({ samples, recordings }: DirectionRows, groupBy: GroupBy): Sample[] {
  return samples.map((sample) => {
    const { episode, states, group } = recordings[sample.source.recording]!;
    if (episode) return { ...sample, group: groupOf(episode, groupBy) };
    if (groupBy === 'interaction') return { ...sample, group };
    const advice = 'put the transcript (.json) beside it, or set sensitivity.groupings: false';
    throw new BadInput(states.path, `groups by ${groupBy} need to know more than the states; ${advice}`);
  });
}

/** Of a number of samples, or a grouping, that cannot be had. */
function isTooFew(error: unknown): error is NotEnoughSamples | BadInput {
  return error instanceof NotEnoughSamples || (error instanceof BadInput && error.where === 'samples');
}

async function compareText(
  direction: StudyDirection,
  rows: DirectionRows,
  options: SensitivityOptions,
): Promise<PartResult<'text'>> {
  const { textBaseline } = options.sensitivity;
  if (textBaseline === false) throw new RangeError('text baselines are switched off');
  const { dimensions } = textBaseline;
  const episodes = await readTranscripts(rows.files);
  const features = (text: 'shared' | 'heard') => textFeatures(episodes, rows.samples, { text, dimensions });
  const {
    direction: _,
    sourceModel,
    groupBy,
    groups,
    lambda,
    ...settings
  } = directionOptions(direction, rows, options);
  const { result } = direction.measured;
  const baseline = await measureTextBaseline(
    rows.source,
    rows.target,
    { shared: features('shared'), heard: features('heard') },
    {
      ...settings,
      bootstrap: options.settings.bootstrap,
      labels: {
        ...{ sourceModel, groupBy, condition: 'interactive' },
        direction: direction.direction,
        targetModel: result.targetModel,
      },
      splits: rows.splits,
      groups: groups!,
      lambda: lambda as number,
    },
  );
  const { shared, heard, left } = baseline;
  const scoresOf = ({ syncR2, interval, lambdas, meanR2 }: typeof shared) => ({
    ...estimateOf({ syncR2, ...(interval && { bootstrap: interval }) }),
    lambdas: [...lambdas],
    bestTarget: syncR2.bestTarget[0]!,
    meanR2: [...meanR2],
  });
  return {
    features: baseline.features,
    dimensions,
    states: estimateOf(result),
    shared: scoresOf(shared),
    heard: scoresOf(heard),
    left: {
      ...estimateOf({ syncR2: left.syncR2, ...(left.interval && { bootstrap: left.interval }) }),
      bestTarget: [...left.syncR2.bestTarget],
      bestR2: [...left.syncR2.bestR2],
    },
  };
}

/** @throws BadInput naming the first states without a transcript */
export async function readTranscripts(files: readonly RecordingFiles[]): Promise<SpokenEpisode[]> {
  return Promise.all(
    files.map(({ episode, states }) => {
      if (episode !== null) return readEpisode(episode);
      const advice = 'put the transcript (.json) beside it, or leave sensitivity.textBaseline out';
      throw new BadInput(states, `text baselines need to know what was said; ${advice}`);
    }),
  );
}

/** Measures the direction's rows once more, in another way. */
export async function measureAgain(
  direction: StudyDirection,
  rows: DirectionRows,
  other: Pick<ConditionsOptions, 'splits' | 'subsets' | 'bootstrap'> &
    Partial<Pick<ConditionsOptions, 'groups' | 'groupBy'>>,
  options: Omit<MeasureStudyOptions, 'conditions' | 'onProgress'>,
): Promise<ConditionResult> {
  const { targetModel } = direction.measured.result;
  const target = { target: rows.target, condition: 'interactive', targetModel };
  const settings = { ...directionOptions(direction, rows, options), ...other };
  const [measured] = await measureConditions(rows.source, [target], settings);
  return measured!;
}

function estimateOf({
  syncR2,
  bootstrap,
}: {
  readonly syncR2: SynchronyResult['syncR2'];
  readonly bootstrap?: Omit<NonNullable<SynchronyResult['bootstrap']>, 'cells'>;
}): Estimate {
  const { value, standardError } = syncR2;
  if (!bootstrap) return { value, standardError };
  const { draws, groups, level, syncR2: interval } = bootstrap;
  const percentile: [number, number] = [...interval.percentile];
  const bca: [number, number] | null = interval.bca && [...interval.bca];
  return {
    value,
    standardError,
    interval: { draws, groups, level, syncR2: { ...interval, percentile, bca } },
  };
}

/** Opened at the first call, and only then. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
