// Other measures beside the ridge maps (docs/method.md §16): every direction of the interactive condition, and each condition that
// it is compared with, on the rows that both have.

import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { first } from '../../numerics/lookup.ts';
import { similarityPath, synchronyPath } from '../../recordings/layout.ts';
import type { Measure, RunOptions } from '../../synchrony/measures/interface.ts';
import { MEASURES } from '../../synchrony/measures/measures.ts';
import { ridge } from '../../synchrony/measures/ridge-measure.ts';
import type { TargetCondition } from '../../synchrony/options.ts';
import { writeResult } from '../../synchrony/synchrony-files.ts';
import type { MeasureResult, SynchronyResult } from '../../synchrony/types.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionRows,
  type DirectionTask,
  directionInputs,
  directionOptions,
  directionTasks,
  headOf,
  measuredOf,
  openDirection,
  ownSettings,
} from '../direction-rows.ts';
import { type MatchedRows, matchRows } from '../matched-rows.ts';
import type { SimilaritySettings } from '../schema.ts';
import { type MeasuredSimilarity, type SimilarityScore, similarityFile } from '../similarity-files.ts';
import type { Inputs, OpenTask, Stage } from '../stage.ts';
import { MEASURE, measureTask } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

const pathOf = (run: string, { order, direction }: DirectionTask) =>
  similarityPath(run, order.names, direction);

type Scored = MeasureResult & Pick<SimilarityScore, 'intervals'>;

