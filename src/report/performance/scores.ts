// Means of what a judge said: by model, and by pair of models.

import { overallScore } from '../../evaluation/dimensions.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { decimals } from '../../figures/number-text.ts';
import { type ModelNames, samePair } from '../shared.ts';

/** Mean and standard error over episodes; the error is NaN below two. */
export interface MeanScore {
  readonly mean: number;
  readonly standardError: number;
  readonly n: number;
}

/** No values have mean NaN. */
function meanScore(values: readonly number[]): MeanScore {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN, n };
}

/** A model's scores. */
export interface ModelScores {
  readonly name: string;
  /** By dimension, `overall` last. */
  readonly scores: ReadonlyMap<string, MeanScore>;
  readonly failed: number;
}

type Judged = Extract<Judgement, { status: 'judged' }>;

export const isJudged = (judgement: Judgement): judgement is Judged => judgement.status === 'judged';

/** Names of all dimensions that are scored. */
export function dimensionNames(judgements: readonly Judgement[]): string[] {
  return [...new Set(judgements.flatMap(({ dimensions }) => dimensions.map(({ name }) => name)))];
}

/** A model's scores over the episodes it took part in, in either seat; in both it counts once per seat. */
export function byModel(judgements: readonly Judgement[], models: readonly string[]): ModelScores[] {
  const names = dimensionNames(judgements);
  return models.map((name) => {
    const mine = judgements.filter((judgement) => judgement.models.includes(name));
    const own = mine
      .filter(isJudged)
      .flatMap(({ agents, models: seats }) => agents.filter((_, seat) => seats[seat] === name));
    const scores = new Map(
      names.map((dimension) => [
        dimension,
        meanScore(own.flatMap(({ scores: all }) => all[dimension] ?? [])),
      ]),
    );
    scores.set('overall', meanScore(own.map(overallScore)));
    return { name, scores, failed: mine.filter((judgement) => !isJudged(judgement)).length };
  });
}

/** A pair's overall: mean over interactions, seeds and both seat orders of the mean of both agents (docs/method.md §8). */
export function pairScores(
  judgements: readonly Judgement[],
  pair: ModelNames,
): MeanScore & { readonly failed: number } {
  const own = judgements.filter(({ models }) => samePair(models, pair));
  const overall = own.filter(isJudged).map(({ agents: [a, b] }) => (overallScore(a) + overallScore(b)) / 2);
  return { ...meanScore(overall), failed: own.length - overall.length };
}

/** A dimension's name in words. */
export const words = (name: string) => name.replaceAll('_', ' ');

/** `4.00 ± 1.15`; a dash of none. */
export function scoreText(score: MeanScore | undefined): string {
  if (!score || score.n === 0) return '–';
  const { mean, standardError, n } = score;
  return n > 1 ? `${decimals(mean, 2)} ± ${decimals(standardError, 2)}` : decimals(mean, 2);
}
