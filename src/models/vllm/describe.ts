// What a model on a server will be, from the files that turn chats into its tokens: config.json, tokenizer and template.
// Its weights are on the server; that they are those of these files is what a connection tries to find out (probe.ts).

import { access } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { BadInput, ModelMismatch } from '../../errors.ts';
import { firstIssue } from '../../files/issue-text.ts';
import type { Capability } from '../capabilities.ts';
import { isJsonObject, type JsonObject, readJsonObject } from '../json-file.ts';
import type { ModelInfo } from '../language-model.ts';
import { CONFIG, existing, NEEDED, refusePointer } from '../onnx/checkpoint-folder.ts';
import { parseConfig, parseEosTokenIds } from '../onnx/config.ts';
import { eosSchema, layerCount } from '../onnx/config-settings.ts';
import { expectedWeights } from '../onnx/expected-weights.ts';
import { hashFiles } from '../onnx/file-hash.ts';
import {
  CHAT_TEMPLATE,
  chatTemplateOf,
  OPTIONAL_TOKENIZER_FILES,
  readTokenizerFiles,
  type TokenizerFiles,
} from '../tokenizer-files.ts';
import type { ServedDtype } from './dtypes.ts';

/** What decides, beside the files, what a model on a server is. */
export interface ServedIdentity {
  /** The name shown to users. */
  readonly id?: string | undefined;
  readonly commit?: string | undefined;
  /** Longest prompt plus reply, tokens; 4095 by default, and always less than the model was trained for. */
  readonly contextLength?: number | undefined;
  /** What the server computes in; by default what vLLM takes for these weights. */
  readonly dtype?: ServedDtype | undefined;
}

/** A model on a server, as its files say it. */
export interface ServedModel {
  readonly info: ModelInfo;
  readonly files: TokenizerFiles;
  /** Tokens that end a reply. */
  readonly eosTokenIds: readonly number[];
}

/** The prefill that every device gives, label probabilities token by token; no logits, and no bytes that repeat. */
const CAPABILITIES: readonly Capability[] = ['likelihoods'];

/** A server generates a token at least, so that a prompt that fills this fits into 4096. */
const DEFAULT_CONTEXT = 4095;

/** `ModelInfo.device` of a model on a vLLM server. */
export const VLLM = 'vllm';

const NOTE =
  'computed on a vLLM server: replies and states repeat to the last byte only if the same requests run side by side, so the token ids of every reply are recorded';

const count = z.int().positive();
const configSchema = z.object({
  architectures: z.tuple([z.string()], z.string()),
  num_hidden_layers: layerCount,
  hidden_size: count,
  vocab_size: count,
  max_position_embeddings: count,
  dtype: z.string().nullish(),
  eos_token_id: eosSchema,
});

/**
 * Reads a folder that holds config.json, tokenizer.json and tokenizer_config.json; weights are not looked at.
 *
 * @throws BadInput if it is no such folder; ModelMismatch for a config.json or a template that cannot be used; CorruptFile
 */
export async function describeServed(folder: string, identity: ServedIdentity = {}): Promise<ServedModel> {
  await checkFiles(folder);
  const json = await readJsonObject(join(folder, CONFIG));
  const config = readConfig(folder, json);
  const files = await readTokenizerFiles(folder);
  const generation = join(folder, 'generation_config.json');
  const optional = await existing(
    [CHAT_TEMPLATE, ...OPTIONAL_TOKENIZER_FILES].map((name) => join(folder, name)).concat(generation),
  );
  const ends = optional.includes(generation)
    ? parseEosTokenIds(folder, await readJsonObject(generation))
    : [];
  const { id = basename(resolve(folder)), commit, contextLength = DEFAULT_CONTEXT } = identity;
  const notes = [...chatTemplateOf(files).template.notes, NOTE];
  const info: ModelInfo = {
    id,
    revision: await hashFiles([...NEEDED.map((name) => join(folder, name)), ...optional]),
    ...(commit !== undefined && { commit }),
    architecture: config.architectures[0],
    layers: config.num_hidden_layers,
    hiddenSize: config.hidden_size,
    vocabSize: config.vocab_size,
    contextLength: Math.min(config.max_position_embeddings - 1, contextLength),
    parameters: countParameters(folder, json),
    dtype: identity.dtype ?? defaultDtype(config.dtype),
    device: VLLM,
    toy: false,
    capabilities: CAPABILITIES,
    notes,
  };
  return { info, files, eosTokenIds: [...new Set([...config.eos_token_id, ...ends])] };
}

async function checkFiles(folder: string): Promise<void> {
  const advice = `a folder with ${NEEDED.join(', ')} of the checkpoint that the server has is needed`;
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  if (!there) throw new BadInput(folder, `is not there; ${advice}`);
  const found = await existing(NEEDED.map((name) => join(folder, name)));
  const missing = NEEDED.filter((name) => !found.includes(join(folder, name)));
  if (missing.length > 0) throw new BadInput(folder, `has no ${missing.join(', ')}; ${advice}`);
  for (const path of found) await refusePointer(path);
}

/** Models that see have the settings of what they say in `text_config`. */
function readConfig(folder: string, json: JsonObject): z.infer<typeof configSchema> {
  const { text_config: text, torch_dtype } = json;
  const inner = isJsonObject(text) ? text : {};
  const merged = {
    dtype: torch_dtype ?? inner['torch_dtype'],
    ...json,
    ...inner,
    architectures: json['architectures'],
  };
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  throw new ModelMismatch(folder, `config.json: ${firstIssue(parsed.error, merged, 'config.json')}`);
}

/** vLLM computes bfloat16 weights as they are, and all others in float16, unless it is told otherwise. */
function defaultDtype(dtype: string | null | undefined): ServedDtype {
  return dtype === 'bfloat16' ? 'bf16' : 'fp16';
}

/** Of an architecture that we know; 0 where nothing but the weights would say. */
function countParameters(folder: string, json: JsonObject): number {
  try {
    const shapes = [...expectedWeights(parseConfig(folder, json)).values()];
    return shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  } catch {
    return 0;
  }
}
