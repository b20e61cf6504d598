// The names under which a checkpoint keeps its tensors, and its output head, brought to those that the graph asks for:
// as transformers does it, and no further.

import { join } from 'node:path';
import { ModelMismatch } from '../../errors.ts';
import { readTensorBytes } from '../../numerics/safetensors.ts';
import type { ModelConfig } from './config.ts';
import { expectedWeights } from './expected-weights.ts';
import type { WeightEntry } from './weight-entry.ts';

const EMBEDDINGS = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

/** Where a checkpoint's tensors are, and what they make of its configuration. */
export interface NamedWeights {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, WeightEntry>;
}

/**
 * A base model's tensors, saved without its prefix, get it. Of a checkpoint whose head is tied to its embeddings either
 * may be missing; one that has both, and they differ, keeps its own head, whatever config.json says.
 *
 * @throws ModelMismatch for an adapter or a wrapper among the tensors, and for quantised ones
 */
export async function nameWeights(
  folder: string,
  weightsFolder: string,
  config: ModelConfig,
  found: ReadonlyMap<string, WeightEntry>,
): Promise<NamedWeights> {
  const expected = expectedWeights({ ...config, tiedEmbeddings: false });
  for (const entry of found.values()) refuseForeign(folder, entry, expected);
  const weights = new Map<string, WeightEntry>();
  for (const [name, entry] of found) {
    const inner = `model.${name}`;
    const outer = name.replace(/^model\./, '');
    const own = expected.has(name) ? name : expected.has(inner) ? inner : expected.has(outer) ? outer : name;
    if (weights.has(own)) throw new ModelMismatch(folder, `tensor ${own} is there twice, once as ${name}`);
    weights.set(own, { ...entry, name: own });
  }
  refuseWrapper(folder, weights);
  if (!config.tiedEmbeddings) return { config, weights };
  return tie(weightsFolder, config, weights);
}

async function tie(
  weightsFolder: string,
  config: ModelConfig,
  weights: Map<string, WeightEntry>,
): Promise<NamedWeights> {
  const embeddings = weights.get(EMBEDDINGS);
  const head = weights.get(HEAD);
  if (head === undefined) return { config, weights };
  if (embeddings !== undefined && !(await sameTensor(weightsFolder, embeddings, head)))
    return { config: { ...config, tiedEmbeddings: false }, weights };
  weights.delete(HEAD);
  weights.set(EMBEDDINGS, embeddings ?? { ...head, name: EMBEDDINGS });
  return { config, weights };
}

/** Bytes of a tensor that are compared at once. */
const PIECE = 2 ** 23;

/** Whether two tensors hold the same numbers; of another type they are taken to differ, which costs memory alone. */
async function sameTensor(weightsFolder: string, a: WeightEntry, b: WeightEntry): Promise<boolean> {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const size = a.end - a.begin;
  for (let from = 0; from < size; from += PIECE) {
    const range: [number, number] = [from, Math.min(size, from + PIECE)];
    const read = (entry: WeightEntry) => readTensorBytes(join(weightsFolder, entry.file), entry, range);
    if (Buffer.compare(await read(a), await read(b)) !== 0) return false;
  }
  return true;
}

const PEFT = /^base_model\.model\.|\.base_layer\.|\.lora_(A|B|embedding_[AB]|magnitude_vector)\b/;
const QUANTISED =
  /\.(qweight|qzeros|g_idx|scales|qscales|biases|weight_packed|weight_scale(_inv)?|weight_zero_point|absmax|SCB|quant_map|quant_state\..*|nested_absmax)$/;
const ADVICE = 'take the checkpoint in F32, F16 or BF16 that it was made from';

function refuseForeign(
  folder: string,
  { name, dtype }: WeightEntry,
  expected: ReadonlyMap<string, unknown>,
): void {
  if (PEFT.test(name))
    throw new ModelMismatch(
      folder,
      `tensor ${name} belongs to an adapter: the checkpoint was saved with peft's prefix base_model.model. and its adapters still in it; merge them (model.merge_and_unload()) and save the model again`,
    );
  if (QUANTISED.test(name))
    throw new ModelMismatch(folder, `tensor ${name} (${dtype}) is part of a quantised checkpoint; ${ADVICE}`);
  if (expected.has(name) && !['F64', 'F32', 'F16', 'BF16'].includes(dtype))
    throw new ModelMismatch(
      folder,
      `tensor ${name} is ${dtype}, as quantised checkpoints have it; weights must be F32, F16 or BF16: ${ADVICE}`,
    );
}

/** A prefix that a training program has left: every tensor would be missing under its own name. */
function refuseWrapper(folder: string, weights: ReadonlyMap<string, WeightEntry>): void {
  if (weights.has(EMBEDDINGS)) return;
  for (const name of weights.keys()) {
    const prefix = /^(.+?\.)(?:model\.)?embed_tokens\.weight$/.exec(name)?.[1];
    if (prefix !== undefined)
      throw new ModelMismatch(
        folder,
        `its tensors begin with ${prefix}, which a wrapper has left (${name} should be ${EMBEDDINGS}); save the inner model again`,
      );
  }
}
