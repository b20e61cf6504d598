// A study from wherever an earlier run stopped to its end, stage by stage.

import { dirname, join, resolve } from 'node:path';
import { InterbrainError } from '../errors.ts';
import { readJudgements } from '../evaluation/files.ts';
import { deviceNotes } from '../models/onnx/devices.ts';
import { dtypeNotes } from '../models/onnx/dtype.ts';
import type { Device } from '../numerics/device.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { abilityValues, readAbilities, testAbilities } from './abilities.ts';
import { correlateStudy } from './correlation.ts';
import type { OnEvent, RunEnds } from './events.ts';
import { checkJudge, judgeStudy } from './judge.ts';
import { createManifest, writeManifest } from './manifest.ts';
import { measureStudy } from './measure.ts';
import { probeStudy } from './mental-states.ts';
import { checkLayerPairs, measureStudyNonlinear } from './nonlinear.ts';
import { disposeModels, loadModels, type OpenStudy } from './open.ts';
import { tellDownload, tellQuantizing } from './preparing.ts';
import type { OnProgress, Progress } from './progress.ts';
import { readStudy } from './read-passively.ts';
import { measureRelationships } from './relationships.ts';
import { measureSensitivity } from './sensitivity.ts';
import { testStudy } from './significance.ts';
import { simulate } from './simulate.ts';

export interface RunStudyOptions {
  readonly on?: OnEvent | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly threads?: number | undefined;
  readonly memory?: number | undefined;
  readonly device?: Device | undefined;
  readonly kvMemory?: number | undefined;
  readonly atOnce?: number | undefined;
  /** Writes the report; returns the path of its page. */
  readonly report?: ((run: string) => Promise<string>) | undefined;
}

export interface StudyOutcome extends Omit<RunEnds, 'type'> {
  readonly errors: readonly unknown[];
}

interface Step {
  readonly name: string;
  readonly asked: boolean;
  readonly needs: readonly string[];
  readonly make: (onProgress: OnProgress) => Promise<unknown>;
}

/** Tells the progress of one stage as events. */
function tell(on: OnEvent, stage: string, index: number, of: number) {
  let begun: string | undefined;
  const start = performance.now();
  const end = (failure?: string) =>
    on({
      type: 'stage-ends',
      stage,
      outcome: failure === undefined ? 'done' : 'failed',
      ...{ made: 0, skipped: 0, failed: 0, seconds: (performance.now() - start) / 1000 },
      ...(failure !== undefined && { message: failure }),
    });
  const onProgress = ({ what, done, total, skipped, detail }: Progress) => {
    if (begun !== what) {
      if (begun !== undefined) end();
      on({ type: 'stage-begins', stage, unit: what, total, tasks: total, index, of, skipped });
    }
    begun = what;
    const far = { stage, unit: what, done, total, skipped };
    on({ type: 'progress', ...far, ...(detail !== undefined && { detail }) });
  };
  return { onProgress, end };
}

async function play(
  opened: OpenStudy,
  options: RunStudyOptions,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  const { on = () => {} } = options;
  const models = await loadModels(
    opened,
    { ...options, onQuantize: (name, progress) => tellQuantizing(on, name)(progress) },
    { onDownload: tellDownload(on), signal },
  );
  try {
    const { nonlinear } = opened.study;
    if (nonlinear) checkLayerPairs(nonlinear, opened.orders, models);
    await writeFileAtomic(join(opened.run, 'study.yaml'), opened.text);
    const infos = [...models].map(([name, model]) => [name, model.info] as const);
    const { study, scenarios } = opened;
    await writeManifest(opened.run, createManifest({ study, scenarios, models: Object.fromEntries(infos) }));
    for (const [name, place] of opened.checkpoints)
      for (const note of [...dtypeNotes(place.dtype), ...deviceNotes(place.device)])
        on({ type: 'warning', message: `models.${name}: ${note}` });
    const { run, tasks, readings } = opened;
    const common = { run, models, atOnce: options.atOnce, onProgress, signal };
    await simulate({ ...common, tasks, simulation: study.simulation });
    if (readings.length > 0) await readStudy({ ...common, tasks: readings });
    const folder = dirname(resolve(opened.file));
    await testAbilities({ run, study, folder, models, onProgress, signal });
  } finally {
    await disposeModels(models);
  }
}

async function correlate({ run, study, pairs, orders, encounters }: OpenStudy): Promise<void> {
  const { families, simulation, correlation: settings } = study;
  if (!settings) return;
  const ids = encounters.map(({ interaction }) => interaction.id);
  const judgements = await Promise.all(
    orders.map((order) => readJudgements(run, order, simulation.seeds, ids)),
  );
  const abilities = abilityValues(await readAbilities(run, study));
  await correlateStudy({ run, pairs, families, settings, judgements: judgements.flat(), abilities });
}

