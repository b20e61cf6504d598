// A checkpoint folder in Hugging Face layout, checked as a whole before anything is loaded: every file that a
// model needs is there, and every tensor that the architecture expects is there with the right shape and no
// other. A tensor that we would silently ignore (a bias, say) would make a model that talks, but is not the one
// in the folder.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { BadInput, CorruptFile, ModelMismatch } from '../../errors.ts';
import { parseSafetensorsHeader } from '../../numerics/safetensors.ts';
import { readJsonObject } from '../json-file.ts';
import {
  CHAT_TEMPLATE,
  readTokenizerFiles,
  TOKENIZER,
  TOKENIZER_CONFIG,
  type TokenizerFiles,
} from '../tokenizer-files.ts';
import { type ModelConfig, parseConfig, parseEosTokenIds } from './config.ts';
import { expectedWeights } from './expected-weights.ts';
import { rememberHash } from './remembered-hash.ts';
import type { WeightEntry } from './weight-entry.ts';

export interface Checkpoint extends TokenizerFiles {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, WeightEntry>;
  /** The real folder that all weight files are in or below: where the links of a Hugging Face cache lead. */
  readonly weightsFolder: string;
  /** Number of weights; a tied LM head is not counted twice. */
  readonly parameters: number;
  /** Tokens that end a reply, from config.json and generation_config.json. */
  readonly eosTokenIds: readonly number[];
  /** Hex SHA-256 over names, sizes and bytes of all the files above. */
  readonly revision: string;
}

const CONFIG = 'config.json';
const NEEDED = [CONFIG, TOKENIZER, TOKENIZER_CONFIG];
const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const LAYOUT = `a checkpoint folder holds config.json, tokenizer.json, tokenizer_config.json and ${SINGLE} (or ${INDEX} with its shards)`;

/**
 * Opens a checkpoint folder and checks it.
 *
 * @throws BadInput if it is no folder; ModelMismatch if files or tensors are missing, too many, or of another
 *   shape or type than config.json says; CorruptFile if a file is damaged
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  await checkFolder(folder);
  const config = parseConfig(folder, await readJsonObject(join(folder, CONFIG)));
  const weightFiles = await listWeightFiles(folder);
  const { weights, weightsFolder } = await readHeaders(folder, weightFiles);
  const parameters = checkWeights(folder, config, weights);
  const generation = join(folder, 'generation_config.json');
  const optional = await existing([join(folder, CHAT_TEMPLATE), generation]);
  const eos = optional.includes(generation) ? parseEosTokenIds(folder, await readJsonObject(generation)) : [];
  return {
    ...(await readTokenizerFiles(folder)),
    config,
    weights,
    weightsFolder,
    parameters,
    eosTokenIds: [...new Set([...config.eosTokenIds, ...eos])],
    revision: await hashFiles([...NEEDED.map((name) => join(folder, name)), ...optional, ...weightFiles]),
  };
}

/** Returns the number of parameters. */
function checkWeights(
  folder: string,
  config: ModelConfig,
  weights: ReadonlyMap<string, WeightEntry>,
): number {
  const expected = expectedWeights(config);
  let parameters = 0;
  for (const [name, shape] of expected) {
    const found = weights.get(name);
    const wanted = `config.json expects ${name} with shape [${shape.join(', ')}]`;
    if (!found) throw new ModelMismatch(folder, `tensor ${name} is missing; ${wanted}`);
    if (found.shape.join() !== shape.join())
      throw new ModelMismatch(folder, `tensor ${name} has shape [${found.shape.join(', ')}], but ${wanted}`);
    if (!['F32', 'F16', 'BF16'].includes(found.dtype))
      throw new ModelMismatch(folder, `tensor ${name} is ${found.dtype}; weights must be F32, F16 or BF16`);
    parameters += shape.reduce((product, length) => product * length, 1);
  }
  for (const name of weights.keys()) {
    // A tied head may be saved as well; old Llama checkpoints carry their rotary frequencies.
    const harmless = name === 'lm_head.weight' || name.endsWith('.rotary_emb.inv_freq');
    if (!expected.has(name) && !harmless)
      throw new ModelMismatch(
        folder,
        `tensor ${name} has no place in ${config.architecture} as config.json has it`,
      );
  }
  return parameters;
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new BadInput(folder, `is not a folder; ${LAYOUT}`);
  const there = (await existing(NEEDED.map((name) => join(folder, name)))).map((path) => basename(path));
  const missing = NEEDED.filter((name) => !there.includes(name));
  const weights = await existing([join(folder, SINGLE), join(folder, INDEX)]);
  if (weights.length === 0) missing.push(SINGLE);
  if (missing.length > 0)
    throw new ModelMismatch(
      folder,
      `missing ${missing.join(', ')}; ${LAYOUT}. Download the missing files again`,
    );
}

/** The paths that exist, in the order given. */
async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, i) => found[i]);
}

async function listWeightFiles(folder: string): Promise<string[]> {
  const single = join(folder, SINGLE);
  if ((await existing([single])).length > 0) return [single];
  const index = join(folder, INDEX);
  const parsed = z
    .object({ weight_map: z.record(z.string(), z.string()) })
    .safeParse(await readJsonObject(index));
  if (!parsed.success) throw new CorruptFile(index, 'weight_map must be an object from tensor to file name');
  const names = [...new Set(Object.values(parsed.data.weight_map))].sort();
  const outside = names.find((name) => name !== basename(name));
  if (outside !== undefined)
    throw new CorruptFile(index, `weight_map names ${outside}; only files in the same folder are valid`);
  const shards = names.map((name) => join(folder, name));
  const there = await existing(shards);
  const missing = shards.filter((path) => !there.includes(path)).map((path) => basename(path));
  if (missing.length > 0)
    throw new ModelMismatch(
      folder,
      `missing ${missing.join(', ')}; ${INDEX} names them. Download them again`,
    );
  return shards;
}

async function readHeaders(
  folder: string,
  files: readonly string[],
): Promise<{ weights: Map<string, WeightEntry>; weightsFolder: string }> {
  const weights = new Map<string, WeightEntry>();
  // ONNX Runtime refuses links that leave the folder, and a Hugging Face cache consists of such links; newer ones
  // lead on, to a store with a folder per prefix.
  const real = await Promise.all(files.map(async (path) => ({ path, leadsTo: await realpath(path) })));
  const weightsFolder = commonFolder(real.map(({ leadsTo }) => leadsTo));
  for (const { path, leadsTo } of real) {
    const file = relative(weightsFolder, leadsTo).split(sep).join('/');
    const { tensors } = await parseSafetensorsHeader(path);
    for (const [name, entry] of tensors) {
      if (weights.has(name)) throw new ModelMismatch(folder, `tensor ${name} stands in two files`);
      weights.set(name, { ...entry, file });
    }
  }
  return { weights, weightsFolder };
}

/** The deepest folder that holds all of these files, itself or below. */
function commonFolder(files: readonly string[]): string {
  const [first = ''] = files;
  const inside = (folder: string) =>
    files.every((file) => !/^\.\.(?:[\\/]|$)|^[A-Z]:/.test(relative(folder, file)));
  let folder = dirname(first);
  while (!inside(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function hashFiles(paths: readonly string[]): Promise<string> {
  return rememberHash(paths, () => computeHash(paths));
}

async function computeHash(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(`${basename(path)}\0${(await stat(path)).size}\0`);
    const bytes: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1 << 20 });
    for await (const chunk of bytes) hash.update(chunk);
  }
  return hash.digest('hex');
}
