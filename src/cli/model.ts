import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { embeddedModelFolder } from '../models/embedded.ts';
import { HUB_NAME } from '../models/hub/name.ts';
import { hubSnapshot } from '../models/hub/snapshot.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { type Checkpoint, openCheckpoint } from '../models/onnx/checkpoint.ts';
import type { ModelConfig } from '../models/onnx/config.ts';
import type { ModelDevice } from '../models/onnx/device-names.ts';
import { checkDevice, DEVICE_FACTS, tryDevice } from '../models/onnx/devices.ts';
import { checkDtype, type Dtype, dtypeNotes } from '../models/onnx/dtype.ts';
import { modelMemory } from '../models/onnx/memory.ts';
import { loadModel } from '../models/sources.ts';
import { measureSpeed } from '../models/speed.ts';
import { formatBytes } from './bytes.ts';
import { createProgressPrinter, downloadProgress, quantizeProgress } from './progress.ts';

function table(rows: readonly (readonly [string, string | number])[]): string {
  return rows.map(([label, value]) => `${label.padEnd(16)}${value}\n`).join('');
}

const binarySize = (bytes: number) =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** A folder, `hub:org/name`, `org/name` if there is no such folder, or the name of an embedded model. */
export async function findFolder(model: string): Promise<string> {
  if (existsSync(model)) return model;
  const prefixed = model.startsWith('hub:');
  if (!prefixed && !HUB_NAME.test(model)) return embeddedModelFolder(model, model);
  if (!prefixed) process.stderr.write(`No folder ${model} here: taken as the name of a hub model.\n`);
  const printer = createProgressPrinter(process.stderr);
  try {
    const name = prefixed ? model.slice('hub:'.length) : model;
    const { folder } = await hubSnapshot(name, { onDownload: downloadProgress(printer.update) });
    return folder;
  } finally {
    printer.finishLine();
  }
}

interface InspectOptions {
  readonly prompt?: string;
  readonly dtype: string;
  readonly device: string;
  readonly measure?: boolean;
}

/** Says what a checkpoint is without loading its weights; with a prompt, loads it and lets it reply. */
export async function inspect(model: string, options: InspectOptions): Promise<void> {
  const device = await checkDevice('--device', options.device);
  const dtype = checkDtype('--dtype', options.dtype, device);
  const runs = await whereItRuns(device);
  const folder = await findFolder(model);
  const checkpoint = await openCheckpoint(folder);
  const { config, weights, parameters, revision } = checkpoint;
  const bytes = [...weights.values()].reduce((sum, weight) => sum + weight.end - weight.begin, 0);
  const types = [...new Set([...weights.values()].map((weight) => weight.dtype))].join(', ');
  process.stdout.write(
    table([
      ['folder', folder],
      ['architecture', config.architecture],
      ['layers', config.layers],
      ['hidden size', config.hiddenSize],
      ['heads', `${config.heads} (${config.kvHeads} for keys and values)`],
      ['vocabulary', config.vocabSize],
      ['context', `${config.maxPositions} tokens${windows(config)}`],
      [
        'parameters',
        `${(parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 0)} M, ${types} on disk (${binarySize(bytes)})`,
      ],
      ['revision', revision],
      ['runs', runs],
      ['dtype', dtype],
      ...memory(checkpoint, dtype, device),
    ]),
  );
  for (const note of dtypeNotes(dtype)) process.stderr.write(`Warning: ${note}\n`);
  if (options.prompt !== undefined || options.measure)
    await withModel(folder, dtype, device, async (loaded) => {
      if (options.measure) await printSpeed(loaded);
      if (options.prompt !== undefined) await tryOut(loaded, options.prompt);
    });
}

async function whereItRuns(device: ModelDevice): Promise<string> {
  if (device === 'cpu') return 'yes, on the CPU';
  try {
    await tryDevice(device);
    return `yes, on ${device}: ${DEVICE_FACTS[device].tested}`;
  } catch (error) {
    return `not here: ${(error as Error).message}`;
  }
}

