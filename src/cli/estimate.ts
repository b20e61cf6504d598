import type { LanguageModel } from '../models/language-model.ts';
import type { QuantizeProgress } from '../models/onnx/weights-cache.ts';
import type { Device } from '../numerics/device.ts';
import {
  type EpisodesEstimate,
  estimateStudy,
  type ReadingsEstimate,
  type StudyEstimate,
} from '../studies/estimate.ts';
import type { MeasureEstimate } from '../studies/estimate-measure.ts';
import { disposeModels, loadModels, openStudy } from '../studies/open.ts';
import { formatBytes } from './bytes.ts';
import { Interrupted, interruptSignal } from './interrupt.ts';
import { createProgressPrinter, downloadProgress, duration, quantizeProgress } from './progress.ts';

interface EstimateCommand {
  readonly out: string;
  readonly seconds: number;
  readonly threads?: number;
  readonly device: Device;
  readonly memory?: number;
  readonly kvMemory?: number;
  readonly atOnce?: number;
  readonly interactions?: number;
}

const round = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

function line(label: string, text: string): string {
  return `${label.padEnd(12)}${text}\n`;
}

function episodeLines(episodes: EpisodesEstimate): string {
  const { total, recorded, playedEpisodes, playedTurns, playedSeconds, turns, assumedFrom } = episodes;
  const missing = total - recorded;
  const heard = `${playedTurns} turns and ${playedEpisodes} whole episodes played in ${duration(playedSeconds)}`;
  const assumed =
    assumedFrom === undefined
      ? ''
      : `; turns from the ${assumedFrom}. on were not heard and are assumed to take place, so it may be less`;
  return (
    line(
      'episodes',
      `${duration(episodes.seconds)} for ${missing}${recorded > 0 ? ` (${recorded} of ${total} are recorded)` : ''}`,
    ) +
    line('', `from ${heard}${assumed}`) +
    line(
      '',
      `an episode has ${turns.toFixed(1)} turns; a turn reads ${round(episodes.read)} and speaks ${round(episodes.spoken)} tokens`,
    )
  );
}

function readingLines(readings: ReadingsEstimate | undefined): string {
  if (!readings) return '';
  const { total, recorded, seconds } = readings;
  const done = recorded > 0 ? ` (${recorded} of ${total} are recorded)` : '';
  return line('readings', `${duration(seconds)} for ${total - recorded}${done}, from how fast models read`);
}

function measureLines(measure: MeasureEstimate): string {
  const { measurements, samples, seconds, measuredLayers, layers, realStates, failure } = measure;
  if (failure !== undefined) return line('measure', `would fail: ${failure}`);
  const states = realStates ? 'the states of what was played, repeated' : 'random states of that size';
  const scaled = measuredLayers < layers ? `, ${measuredLayers} of ${layers} layers and the rest scaled` : '';
  return (
    line('measure', `${duration(seconds)} for ${measurements} measurements of about ${samples} samples`) +
    line('', `from ${states}${scaled}; conditions that share their fits take less`)
  );
}

function print({ speeds, episodes, readings, measure, notCounted }: StudyEstimate): void {
  for (const [name, { read, promptTokens, speak, rows }] of speeds)
    process.stdout.write(
      line(
        name,
        `reads ${round(read)} tokens/s (a first prompt of ${promptTokens}), speaks ${round(speak)} in ${rows} conversations at once`,
      ),
    );
  process.stdout.write(
    episodeLines(episodes) +
      readingLines(readings) +
      measureLines(measure) +
      line('disk', `${formatBytes(episodes.bytes)} for episodes and states`) +
      line(
        'memory',
        `${formatBytes(process.memoryUsage().rss)} with the models and what they remember, measured`,
      ) +
      line('in all', `about ${duration(episodes.seconds + (readings?.seconds ?? 0) + measure.seconds)}`) +
      line('not counted', notCounted.join('; ')),
  );
}

/** `interbrain estimate`: what a study will take here, from playing a little of it. */
export async function estimate(file: string, options: EstimateCommand): Promise<void> {
  const opened = await openStudy(file, options.out, {
    interactions: options.interactions,
    purpose: 'estimate',
  });
  const printer = createProgressPrinter(process.stderr);
  const { signal, release } = interruptSignal();
  let models: Map<string, LanguageModel> | undefined;
  try {
    const onQuantize = (name: string, progress: QuantizeProgress) =>
      quantizeProgress(printer.update, name)(progress);
    const start = performance.now();
    models = await loadModels(
      opened,
      { ...options, onQuantize },
      { onDownload: downloadProgress(printer.update), signal },
    );
    printer.finishLine();
    process.stdout.write(
      `${opened.study.name} on this machine, now:\n` +
        line('loading', duration((performance.now() - start) / 1000)),
    );
    const onStage = (what: string) => process.stderr.write(`${what} …\n`);
    print(await estimateStudy(opened, models, { ...options, onStage, signal }));
  } catch (error) {
    printer.finishLine();
    if (!(error instanceof Interrupted)) throw error;
    process.stderr.write('Stopped. Nothing was changed.\n');
    process.exitCode = 130;
  } finally {
    if (models) await disposeModels(models);
    release();
  }
}