function stepsOf(opened: OpenStudy, options: RunStudyOptions, signal: AbortSignal): Step[] {
  const { run, study, orders, pairs, scenarios, encounters } = opened;
  const { memory, device } = options;
  const common = {
    run,
    orders,
    settings: study.synchrony,
    seeds: study.simulation.seeds,
    interactions: new Set(encounters.map((encounter) => encounter.interaction.id)),
    threads: options.threads,
    signal,
  };
  const measured = { ...common, memory, device };
  const { conditions, significance, judge, sensitivity, relationships, mentalStates, nonlinear } = study;
  const step = (
    name: string,
    asked: unknown,
    needs: readonly string[],
    make: (onProgress: OnProgress) => Promise<unknown>,
  ): Step => ({ name, asked: Boolean(asked), needs, make });
  return [
    step('episodes', true, [], (onProgress) => play(opened, options, onProgress, signal)),
    step('measure', true, ['episodes'], (onProgress) =>
      measureStudy({ ...measured, conditions, onProgress }),
    ),
    step(
      'significance',
      significance,
      ['measure'],
      async (onProgress) =>
        significance && testStudy({ ...measured, pairs, conditions, significance, onProgress }),
    ),
    step(
      'judgements',
      judge,
      ['episodes'],
      async (onProgress) => judge && judgeStudy({ ...common, encounters, judge, onProgress }),
    ),
    step(
      'sensitivity',
      sensitivity,
      ['measure'],
      async (onProgress) =>
        sensitivity && measureSensitivity({ ...measured, conditions, sensitivity, onProgress }),
    ),
    step(
      'relationships',
      relationships,
      ['measure'],
      async (onProgress) =>
        relationships && measureRelationships({ ...measured, scenarios, relationships, onProgress }),
    ),
    step(
      'probes',
      mentalStates,
      ['episodes'],
      async (onProgress) => mentalStates && probeStudy({ ...common, mentalStates, onProgress }),
    ),
    step(
      'networks',
      nonlinear,
      ['measure'],
      async (onProgress) => nonlinear && measureStudyNonlinear({ ...common, nonlinear, onProgress }),
    ),
    step('correlation', study.correlation, ['measure', 'judgements'], () => correlate(opened)),
  ].filter(({ asked }) => asked);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Runs what is not done of a study. A stage that fails ends those alone that need it. */
export async function runStudy(opened: OpenStudy, options: RunStudyOptions = {}): Promise<StudyOutcome> {
  const { on = () => {}, signal = new AbortController().signal } = options;
  const start = performance.now();
  checkJudge(opened.study.judge);
  const steps = stepsOf(opened, options, signal);
  const planned = steps.map(({ name }) => ({ stage: name, unit: name, total: 0, tasks: 0 }));
  on({ type: 'run-begins', study: opened.study.name, run: opened.run, stages: planned });
  const errors: unknown[] = [];
  const failed: { stage: string; message: string }[] = [];
  const seconds = () => (performance.now() - start) / 1000;
  let page: string | undefined;
  try {
    for (const [i, { name, needs, make }] of steps.entries()) {
      const missing = failed.find(({ stage }) => needs.includes(stage));
      if (missing) {
        const message = `the stage ${missing.stage}, which it needs, has failed`;
        const place = { stage: name, unit: name, total: 1, tasks: 1, index: i + 1, of: steps.length };
        on({ type: 'stage-begins', ...place, skipped: 0 });
        const counts = { made: 0, skipped: 0, failed: 0, seconds: 0 };
        on({ type: 'stage-ends', stage: name, outcome: 'left out', ...counts, message });
        failed.push({ stage: name, message });
        continue;
      }
      const { onProgress, end } = tell(on, name, i + 1, steps.length);
      try {
        await make(onProgress);
        end();
      } catch (error) {
        signal.throwIfAborted();
        errors.push(error);
        failed.push({ stage: name, message: messageOf(error) });
        end(messageOf(error));
      }
    }
    try {
      page = await options.report?.(opened.run);
    } catch (error) {
      errors.push(error);
      failed.push({ stage: 'report', message: messageOf(error) });
    }
  } catch (error) {
    on({ type: 'run-ends', outcome: 'stopped', exitCode: 130, seconds: seconds(), failed: [] });
    throw error;
  }
  const [first] = errors;
  const exitCode = failed.length === 0 ? 0 : first instanceof InterbrainError ? first.exitCode : 1;
  const outcome = failed.length === 0 ? ('done' as const) : ('failed' as const);
  const ends = { outcome, exitCode, seconds: seconds(), failed, ...(page !== undefined && { report: page }) };
  on({ type: 'run-ends', ...ends });
  return { ...ends, errors };
}
