// Judgements on disk, a file per episode. One judge per study: another one's judgements replace them.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { CorruptFile } from '../errors.ts';
import { readJson, writeJson } from '../recordings/atomic-file.ts';
import { evaluationPath } from '../recordings/layout.ts';
import { scoreProblems } from './dimensions.ts';
import type { AgentScores, Judgement } from './types.ts';

const ADVICE = 'delete the file and run the study again';

const agentScores = z.object({
  scores: z.record(z.string(), z.number()),
  reasons: z.record(z.string(), z.string()).exactOptional(),
}) satisfies z.ZodType<AgentScores>;

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
  attempts: z.int(),
  usage: z
    .object({ promptTokens: z.number(), completionTokens: z.number(), cost: z.number().exactOptional() })
    .exactOptional(),
});

const judgementSchema = z.discriminatedUnion('status', [
  base.extend({ status: z.literal('judged'), agents: z.tuple([agentScores, agentScores]) }),
  base.extend({ status: z.literal('failed'), failure: z.string() }),
]) satisfies z.ZodType<Judgement>;

/** @throws BadInput if there is none; CorruptFile if it is not one, or holds a score outside its range */
export async function readJudgement(path: string): Promise<Judgement> {
  const judgement = await readJson<Judgement>(path, judgementSchema, ADVICE);
  if (judgement.status === 'failed') return judgement;
  const [problem] = judgement.agents.flatMap(({ scores }, i) =>
    scoreProblems('AB'[i]!, scores, judgement.dimensions),
  );
  if (problem) throw new CorruptFile(path, `${problem}; ${ADVICE}`);
  return judgement;
}

export function writeJudgement(run: string, judgement: Judgement): Promise<void> {
  return writeJson(evaluationPath(run, judgement), judgement);
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
