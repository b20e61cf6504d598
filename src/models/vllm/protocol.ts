// What is sent to a vLLM server, and what of its answers is looked at.

import { z } from 'zod';
import { Interruption } from '../../http/failures.ts';

/** What a server was asked to generate. */
export interface Generation {
  readonly maxTokens: number;
  /** Settings of sampling, in vLLM's words; all of them, since a server takes the checkpoint's own otherwise. */
  readonly sampling: Readonly<Record<string, unknown>>;
}

/** Nothing that narrows the choice: vLLM would else take what generation_config.json says. */
export const NEUTRAL = { temperature: 0, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1 };

const tokens = z.array(z.int().nonnegative());

const logProbability = z.object({ logprob: z.number().nullable(), rank: z.number().nullish() });

const transfer = z.object({
  layer_ids: z.array(z.int()).optional(),
  error: z.string().optional(),
  hidden_states_path: z.string().optional(),
  hidden_states_safetensors: z.string().optional(),
});

const choice = z.object({
  finish_reason: z.string().nullish(),
  token_ids: tokens,
  prompt_token_ids: tokens.nullish(),
  logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }).nullish(),
  prompt_logprobs: z.array(z.record(z.string(), logProbability).nullable()).nullish(),
});

const completion = z.object({
  choices: z.tuple([choice]),
  usage: z
    .object({ prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish() })
    .nullish(),
  kv_transfer_params: transfer.nullish(),
});

export type Completion = z.infer<typeof completion>;

/** Throws Interruption for a body that is no such answer. */
export function readCompletion(body: string, url: string): Completion {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Interruption(url, 'the answer is no JSON');
  }
  const parsed = completion.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = `${issue?.path.join('.')}: ${issue?.message}`;
  throw new Interruption(url, `the answer is no completion with token ids (${what}); is it a vLLM server?`);
}

const models = z.object({
  data: z.array(
    z.object({ id: z.string(), root: z.string().nullish(), max_model_len: z.number().nullish() }),
  ),
});

/** A model that a server says it has. */
export type Served = z.infer<typeof models>['data'][number];

export function readModels(body: string): readonly Served[] {
  return models.parse(JSON.parse(body)).data;
}

export function readVersion(body: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(body)).version;
}

export function readTokens(body: string): readonly number[] {
  return z.object({ tokens }).parse(JSON.parse(body)).tokens;
}

/** How many tokens the server's cache of keys and values holds, from its metrics; undefined if they do not say. */
export function readCapacity(metrics: string): number | undefined {
  const line = /^vllm:cache_config_info\{(.*)\}/m.exec(metrics)?.[1] ?? '';
  const value = (name: string) => Number(new RegExp(`(?:^|,)${name}="(\\d+)"`).exec(line)?.[1]);
  const said = value('kv_cache_size_tokens');
  const capacity = said > 0 ? said : value('num_gpu_blocks') * value('block_size');
  return capacity > 0 ? capacity : undefined;
}
