import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { embeddedModelFolder } from '../models/embedded.ts';
import { HUB_NAME } from '../models/hub/name.ts';
import { hubSnapshot } from '../models/hub/snapshot.ts';
import { loadModel } from '../models/load.ts';
import { type Checkpoint, openCheckpoint } from '../models/onnx/checkpoint.ts';
import type { ModelConfig } from '../models/onnx/config.ts';
import { checkDtype, type Dtype, dtypeNotes } from '../models/onnx/dtype.ts';
import { quantizedMemory } from '../models/onnx/weights-cache.ts';
import { createProgressPrinter, downloadProgress, quantizeProgress } from './progress.ts';

function table(rows: readonly (readonly [string, string | number])[]): string {
  return rows.map(([label, value]) => `${label.padEnd(16)}${value}\n`).join('');
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

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
}

/** Says what a checkpoint is without loading its weights; with a prompt, loads it and lets it reply. */
export async function inspect(model: string, options: InspectOptions): Promise<void> {
  const dtype = checkDtype('--dtype', options.dtype);
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
        `${(parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 0)} M, ${types} on disk (${mebibytes(bytes)})`,
      ],
      ['dtype', dtype],
      ['memory', memory(checkpoint)],
      ['revision', revision],
      ['runs', 'yes, on the CPU'],
    ]),
  );
  for (const note of dtypeNotes(dtype)) process.stderr.write(`Warning: ${note}\n`);
  if (options.prompt !== undefined) await tryOut(folder, options.prompt, dtype);
}

/** `fp32 4.2 GiB, q8 1.4 GiB, q4 1.1 GiB, and the cache of keys and values`. */
function memory(checkpoint: Checkpoint): string {
  const sizes = [
    ['fp32', checkpoint.parameters * 4],
    ['q8', quantizedMemory(checkpoint, 8)],
    ['q4', quantizedMemory(checkpoint, 4)],
  ] as const;
  const list = sizes.map(([name, bytes]) => `${name} ${mebibytes(bytes)}`).join(', ');
  return `${list}; besides, the cache of keys and values`;
}

async function tryOut(folder: string, prompt: string, dtype: Dtype): Promise<void> {
  const printer = createProgressPrinter(process.stderr);
  const onQuantize = quantizeProgress(printer.update, basename(folder));
  const model = await loadModel({ path: folder, dtype, onQuantize });
  printer.finishLine();
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
    await model.dispose();
  }
}

/** `, sliding window 4096`, or `... in 13 of 26 layers`. */
function windows({ attention }: ModelConfig): string {
  const local = attention.filter(({ window }) => window !== null);
  if (local.length === 0) return '';
  const where = local.length === attention.length ? '' : ` in ${local.length} of ${attention.length} layers`;
  return `, sliding window ${local[0]!.window}${where}`;
}
