// `interbrain model inspect`: what a checkpoint is, and, loaded, how fast it is and what it says.

import { basename } from 'node:path';
import type { LanguageModel } from '../models/language-model.ts';
import { checkDevice } from '../models/onnx/devices.ts';
import { checkDtype } from '../models/onnx/dtype.ts';
import { loadModel } from '../models/sources.ts';
import { measureSpeed } from '../models/speed.ts';
import { tellQuantizing } from '../studies/preparing.ts';
import type { ModelDocument } from './documents.ts';
import { findFolder } from './find-model.ts';
import { createQuietReader } from './json-reader.ts';
import { binarySize, labelTable } from './label-table.ts';
import { describeFolder, descriptionRows, type Loading, whereItRuns } from './model-description.ts';
import type { Reader } from './reader.ts';
import { createTerminalReader } from './terminal-line.ts';

interface InspectOptions {
  readonly prompt?: string;
  readonly dtype: string;
  readonly device: string;
  readonly measure?: boolean;
  readonly json?: boolean;
}

/** What a model that is loaded shows. */
type Trial = Pick<ModelDocument, 'loaded' | 'speed' | 'reply'>;

/** Says what a checkpoint is without loading its weights; with a prompt, loads it and lets it reply. */
export async function inspect(model: string, options: InspectOptions): Promise<void> {
  const { stdout, stderr } = process;
  const reader = options.json ? createQuietReader(stderr) : createTerminalReader(stderr, stderr);
  try {
    const device = await checkDevice('--device', options.device);
    const dtype = checkDtype('--dtype', options.dtype, device);
    const runs = await whereItRuns(device);
    const folder = await findFolder(model, reader);
    const loading = { dtype, device };
    const description = await describeFolder(folder, loading, runs);
    const tell = (rows: readonly (readonly [string, string | number])[]) => {
      if (!options.json) stdout.write(labelTable(rows));
    };
    tell(descriptionRows(description));
    for (const message of description.notes) reader.on({ type: 'warning', message });
    const wanted = options.prompt !== undefined || options.measure;
    const trial = wanted ? await tryModel(folder, loading, options, reader, tell) : {};
    if (options.json)
      stdout.write(`${JSON.stringify({ ...description, ...trial } satisfies ModelDocument)}\n`);
  } finally {
    reader.close();
  }
}

/** Loads a model for as long as it takes to see what it does. */
async function tryModel(
  folder: string,
  loading: Loading,
  { prompt, measure }: InspectOptions,
  reader: Reader,
  tell: (rows: readonly (readonly [string, string])[]) => void,
): Promise<Trial> {
  const onQuantize = tellQuantizing(reader.on, basename(folder));
  const start = performance.now();
  const model = await loadModel({ path: folder, ...loading }, { onQuantize });
  try {
    const loaded = { seconds: (performance.now() - start) / 1000, memoryBytes: process.memoryUsage().rss };
    const resident = binarySize(loaded.memoryBytes);
    tell([['loaded', `in ${loaded.seconds.toFixed(1)} s; this process now has ${resident}`]]);
    const speed = measure ? await speedOf(model) : undefined;
    if (speed) tell(speedRows(speed));
    const reply = prompt === undefined ? undefined : await replyTo(model, prompt);
    if (reply) tell(replyRows(reply));
    return { loaded, ...(speed && { speed }), ...(reply && { reply }) };
  } finally {
    await model.dispose();
  }
}

/** A prompt about as long as a study's first ones, in words that every tokenizer knows. */
const MEASURED_PROMPT =
  'The two of them sit down at a table and talk about the price of the old boat. '.repeat(24);

/** Tokens per second, of one conversation and of as many as are in memory. */
async function speedOf(model: LanguageModel): Promise<NonNullable<Trial['speed']>> {
  const prompt = model
    .tokenize([{ role: 'user', content: MEASURED_PROMPT }])
    .slice(0, Math.floor(model.info.contextLength / 2));
  const alone = await measureSpeed(model, prompt, { rows: 1 });
  const together = await measureSpeed(model, prompt, { seconds: 1 });
  return { alone, together };
}

function speedRows({ alone, together }: NonNullable<Trial['speed']>): [string, string][] {
  const rate = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} tokens/s`;
  const several = `${rate(together.speak)} in ${together.rows} conversations at once`;
  return [
    ['reads', `${rate(alone.read)} (a prompt of ${alone.promptTokens} tokens)`],
    ['speaks', `${rate(alone.speak)} alone, ${several}`],
  ];
}

async function replyTo(model: LanguageModel, prompt: string): Promise<NonNullable<Trial['reply']>> {
  const conversation = model.converse();
  try {
    const tokens = model.tokenize([{ role: 'user', content: prompt }]);
    const start = performance.now();
    await conversation.read(tokens);
    const read = performance.now();
    const reply = await conversation.reply(tokens, { temperature: 0.7, maxNewTokens: 100, seed: 'inspect' });
    return {
      text: reply.text,
      finish: reply.finish,
      promptTokens: tokens.length,
      readSeconds: (read - start) / 1000,
      tokens: reply.tokens.length,
      spokenSeconds: (performance.now() - read) / 1000,
    };
  } finally {
    conversation.close();
  }
}

function replyRows(reply: NonNullable<Trial['reply']>): [string, string][] {
  const row = (tokens: number, seconds: number) =>
    `${tokens} tokens, ${Math.round(tokens / seconds)} tokens/s`;
  return [
    ['reply', reply.text],
    ['read', row(reply.promptTokens, reply.readSeconds)],
    ['generated', row(reply.tokens, reply.spokenSeconds)],
  ];
}