/** Longest prompt plus reply that memory is stated for: the default of a study, tokens. */
const CONTEXT = 4096;

/** What the model needs, and what there is. */
function memory(checkpoint: Checkpoint, dtype: Dtype, device: ModelDevice): [string, string][] {
  const { weights, loading, token } = modelMemory(checkpoint, dtype);
  const tokens = Math.min(CONTEXT, checkpoint.config.maxPositions);
  const others = (['fp32', 'q8', 'q4'] as const)
    .filter((other) => other !== dtype)
    .map((other) => `${other} ${binarySize(modelMemory(checkpoint, other).weights)}`);
  const where = device === 'cpu' ? '' : ` on ${device}`;
  return [
    [
      'weights',
      `${binarySize(weights)}${where}, while loading ${binarySize(loading)} (${others.join(', ')})`,
    ],
    [
      'cache',
      `${formatBytes(token)} per token, ${binarySize(token * tokens)} per conversation of ${tokens} tokens (an episode holds two, one of each model)`,
    ],
    ['free memory', binarySize(process.availableMemory())],
  ];
}

/** Loads a model for as long as `use` needs it, and says how long that took. */
async function withModel(
  folder: string,
  dtype: Dtype,
  device: ModelDevice,
  use: (model: LanguageModel) => Promise<void>,
): Promise<void> {
  const printer = createProgressPrinter(process.stderr);
  const onQuantize = quantizeProgress(printer.update, basename(folder));
  const start = performance.now();
  const model = await loadModel({ path: folder, dtype, device }, { onQuantize });
  printer.finishLine();
  const seconds = (performance.now() - start) / 1000;
  try {
    const resident = binarySize(process.memoryUsage().rss);
    process.stdout.write(table([['loaded', `in ${seconds.toFixed(1)} s; this process now has ${resident}`]]));
    await use(model);
  } finally {
    await model.dispose();
  }
}

/** A prompt about as long as a study's first ones, in words that every tokenizer knows. */
const MEASURED_PROMPT =
  'The two of them sit down at a table and talk about the price of the old boat. '.repeat(24);

/** Tokens per second, of one conversation and of as many as are in memory. */
async function printSpeed(model: LanguageModel): Promise<void> {
  const prompt = model
    .tokenize([{ role: 'user', content: MEASURED_PROMPT }])
    .slice(0, Math.floor(model.info.contextLength / 2));
  const alone = await measureSpeed(model, prompt, { rows: 1 });
  const together = await measureSpeed(model, prompt, { seconds: 1 });
  const rate = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} tokens/s`;
  process.stdout.write(
    table([
      ['reads', `${rate(alone.read)} (a prompt of ${prompt.length} tokens)`],
      [
        'speaks',
        `${rate(alone.speak)} alone, ${rate(together.speak)} in ${together.rows} conversations at once`,
      ],
    ]),
  );
}

async function tryOut(model: LanguageModel, prompt: string): Promise<void> {
  const conversation = model.converse();
  try {
    const tokens = model.tokenize([{ role: 'user', content: prompt }]);
    const start = performance.now();
    await conversation.read(tokens);
    const read = performance.now();
    const reply = await conversation.reply(tokens, { temperature: 0.7, maxNewTokens: 100, seed: 'inspect' });
    const spoken = performance.now();
    process.stdout.write(
      table([
        ['reply', reply.text],
        ['read', `${tokens.length} tokens, ${Math.round((tokens.length / (read - start)) * 1000)} tokens/s`],
        [
          'generated',
          `${reply.tokens.length} tokens, ${Math.round((reply.tokens.length / (spoken - read)) * 1000)} tokens/s`,
        ],
      ]),
    );
  } finally {
    conversation.close();
  }
}

/** `, sliding window 4096`, or `... in 13 of 26 layers`. */
function windows({ attention }: ModelConfig): string {
  const local = attention.filter(({ window }) => window !== null);
  if (local.length === 0) return '';
  const where = local.length === attention.length ? '' : ` in ${local.length} of ${attention.length} layers`;
  return `, sliding window ${local[0]!.window}${where}`;
}