/** One measure and how a study runs it. */
interface Chosen {
  readonly measure: Measure<unknown, Scored>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Those that the study asks for, with its level of coverage. */
function chosenMeasures(settings: SimilaritySettings, level: number | undefined): Chosen[] {
  return Object.entries(settings).flatMap(([name, own]) => {
    const measure = MEASURES.find((one) => one.name === name) as Measure<unknown, Scored> | undefined;
    if (own === false || measure === undefined) return [];
    return [{ measure, settings: { ...own, ...(level !== undefined && { level }) } }];
  });
}

/** One direction under way. */
interface Pass {
  readonly rows: DirectionRows;
  readonly options: Omit<RunOptions<Scored>, 'splits'>;
  readonly targetModel: string;
  readonly conditions: readonly { readonly condition: Condition; readonly rows: MatchedRows | string }[];
}

function scoreOf({ syncR2, intervals }: Scored): SimilarityScore {
  const kept = intervals && { syncR2: intervals.syncR2, jackknife: intervals.jackknife };
  return { value: syncR2?.value ?? Number.NaN, ...(kept && { intervals: kept }) };
}

/** Both conditions on the rows that both have; those of the interactive one are its own where it has no others. */
async function compare(
  { measure, settings }: Chosen,
  matched: MatchedRows,
  whole: SimilarityScore,
  { rows, options, targetModel }: Pass,
): Promise<{ readonly interactive: SimilarityScore; readonly other: SimilarityScore }> {
  const target = { target: matched.target, condition: matched.condition, targetModel };
  const interactive = { target: rows.target, condition: INTERACTIVE, targetModel };
  const run = async (source: typeof rows.source, targets: readonly TargetCondition[]) => {
    const found = await measure.run(source, targets, settings, { ...options, splits: matched.splits });
    return found.map(scoreOf);
  };
  const again = !matched.all;
  if (matched.ownSources) {
    const found = await run(rows.source, again ? [interactive, target] : [target]);
    return { interactive: again ? first(found) : whole, other: first(found.toReversed()) };
  }
  const other = first(await run(matched.source, [target]));
  return { interactive: again ? first(await run(rows.source, [interactive])) : whole, other };
}

async function measureOne(chosen: Chosen, result: Scored, pass: Pass): Promise<MeasuredSimilarity> {
  const interactive = scoreOf(result);
  const compared: MeasuredSimilarity['compared'][number][] = [];
  const notCompared: MeasuredSimilarity['notCompared'][number][] = [];
  for (const { condition, rows } of pass.conditions) {
    try {
      if (typeof rows === 'string') throw new BadInput(condition, rows);
      const samples = Math.min(...rows.splits.map(({ train, test }) => train.length + test.length));
      compared.push({ condition, samples, ...(await compare(chosen, rows, interactive, pass)) });
    } catch (error) {
      if (!(error instanceof BadInput || error instanceof NotEnoughSamples)) throw error;
      notCompared.push({ condition, reason: typeof rows === 'string' ? rows : error.message });
    }
  }
  const { name: measure } = chosen.measure;
  return { measure, settings: chosen.settings, interactive, compared, notCompared };
}

async function conditionsOf(rows: DirectionRows, context: StageContext): Promise<Pass['conditions']> {
  const others = context.opened.conditions.filter((condition) => condition !== INTERACTIVE);
  const found: Pass['conditions'][number][] = [];
  for (const condition of others) {
    try {
      found.push({ condition, rows: await matchRows(rows, condition, context) });
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      found.push({ condition, rows: error.message });
    }
  }
  return found;
}

async function makeOne(
  { task, inputs }: OpenTask<DirectionTask>,
  settings: SimilaritySettings,
  context: StageContext,
  signal: AbortSignal,
): Promise<void> {
  const { intervals } = context.opened.study.synchrony;
  const rows = await openDirection(task, context);
  // Every measure has its own say on intervals.
  const { lambda, groups, intervals: _, reduce: __, ...options } = directionOptions(rows, context, signal);
  const { names } = task.order;
  const pass: Pass = {
    rows,
    options: { ...options, ...(intervals !== false && { groups }) },
    targetModel: names[task.direction === 'A->B' ? 1 : 0],
    conditions: await conditionsOf(rows, context),
  };
  const maps: Chosen = { measure: ridge as Measure<unknown, Scored>, settings: { lambda, intervals } };
  const measured: SynchronyResult = await measuredOf(task, context);
  const measures = [await measureOne(maps, measured, pass)];
  for (const chosen of chosenMeasures(settings, intervals === false ? undefined : intervals.level)) {
    const { measure, settings: asked } = chosen;
    const checked = { ...chosen, settings: measure.settings.parse(asked) as Chosen['settings'] };
    const target = { target: rows.target, condition: INTERACTIVE, targetModel: pass.targetModel };
    const run = { ...pass.options, splits: rows.splits };
    const result = first(await measure.run(rows.source, [target], checked.settings, run));
    const path = synchronyPath(context.run, names, INTERACTIVE, task.direction, measure.name);
    await writeResult(measure, path, result, inputs);
    measures.push(await measureOne(checked, result, pass));
  }
  const result = { ...(await headOf(task, context)), measures };
  await similarityFile.write(pathOf(context.run, task), { inputs, result });
}

/** The measure's inputs in every condition: whatever is compared. */
async function inputsOf(task: DirectionTask, context: StageContext): Promise<Inputs | undefined> {
  const { similarity, synchrony } = context.opened.study;
  const others: unknown[] = [];
  for (const condition of context.opened.conditions) {
    const made = await context
      .inputsOf(MEASURE, measureTask(task.order, condition, task.direction))
      .catch(() => undefined);
    others.push([condition, made]);
  }
  const versions = MEASURES.map(({ name, version }) => [name, version]);
  const depends = [VERSION, versions, similarity, synchrony.intervals, ...ownSettings(synchrony), others];
  return directionInputs(task, depends, context);
}

export const SIMILARITY: Stage<DirectionTask, Awaited<ReturnType<typeof similarityFile.read>>['result']> = {
  name: 'similarity',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'comparisons of measures',
  processorBound: true,
  notEstimated: 'other measures beside the ridge maps',
  asked: ({ similarity }) => similarity !== false,
  tasks: directionTasks,
  path: pathOf,
  inputs: inputsOf,
  read: (run, task) => similarityFile.read(pathOf(run, task)),
  async make(tasks, context, { done, signal }) {
    const settings = context.opened.study.similarity;
    if (!settings) return;
    for (const open of tasks) {
      await makeOne(open, settings, context, signal);
      done(open.task);
    }
  },
};
