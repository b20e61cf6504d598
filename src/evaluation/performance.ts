// Social performance (docs/method.md §8): an agent's overall score is the mean over its dimensions, an episode's is the mean of
// both agents, a pair's is the mean over interactions, seeds and both seat orders. Failed judgements are counted and
// left out; they are never a zero.

import { BadInput } from '../errors.ts';
import type { Judgement } from './types.ts';

type Judged = Extract<Judgement, { status: 'judged' }>;

/** How a pair of models did. */
export interface PairPerformance {
  readonly models: readonly [string, string];
  /** Mean over the judged episodes; NaN if there are none. */
  readonly overall: number;
  /** Mean of both agents' scores over the judged episodes, by dimension; empty if there are none. */
  readonly dimensions: Readonly<Record<string, number>>;
  readonly judged: number;
  readonly failed: number;
}

/**
 * Both agents' mean score in one dimension.
 *
 * @throws BadInput if an agent has no score in it
 */
function dimensionScore({ agents, interaction, models, seed }: Judged, name: string): number {
  const [a, b] = agents.map(({ scores }) => scores[name]);
  if (a === undefined || b === undefined || !Number.isFinite(a + b))
    throw new BadInput(
      `judgement of ${interaction}, ${models.join('+')}, seed ${seed}`,
      `no score for ${name}; delete it and judge again`,
    );
  return (a + b) / 2;
}

/** One episode's overall score: the mean of both agents' means over dimensions. */
export function episodeScore(judgement: Judged): number {
  return meanOf(judgement.dimensions.map(({ name }) => dimensionScore(judgement, name)));
}

/**
 * The performance of a pair, in whichever seats its models were.
 *
 * @param judgements any; those of other pairs are passed over
 * @throws BadInput for a judgement without a score, or judgements on different dimensions
 */
export function pairPerformance(
  models: readonly [string, string],
  judgements: Iterable<Judgement>,
): PairPerformance {
  const [first, second] = models;
  const own = [...judgements].filter(
    ({ models: [a, b] }) => (a === first && b === second) || (a === second && b === first),
  );
  const judged = own.filter((judgement) => judgement.status === 'judged');
  const names = judged[0]?.dimensions.map(({ name }) => name) ?? [];
  for (const { dimensions, interaction } of judged) {
    const other = dimensions.map(({ name }) => name).join(', ');
    if (other !== names.join(', '))
      throw new BadInput(`judgement of ${interaction}`, `on ${other}, beside others on ${names.join(', ')}`);
  }
  return {
    models,
    overall: meanOf(judged.map(episodeScore)),
    dimensions: Object.fromEntries(
      names.map((name) => [name, meanOf(judged.map((judgement) => dimensionScore(judgement, name)))]),
    ),
    judged: judged.length,
    failed: own.length - judged.length,
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
