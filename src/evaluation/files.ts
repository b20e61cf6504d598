// Judgements on disk, one file per episode.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readJson } from '../recordings/files.ts';
import { evaluationPath, type RecordingKey } from '../recordings/layout.ts';
import type { Judgement } from './types.ts';

const agent = z.object({
  scores: z.record(z.string(), z.number()),
  reasons: z.record(z.string(), z.string()).exactOptional(),
});

const base = z.object({
  format: z.literal('interbrain-judgement-1'),
  interaction: z.string(),
  scenario: z.string(),
  models: z.tuple([z.string(), z.string()]),
  seed: z.int(),
  judge: z.string(),
  dimensions: z.array(
    z.object({ name: z.string(), low: z.number(), high: z.number(), description: z.string() }),
  ),
  inputs: z.string(),
  attempts: z.int().min(0),
  usage: z
    .object({ promptTokens: z.number(), completionTokens: z.number(), cost: z.number().exactOptional() })
    .exactOptional(),
});

const schema = z.discriminatedUnion('status', [
  base.extend({ status: z.literal('judged'), agents: z.tuple([agent, agent]) }),
  base.extend({ status: z.literal('failed'), failure: z.string() }),
]) satisfies z.ZodType<Judgement>;

/** @throws BadInput if there is none; CorruptFile if it is damaged */
export function readJudgement(path: string): Promise<Judgement> {
  return readJson(path, schema, 'delete it and run the study again');
}

/** The judgements of these episodes that there are, in their order. */
export async function readJudgements(run: string, keys: readonly RecordingKey[]): Promise<Judgement[]> {
  const paths = keys.map((key) => evaluationPath(run, key)).filter((path) => existsSync(path));
  const found: Judgement[] = [];
  for (const path of paths) found.push(await readJudgement(path));
  return found;
}
