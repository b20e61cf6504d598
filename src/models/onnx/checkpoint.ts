// A checkpoint folder in Hugging Face layout, checked as a whole before anything is loaded: every file that a
// model needs is there, and every tensor that the architecture expects is there with the right shape and no
// other. A tensor that we would silently ignore (a bias, say) would make a model that talks, but is not the one
// in the folder.

import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { CorruptFile, ModelMismatch } from '../../errors.ts';
import { parseSafetensorsHeader } from '../../numerics/safetensors.ts';
import { openGguf } from '../gguf/checkpoint.ts';

import { readJsonObject } from '../json-file.ts';
import { CHAT_TEMPLATE, OPTIONAL_TOKENIZER_FILES, readTokenizerFiles } from '../tokenizer-files.ts';
import { CONFIG, checkFolder, existing, INDEX, NEEDED, refusePointer, SINGLE } from './checkpoint-folder.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import { type ModelConfig, parseConfig, parseEosTokenIds } from './config.ts';
import { expectedWeights } from './expected-weights.ts';
import { hashFiles } from './file-hash.ts';
import { nameWeights } from './tensor-names.ts';
import type { WeightEntry } from './weight-entry.ts';

const TOGETHER = 'config.json and the weights must be those of one checkpoint: download both again';

/**
 * Opens a checkpoint, a folder or a GGUF file, and checks it.
 *
 * @throws BadInput if it is neither; ModelMismatch if files or tensors are missing, too many, or of another
 *   shape or type than config.json says; CorruptFile if a file is damaged
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  if (await isGguf(folder)) return openGguf(folder);
  await checkFolder(folder);
  const asked = parseConfig(folder, await readJsonObject(join(folder, CONFIG)));
  const weightFiles = await listWeightFiles(folder);
  for (const path of weightFiles) await refusePointer(path);
  const { weights: found, weightsFolder } = await readHeaders(folder, weightFiles);
  const { config, weights } = await nameWeights(folder, weightsFolder, asked, found);
  const parameters = checkWeights(folder, config, weights);
  const generation = join(folder, 'generation_config.json');
  const optional = await existing([
    join(folder, CHAT_TEMPLATE),
    generation,
    ...OPTIONAL_TOKENIZER_FILES.map((name) => join(folder, name)),
  ]);
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
    if (!found) throw new ModelMismatch(folder, `tensor ${name} is missing; ${wanted}; ${TOGETHER}`);
    if (found.shape.join() !== shape.join())
      throw new ModelMismatch(
        folder,
        `tensor ${name} has shape [${found.shape.join(', ')}], but ${wanted}; ${TOGETHER}`,
      );
    if (!['F32', 'F16', 'BF16'].includes(found.dtype))
      throw new ModelMismatch(folder, `tensor ${name} is ${found.dtype}; weights must be F32, F16 or BF16`);
    parameters += shape.reduce((product, length) => product * length, 1);
  }
  for (const name of weights.keys()) {
    // Old Llama checkpoints carry their rotary frequencies.
    if (!expected.has(name) && !name.endsWith('.rotary_emb.inv_freq'))
      throw new ModelMismatch(
        folder,
        `tensor ${name} has no place in ${config.architecture} as config.json has it; ${TOGETHER}`,
      );
  }
  return parameters;
}

/** A file, or what is called like one. */
async function isGguf(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found ? !found.isDirectory() : path.endsWith('.gguf');
}

async function listWeightFiles(folder: string): Promise<string[]> {
  const single = join(folder, SINGLE);
  if ((await existing([single])).length > 0) return [single];
  const index = join(folder, INDEX);
  const parsed = z
    .object({
      weight_map: z.record(z.string(), z.string()).refine((map) => Object.keys(map).length > 0),
    })
    .safeParse(await readJsonObject(index));
  if (!parsed.success)
    throw new CorruptFile(
      index,
      'weight_map must be an object from tensor to file name, of one tensor at least; download it again',
    );
  const names = [...new Set(Object.values(parsed.data.weight_map))].sort();
  const outside = names.find((name) => name !== basename(name) || ['', '.', '..'].includes(name));
  if (outside !== undefined)
    throw new CorruptFile(
      index,
      `weight_map names ${JSON.stringify(outside)}; only files in the same folder are valid; download it again`,
    );
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
      if (weights.has(name))
        throw new ModelMismatch(folder, `tensor ${name} stands in two files; ${TOGETHER}`);
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
