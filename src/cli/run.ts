import { dirname, join, resolve } from 'node:path';
import { readJudgements } from '../evaluation/files.ts';
import { deviceNotes } from '../models/onnx/devices.ts';
import { dtypeNotes } from '../models/onnx/dtype.ts';
import type { QuantizeProgress } from '../models/onnx/weights-cache.ts';
import type { Device } from '../numerics/device.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { writeReport } from '../report/write.ts';
import { abilityValues, readAbilities, testAbilities } from '../studies/abilities.ts';
import { correlateStudy } from '../studies/correlation.ts';
import { judgeStudy } from '../studies/judge.ts';
import { createManifest, writeManifest } from '../studies/manifest.ts';
import { measureStudy } from '../studies/measure.ts';
import { probeStudy } from '../studies/mental-states.ts';
import { checkLayerPairs, measureStudyNonlinear } from '../studies/nonlinear.ts';
import { disposeModels, loadModels, type OpenStudy, openStudy } from '../studies/open.ts';
import type { OnProgress } from '../studies/progress.ts';
import { readStudy } from '../studies/read-passively.ts';
import { measureRelationships } from '../studies/relationships.ts';
import type { CorrelationSettings } from '../studies/schema.ts';
import { measureSensitivity } from '../studies/sensitivity.ts';
import { testStudy } from '../studies/significance.ts';
import { simulate } from '../studies/simulate.ts';
import { Interrupted, interruptSignal } from './interrupt.ts';
import { judgeLines } from './judge.ts';
import { createProgressPrinter, downloadProgress, quantizeProgress } from './progress.ts';
import { correlationLines, nonlinearLines, printSummary, probeLines } from './summary.ts';

interface RunOptions {
  readonly out: string;
  readonly threads?: number;
  /** Of the measure. */
  readonly device: Device;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly kvMemory?: number;
  readonly atOnce?: number;
  /** In place of the study's own number. */
  readonly interactions?: number;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function announce({ study, run, pairs, orders, encounters, tasks, readings }: OpenStudy): void {
  const seeds = study.simulation.seeds.length;
  process.stdout.write(
    `${study.name}: ${plural(pairs.length, 'pair')} of models in ${plural(orders.length, 'seat order')} × ` +
      `${plural(encounters.length, 'interaction')} × ${plural(seeds, 'seed')}` +
      `${study.mentalStates ? ' × 2, once with named mental states' : ''} = ${plural(tasks.length, 'episode')}` +
      `${readings.length > 0 ? ` and ${plural(readings.length, 'reading')} of them` : ''}\n` +
      `Everything is kept in ${run}\n`,
  );
}

/** Plays and reads what is not recorded and runs the ability tests, with the models loaded only for that. */
async function playEpisodes(
  opened: OpenStudy,
  options: RunOptions,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  const onQuantize = (name: string, progress: QuantizeProgress) =>
    quantizeProgress(onProgress, name)(progress);
  const models = await loadModels(
    opened,
    { ...options, onQuantize },
    { onDownload: downloadProgress(onProgress), signal },
  );
  try {
    const { nonlinear } = opened.study;
    // What was not downloaded before could not be looked at.
    if (nonlinear) checkLayerPairs(nonlinear, opened.orders, models);
    await writeFileAtomic(join(opened.run, 'study.yaml'), opened.text);
    const infos = [...models].map(([name, model]) => [name, model.info] as const);
    const { study, scenarios } = opened;
    await writeManifest(opened.run, createManifest({ study, scenarios, models: Object.fromEntries(infos) }));
    for (const [name, place] of opened.checkpoints)
      for (const note of [...dtypeNotes(place.dtype), ...deviceNotes(place.device)])
        process.stderr.write(`Warning: models.${name}: ${note}\n`);
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

async function correlate(
  { run, study, pairs, orders, encounters }: OpenStudy,
  settings: CorrelationSettings,
): Promise<void> {
  const { families, simulation } = study;
  const ids = encounters.map(({ interaction }) => interaction.id);
  const judgements = await Promise.all(
    orders.map((order) => readJudgements(run, order, simulation.seeds, ids)),
  );
  const abilities = abilityValues(await readAbilities(run, study));
  await correlateStudy({ run, pairs, families, settings, judgements: judgements.flat(), abilities });
}

/** `interbrain run`: the whole way, from wherever an earlier run stopped. */
export async function run(file: string, options: RunOptions): Promise<void> {
  const { interactions } = options;
  const opened = await openStudy(file, options.out, { interactions, purpose: 'run' });
  for (const warning of opened.warnings) process.stderr.write(`Warning: ${warning}\n`);
  announce(opened);
  const printer = createProgressPrinter(process.stdout);
  const { signal, release } = interruptSignal();
  try {
    await playEpisodes(opened, options, printer.update, signal);
    const { run, study, orders } = opened;
    const common = {
      run,
      orders,
      settings: study.synchrony,
      seeds: study.simulation.seeds,
      interactions: new Set(opened.encounters.map((encounter) => encounter.interaction.id)),
      threads: options.threads,
      onProgress: printer.update,
      signal,
    };
    const { memory, device } = options;
    await measureStudy({ ...common, conditions: opened.conditions, memory, device });
    if (study.significance) {
      const { pairs } = opened;
      const tests = { pairs, conditions: opened.conditions, significance: study.significance };
      await testStudy({ ...common, ...tests, memory, device });
    }
    const judged =
      study.judge && (await judgeStudy({ ...common, encounters: opened.encounters, judge: study.judge }));
    const measured = { ...common, memory, device };
    if (study.sensitivity) {
      const { sensitivity } = study;
      const { conditions } = opened;
      await measureSensitivity({ ...measured, conditions, sensitivity });
    }
    if (study.relationships) {
      const { scenarios } = opened;
      await measureRelationships({ ...measured, scenarios, relationships: study.relationships });
    }
    const probes = study.mentalStates
      ? await probeStudy({ ...common, mentalStates: study.mentalStates })
      : [];
    const networks = study.nonlinear
      ? await measureStudyNonlinear({ ...common, nonlinear: study.nonlinear })
      : [];
    if (study.correlation) await correlate(opened, study.correlation);
    const written = await writeReport(run);
    printer.finishLine();
    printSummary(written.input);
    for (const line of [...nonlinearLines(networks), ...probeLines(probes)])
      process.stdout.write(`${line}\n`);
    for (const line of correlationLines(written.input.correlation)) process.stdout.write(`${line}\n`);
    for (const line of judged ? judgeLines(judged) : []) process.stdout.write(`${line}\n`);
    process.stdout.write(`Report: ${written.page}\n`);
  } catch (error) {
    printer.finishLine();
    if (!(error instanceof Interrupted)) throw error;
    const again = options.interactions === undefined ? '' : ` --interactions ${options.interactions}`;
    process.stderr.write(`Stopped. What is recorded is safe; go on with: interbrain run ${file}${again}\n`);
    process.exitCode = 130;
  } finally {
    release();
  }
}
