import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { probesPath, synchronyPath } from '../recordings/layout.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { modelRevisions, type OpenStudy, openStudy } from '../studies/open.ts';
import type { SeatOrder } from '../studies/plan.ts';
import { isRead, readingInputs } from '../studies/read.ts';
import { type EpisodeTask, episodeInputs, isRecorded } from '../studies/simulate.ts';

/** How much of one stage is there. */
interface Stage {
  readonly what: string;
  readonly done: number;
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

/** Results that are there, whatever they were computed from: `run` redoes what has changed. */
function measured({ run, study }: OpenStudy, order: SeatOrder): Stage[] {
  const results = (conditions: readonly string[], ending: string) =>
    conditions.flatMap((condition) =>
      DIRECTIONS.map((direction) =>
        existsSync(`${synchronyPath(run, order.names, condition, direction)}${ending}`),
      ),
    );
  const stages = [stage('measures', results(study.conditions, '.json'))];
  if (study.nonlinear) stages.push(stage('networks', results(['interactive'], '.nonlinear.json')));
  if (study.mentalStates) {
    const seats = (['A', 'B'] as const).map((seat) => existsSync(probesPath(run, order.names, seat)));
    stages.push(stage('probes', seats));
  }
  return stages;
}

/** Counts what is done under the study's present settings. */
export async function status(
  file: string,
  options: { readonly out: string; readonly interactions?: number },
): Promise<void> {
  const opened = await openStudy(file, options.out, options);
  const { study, run, orders } = opened;
  const revisions = await modelRevisions(opened);
  process.stdout.write(`${study.name} in ${run}\n`);
  for (const [name, place] of opened.checkpoints)
    if (!revisions.has(name) && 'hub' in place)
      process.stdout.write(`  ${name}: ${place.hub} is not downloaded; run downloads it\n`);
  let missing = 0;
  for (const order of orders) {
    const stages = [...(await recorded(opened, order, revisions)), ...measured(opened, order)];
    missing += stages.reduce((sum, { done, total }) => sum + total - done, 0);
    const counts = stages.map(({ what, done, total }) => `${done}/${total} ${what}`);
    process.stdout.write(`  ${order.names.join(' → ')}: ${counts.join(', ')}\n`);
  }
  const report = join(run, 'report', 'index.html');
  process.stdout.write(existsSync(report) ? `  report: ${report}\n` : '  no report yet\n');
  if (missing > 0 || !existsSync(report)) {
    const again = options.interactions === undefined ? '' : ` --interactions ${options.interactions}`;
    process.stdout.write(`Go on with: interbrain run ${file}${again}\n`);
  }
}
