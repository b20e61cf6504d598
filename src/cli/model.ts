import { existsSync } from 'node:fs';
import { embeddedModelFolder } from '../models/embedded.ts';
import { HUB_NAME } from '../models/hub/name.ts';
import { hubSnapshot } from '../models/hub/snapshot.ts';
import { loadModel } from '../models/load.ts';
import { openCheckpoint } from '../models/onnx/checkpoint.ts';
import type { ModelConfig } from '../models/onnx/config.ts';
import { createProgressPrinter, downloadProgress } from './progress.ts';

function table(rows: readonly (readonly [string, string | number])[]): string {
  return rows.map(([label, value]) => `${label.padEnd(16)}${value}\n`).join('');
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** A folder, `hub:org/name`, `org/name` if there is no such folder, or the name of an embedded model. */
async function findFolder(model: string): Promise<string> {
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

/** Says what a checkpoint is without loading its weights; with a prompt, loads it and lets it reply. */
export async function inspect(model: string, options: { readonly prompt?: string }): Promise<void> {
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
      ['memory', `about ${mebibytes(parameters * 4)} in float32, and the cache of keys and values`],
      ['revision', revision],
      ['runs', 'yes, on the CPU in float32'],
    ]),
  );
  if (options.prompt !== undefined) await tryOut(folder, options.prompt);
}

async function tryOut(folder: string, prompt: string): Promise<void> {
  const model = await loadModel({ path: folder });
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
