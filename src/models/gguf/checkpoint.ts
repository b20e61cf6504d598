// A GGUF file as a checkpoint, checked as a whole before anything is loaded. Its tensors get the names that they have in
// a checkpoint folder; their bytes stay in the file until weights-cache.ts makes of them what ONNX Runtime can read.

import { closeSync, openSync, readSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { CorruptFile, ModelMismatch } from '../../errors.ts';
import { at } from '../../numerics/lookup.ts';
import type { Checkpoint } from '../onnx/checkpoint-type.ts';
import { type ModelConfig, parseConfig } from '../onnx/config.ts';
import { expectedWeights } from '../onnx/expected-weights.ts';
import { hashFiles } from '../onnx/file-hash.ts';
import type { WeightEntry } from '../onnx/weight-entry.ts';
import { asGgufError, type GgufConfig, ggufConfig } from './config.ts';
import { type GgufHeader, type GgufTensor, parseGgufHeader } from './header.ts';
import { ggufTensorName } from './tensor-names.ts';
import { ggufTokenizer } from './tokenizer.ts';

/**
 * Opens a GGUF file and checks it.
 *
 * @throws BadInput if it is no regular file; CorruptFile if it is damaged; ModelMismatch for a model or a tokenizer that
 *   cannot be run exactly
 */
export async function openGguf(path: string): Promise<Checkpoint> {
  const header = parseGgufHeader(path);
  const found = ggufConfig(header, (name) => readSmall(header, name));
  const files = ggufTokenizer(header, found.name);
  const config = checkedConfig(path, { ...found.json, eos_token_id: files.endTokenIds });
  // The hub's cache has links, and ONNX Runtime refuses those that leave their folder.
  const real = await realpath(path);
  const weights = checkedWeights(header, config, found, basename(real));
  const shapes = [...weights.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return {
    folder: path,
    tokenizerConfig: files.tokenizerConfig,
    chatTemplate: files.chatTemplate,
    get tokenizer() {
      return files.tokenizer;
    },
    config,
    weights,
    weightsFolder: dirname(real),
    parameters: shapes.reduce((a, b) => a + b, 0),
    eosTokenIds: config.eosTokenIds,
    revision: await hashFiles([path]),
    gguf: true,
  };
}

function checkedConfig(path: string, json: unknown): ModelConfig {
  try {
    return parseConfig(path, json);
  } catch (error) {
    throw asGgufError(path, error);
  }
}

/** Tensors that the configuration was made of, or that llama.cpp works out itself. */
const NO_WEIGHTS = /^rope_(?:freqs|factors_short|factors_long)\.weight$|\.attn_rot_embd$/;

function checkedWeights(
  { path, tensors }: GgufHeader,
  config: ModelConfig,
  { interleavedHeads }: GgufConfig,
  file: string,
): Map<string, WeightEntry> {
  const weights = new Map<string, WeightEntry>();
  const used = new Set<string>();
  for (const [name, shape] of expectedWeights(config)) {
    const ggufName = ggufTensorName(name, config);
    const tensor = tensors.get(ggufName);
    const wanted = `${config.architecture} as its metadata has it wants ${ggufName} with shape [${shape.join(', ')}]`;
    if (!tensor) throw new ModelMismatch(path, `tensor ${ggufName} is missing; ${wanted}`);
    if (tensor.shape.join() !== shape.join())
      throw new ModelMismatch(
        path,
        `tensor ${ggufName} has shape [${tensor.shape.join(', ')}], but ${wanted}`,
      );
    used.add(ggufName);
    weights.set(name, { ...weightOf(name, tensor, config, interleavedHeads), file });
  }
  for (const name of tensors.keys())
    if (!used.has(name) && !NO_WEIGHTS.test(name))
      throw new ModelMismatch(
        path,
        `tensor ${name} has no place in ${config.architecture} as its metadata has it`,
      );
  return weights;
}

function weightOf(
  name: string,
  { type, shape, begin, end }: GgufTensor,
  config: ModelConfig,
  interleavedHeads: boolean,
): Omit<WeightEntry, 'file'> {
  const turned = interleavedHeads && /\.self_attn\.[qk]_proj\./.test(name);
  return {
    name,
    dtype: type,
    shape,
    begin,
    end,
    ...(turned && { interleavedRows: config.headSize }),
    ...(config.normsAddOne && /norm\.weight$/.test(name) && { plusOne: true }),
  };
}

/** Factors of rotary frequencies, which are float32. */
function readSmall({ path, tensors }: GgufHeader, name: string): number[] {
  const tensor = tensors.get(name);
  if (tensor?.type !== 'F32' || tensor.shape.length !== 1)
    throw new ModelMismatch(path, `tensor ${name} should be one row of F32`);
  const bytes = Buffer.alloc(tensor.end - tensor.begin);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, bytes, 0, bytes.length, tensor.begin) < bytes.length)
      throw new CorruptFile(path, `it ends within tensor ${name}; download the file again`);
  } finally {
    closeSync(file);
  }
  return Array.from({ length: at(tensor.shape, 0) }, (_, i) => bytes.readFloatLE(4 * i));
}
