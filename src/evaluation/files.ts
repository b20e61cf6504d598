// Judgements on disk, a file per episode. One judge per study: another one's judgements replace them.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { evaluationPath } from '../recordings/layout.ts';
import { jsonFile } from '../recordings/result-file.ts';
import { scoreProblems } from './dimensions.ts';
import type { AgentScores, Judgement } from './types.ts';

const FORMAT = 'interbrain-judgement-1';

const agentScores = z.object({
  scores: z.record(z.string(), z.number()),
  reasons: z.record(z.string(), z.string()).exactOptional(),
}) satisfies z.ZodType<AgentScores>;

const base = z.object({
  format: z.literal(FORMAT),
  interaction: z.string(),
  scenario: z.string(),
  models: z.tuple([z.string(), z.string()]),
  seed: z.int(),
  judge: z.string(),
  dimensions: z.array(
    z.object({ name: z.string(), low: z.number(), high: z.number(), description: z.string() }),
  ),
  inputs: z.string(),
  attempts: z.int(),
  usage: z
    .object({ promptTokens: z.number(), completionTokens: z.number(), cost: z.number().exactOptional() })
    .exactOptional(),
});

const judgementSchema = z
  .discriminatedUnion('status', [
    base.extend({ status: z.literal('judged'), agents: z.tuple([agentScores, agentScores]) }),
    base.extend({ status: z.literal('failed'), failure: z.string() }),
  ])
  .superRefine((judgement, context) => {
    if (judgement.status === 'failed') return;
    for (const [i, { scores }] of judgement.agents.entries())
      for (const message of scoreProblems(i === 0 ? 'A' : 'B', scores, judgement.dimensions))
        context.addIssue({ code: 'custom', path: ['agents', i, 'scores'], message });
  }) satisfies z.ZodType<Judgement>;

/** A judge's scores of one episode, on disk (see `evaluationPath`). */
export const judgementFile = jsonFile<Judgement>({
  format: FORMAT,
  schema: judgementSchema,
  advice: 'delete the file and run the study again',
});

/**
 * Reads a judgement.
 *
 * @throws BadInput if there is none; OtherFormat if it is of another format; CorruptFile if it is damaged, or holds a
 * score outside its range
 */
export function readJudgement(path: string): Promise<Judgement> {
  return judgementFile.read(path);
}

/**
 * Writes a judgement where a run keeps it.
 *
 * @throws BadInput if it cannot be written
 */
export function writeJudgement(run: string, judgement: Judgement): Promise<void> {
  return judgementFile.write(evaluationPath(run, judgement), judgement);
}

/**
 * The judgements that a run holds of a seat order, by seed and then by interaction, failed ones among them. What has
 * not been judged is left out.
 *
 * @throws CorruptFile naming a damaged file
 */
export async function readJudgements(
  run: string,
  order: { readonly names: readonly [string, string] },
  seeds: readonly number[],
  interactions: Iterable<string>,
): Promise<Judgement[]> {
  const ids = [...interactions];
  const paths = seeds
    .flatMap((seed) =>
      ids.map((interaction) => evaluationPath(run, { models: order.names, seed, interaction })),
    )
    .filter((path) => existsSync(path));
  return Promise.all(paths.map(readJudgement));
}
