import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { correlationPath, probesPath, significancePath, synchronyPath } from '../recordings/layout.ts';
import { completeTests } from '../studies/abilities.ts';
import { countJudgements } from '../studies/judge.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { modelRevisions, type OpenStudy, openStudy } from '../studies/open.ts';
import type { SeatOrder } from '../studies/plan.ts';
import { isRead, readingInputs } from '../studies/read-passively.ts';
import { type PartName, partPath, partsOf } from '../studies/sensitivity-files.ts';
import { type EpisodeTask, episodeInputs, isRecorded } from '../studies/simulate.ts';

/** How much of one stage is there. */
interface Stage {
  readonly what: string;
  readonly done: number;
  /** Not done, and not tried again by itself. */
  readonly failed?: number;
  readonly total: number;
}

type Revisions = Awaited<ReturnType<typeof modelRevisions>>;

function stage(what: string, done: readonly boolean[]): Stage {
  return { what, done: done.filter(Boolean).length, total: done.length };
}

/** Episodes and readings that were recorded under the study's present settings. */
async function recorded(opened: OpenStudy, order: SeatOrder, revisions: Revisions): Promise<Stage[]> {
  const { run, study, tasks, readings } = opened;
  const models = order.names.flatMap((name) => revisions.get(name) ?? []);
  // What was recorded with a checkpoint that is gone from the cache cannot be told from what was not.
  const known = models.length === 2;
  const isPlayed = (task: EpisodeTask) =>
    known && isRecorded(run, task, episodeInputs(task, models, study.simulation));
  const own = tasks.filter((task) => task.order === order);
  const stages: Stage[] = [];
  for (const variant of [undefined, 'mental-states'] as const) {
    const some = own.filter((task) => task.variant === variant);
    const what = variant ? 'episodes with mental states' : 'episodes';
    if (some.length > 0) stages.push(stage(what, await Promise.all(some.map(isPlayed))));
  }
  for (const format of new Set(readings.map((task) => task.format))) {
    const done = readings
      .filter((task) => task.format === format && task.order === order)
      .map(async (task) => {
        const inputs = known ? await readingInputs(run, task, models) : undefined;
        return inputs !== undefined && isRead(run, task, inputs);
      });
    stages.push(stage(`${format} readings`, await Promise.all(done)));
  }
  return stages;
}

const sameModels = (a: readonly string[], b: readonly string[]) =>
  a.toSorted().join('\n') === b.toSorted().join('\n');

/** Results that are there, whatever they were computed from: `run` redoes what has changed. */
function measured({ run, study, pairs, conditions }: OpenStudy, order: SeatOrder): Stage[] {
  const results = (names: readonly string[], ending: string) =>
    names.flatMap((condition) =>
      DIRECTIONS.map((direction) =>
        existsSync(`${synchronyPath(run, order.names, condition, direction)}${ending}`),
      ),
    );
  const stages = [stage('measures', results(conditions, '.json'))];
  if (study.nonlinear) stages.push(stage('networks', results(['interactive'], '.nonlinear.json')));
  if (study.mentalStates) {
    const seats = (['A', 'B'] as const).map((seat) => existsSync(probesPath(run, order.names, seat)));
    stages.push(stage('probes', seats));
  }
  const parts = partsOf(study);
  const made = (part: PartName) =>
    DIRECTIONS.map((direction) => existsSync(partPath(run, order.names, direction, part)));
  const sensitivity = parts.filter((part) => part !== 'relationships');
  if (sensitivity.length > 0) stages.push(stage('sensitivity parts', sensitivity.flatMap(made)));
  if (study.relationships) stages.push(stage('relationships', made('relationships')));
  const pair = pairs.find((names) => sameModels(names, order.names));
  if (study.significance && pair) {
    const tests = DIRECTIONS.map((direction) => significancePath(run, pair, order.names, direction));
    stages.push(stage('tests', tests.map(existsSync)));
  }
  return stages;
}

/** Judgements of a seat order's episodes by the study's present judge; a failed one is no judgement. */
async function judged({ run, study, encounters }: OpenStudy, order: SeatOrder): Promise<Stage[]> {
  const { judge, simulation } = study;
  if (!judge) return [];
  const counts = await countJudgements({ run, orders: [order], seeds: simulation.seeds, encounters, judge });
  const { judged: done, failed, total } = counts;
  return [{ what: failed > 0 ? `judgements (${failed} failed)` : 'judgements', done, failed, total }];
}

/** What is about all models together. */
async function overall({ run, study, checkpoints }: OpenStudy): Promise<Stage[]> {
  const stages: Stage[] = [];
  const tests = await completeTests(run, study, [...checkpoints.keys()]);
  if (tests.length > 0) stages.push(stage('ability tests', tests));
  if (study.correlation) stages.push(stage('correlation', [existsSync(correlationPath(run))]));
  return stages;
}

/** What `run` would do. */
const missingOf = (stages: readonly Stage[]) =>
  stages.reduce((sum, { done, failed = 0, total }) => sum + total - done - failed, 0);

const failedOf = (stages: readonly Stage[]) => stages.reduce((sum, { failed = 0 }) => sum + failed, 0);

const countsOf = (stages: readonly Stage[]) =>
  stages.map(({ what, done, total }) => `${done}/${total} ${what}`).join(', ');

/** Counts what is done under the study's present settings. */
export async function status(
  file: string,
  options: { readonly out: string; readonly interactions?: number },
): Promise<void> {
  const opened = await openStudy(file, options.out, { interactions: options.interactions });
  for (const warning of opened.warnings) process.stderr.write(`Warning: ${warning}\n`);
  const { study, run, orders } = opened;
  const revisions = await modelRevisions(opened);
  process.stdout.write(`${study.name} in ${run}\n`);
  for (const [name, place] of opened.checkpoints)
    if (!revisions.has(name) && 'hub' in place)
      process.stdout.write(`  ${name}: ${place.hub} is not downloaded; run downloads it\n`);
  let [missing, failed] = [0, 0];
  for (const order of orders) {
    const stages = [
      ...(await recorded(opened, order, revisions)),
      ...measured(opened, order),
      ...(await judged(opened, order)),
    ];
    missing += missingOf(stages);
    failed += failedOf(stages);
    process.stdout.write(`  ${order.names.join(' → ')}: ${countsOf(stages)}\n`);
  }
  const together = await overall(opened);
  missing += missingOf(together);
  if (together.length > 0) process.stdout.write(`  all models: ${countsOf(together)}\n`);
  const report = join(run, 'report', 'index.html');
  process.stdout.write(existsSync(report) ? `  report: ${report}\n` : '  no report yet\n');
  if (failed > 0)
    process.stdout.write(`Try failed judgements again with: interbrain judge ${run} --retry-failed\n`);
  if (missing > 0 || !existsSync(report)) {
    const again = options.interactions === undefined ? '' : ` --interactions ${options.interactions}`;
    process.stdout.write(`Go on with: interbrain run ${file}${again}\n`);
  }
}
