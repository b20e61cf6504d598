// One stage of a study by itself, on whatever lies in a run's folder: what it needs counts as current.

import { type Resources, StageContext } from '../src/studies/context.ts';
import type { OnEvent } from '../src/studies/events.ts';
import { makeStage } from '../src/studies/make-stage.ts';
import { LocalMaker } from '../src/studies/maker.ts';
import { OpenStudy, type StudyParts } from '../src/studies/open.ts';
import { studySchema } from '../src/studies/schema.ts';
import type { Stage, StageTask } from '../src/studies/stage.ts';
import { STAGES } from '../src/studies/stages.ts';
import { currentResults } from '../src/studies/state.ts';

/** What a study file may say. */
type StudyFile = Partial<Parameters<typeof studySchema.parse>[0] & object>;

/** An open study of models that are described nowhere but in `infos`. */
export function studyOf(
  run: string,
  names: readonly string[],
  file: StudyFile = {},
  parts: Partial<StudyParts> = {},
): OpenStudy {
  const models = Object.fromEntries(names.map((name) => [name, { path: name }]));
  return new OpenStudy({
    study: studySchema.parse({ name: 'test', models, ...file }),
    run,
    scenarios: { name: 'test', characters: [], scenarios: [], interactions: [] },
    encounters: [],
    sources: new Map(names.map((name) => [name, { path: name }])),
    infos: new Map(),
    folder: '.',
    ...parts,
  });
}

export interface RunStageOptions extends Resources {
  readonly on?: OnEvent;
  readonly signal?: AbortSignal;
  /** Hears how far the stage is: units done and in all. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Makes what is not current of a stage.
 *
 * @returns how many results were made, and how many there were
 * @throws what the first task failed with
 */
export async function runStage<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  study: OpenStudy,
  { on = () => {}, signal = new AbortController().signal, onProgress, ...resources }: RunStageOptions = {},
): Promise<{ readonly made: number; readonly skipped: number }> {
  const infos = new Map([
    ...study.infos,
    ...[...(resources.models ?? [])].map(([name, { info }]) => [name, info] as const),
  ]);
  const opened = study.with({ infos });
  const context = new StageContext(opened, resources, (event) => {
    on(event);
    if (event.type === 'progress') onProgress?.(event);
  });
  for (const other of STAGES) if (other.name !== stage.name) context.settle(other.name, []);
  const maker = new LocalMaker();
  await maker.begin(context, signal);
  const tasks = stage.tasks(opened);
  const total = tasks.reduce((sum, task) => sum + (stage.size?.(task, opened) ?? 1), 0);
  const begins = { stage: stage.name, unit: stage.unit ?? stage.results, total, tasks: tasks.length };
  try {
    signal.throwIfAborted();
    const outcome = await makeStage(stage, {
      context,
      maker,
      signal,
      begins: { ...begins, index: 1, of: 1 },
    });
    const [first] = outcome.errors;
    if (first !== undefined) throw first;
    return { made: outcome.made, skipped: outcome.skipped };
  } finally {
    await maker.end();
  }
}

/** Encounters of which nothing is known but the interaction: enough for whatever reads recordings. */
export function encountersNamed(ids: Iterable<string>): StudyParts['encounters'] {
  return [...ids].map((id) => ({ interaction: { id } }) as StudyParts['encounters'][number]);
}

/** The current results of a stage by itself, whatever became of the stages that it needs. */
export async function resultsOf<Task extends StageTask, Result>(
  stage: Stage<Task, Result>,
  opened: OpenStudy,
): Promise<Result[]> {
  const context = new StageContext(opened);
  for (const other of STAGES) if (other.name !== stage.name) context.settle(other.name, []);
  return (await currentResults(stage, context)).current.map(({ result }) => result);
}
