// Scores of episodes against their synchrony (docs/method.md §17): within pairs of models, where a pair is compared with itself alone,
// and between pairs, with rounds held fixed and random intercepts of interactions and pairs.

import { NotEnoughSamples } from '../errors.ts';
import { studentCritical } from '../numerics/distributions.ts';
import { at, entryOf } from '../numerics/lookup.ts';
import { type FixedEffect, fitMixedModel, type MixedModel } from './mixed-model.ts';

/** An episode with both numbers. */
export interface ScoredEpisode {
  /** Study names in seats A and B. */
  readonly models: readonly [string, string];
  readonly interaction: string;
  readonly seed: number;
  readonly rounds: number;
  /** Mean over directions. */
  readonly synchrony: number;
  /** Mean of both agents' overall scores. */
  readonly score: number;
}

/** A fixed effect of the model: `within` and `between` are slopes of the score by synchrony. */
export type EpisodeEffect = Omit<FixedEffect, 'name'> & {
  readonly name: 'intercept' | 'within' | 'between' | 'rounds';
  readonly low: number;
  readonly high: number;
};

export interface EpisodeModel {
  readonly judge: string;
  /** Coverage of the intervals. */
  readonly level: number;
  readonly n: number;
  readonly pairs: number;
  readonly interactions: number;
  /** Standard deviation of synchrony within pairs: what a usual difference between episodes is. */
  readonly spread: number;
  readonly fixed: readonly EpisodeEffect[];
  readonly random: readonly {
    readonly name: 'interaction' | 'pair';
    readonly sd: number;
    readonly levels: number;
  }[];
  readonly residual: number;
  readonly deviance: number;
  /** What the episodes do not let the model hold, in words. */
  readonly notes: readonly string[];
  readonly episodes: readonly ScoredEpisode[];
}

/** Pairs of models from which on the slope between them, and their spread, can be told. */
export const FEWEST_PAIRS = 4;

/** Unordered. */
export const pairOf = ({ models }: Pick<ScoredEpisode, 'models'>): string => [...models].sort().join(' × ');

/** What is in the model, and why what is not in it is left out. */
function designOf(episodes: readonly ScoredEpisode[]) {
  const pairs = episodes.map(pairOf);
  const means = new Map(
    [...new Set(pairs)].map((pair) => [
      pair,
      meanOf(episodes.filter((_, i) => pairs[i] === pair).map(({ synchrony }) => synchrony)),
    ]),
  );
  const between = pairs.map((pair) => entryOf(means, pair));
  const within = episodes.map(({ synchrony }, i) => synchrony - at(between, i));
  const rounds = episodes.map((one) => one.rounds);
  const interactions = episodes.map(({ interaction }) => interaction);
  const notes: string[] = [];
  const fixed: Record<string, number[]> = { intercept: episodes.map(() => 1), within };
  const random: Record<string, string[]> = {};
  const distinct = new Set(interactions).size;
  if (distinct < 2) notes.push('one interaction: no intercept of interactions');
  else if (distinct === episodes.length)
    notes.push('one episode of every interaction: no intercepts of them');
  else random['interaction'] = interactions;
  if (means.size >= FEWEST_PAIRS) {
    fixed['between'] = centred(between);
    random['pair'] = pairs;
  } else if (means.size > 1) {
    // A level of its own for each pair: what differs between them says nothing of the slope within.
    for (const pair of [...means.keys()].slice(1))
      fixed[`pair ${pair}`] = pairs.map((one) => Number(one === pair));
    notes.push(`${means.size} pairs of models have fixed levels of their own: no slope between them`);
  }
  if (new Set(rounds).size > 1) fixed['rounds'] = centred(rounds);
  else notes.push('all episodes have as many rounds');
  return { fixed, random, within, notes, pairs: means.size, interactions: distinct };
}

/**
 * Fits the model of the episodes' scores.
 *
 * @throws NotEnoughSamples where there are too few episodes, or their synchrony does not vary within pairs
 */
export function modelEpisodes(
  episodes: readonly ScoredEpisode[],
  { judge, level }: { readonly judge: string; readonly level: number },
): EpisodeModel {
  if (episodes.length < FEWEST_EPISODES)
    throw new NotEnoughSamples(
      'mixed model, held-out episodes with a score',
      episodes.length,
      FEWEST_EPISODES,
      ADVICE,
    );
  const { fixed, random, within, notes, pairs, interactions } = designOf(episodes);
  const spread = Math.sqrt(
    within.reduce((sum, value) => sum + value ** 2, 0) / Math.max(1, within.length - pairs),
  );
  if (!(spread > 1e-12))
    throw new NotEnoughSamples('mixed model, episodes of a pair that differ in synchrony', 1, 2, ADVICE);
  const model = fitMixedModel({ y: episodes.map(({ score }) => score), fixed, random });
  return {
    ...{ judge, level, n: model.n, pairs, interactions, spread, notes, episodes },
    fixed: effectsOf(model, level),
    random: model.random as EpisodeModel['random'],
    ...{ residual: model.residual, deviance: model.deviance },
  };
}

const FEWEST_EPISODES = 10;
const ADVICE = 'play more interactions or seeds, or take synchrony.folds, which hold every episode out';

/** The slopes, with intervals by Student's t; levels of pairs are nobody's concern. */
function effectsOf({ fixed }: MixedModel, level: number): EpisodeEffect[] {
  return fixed.flatMap((effect) => {
    const { name, estimate, standardError, degreesOfFreedom } = effect;
    if (!isEffect(name)) return [];
    const half = studentCritical(1 - level, degreesOfFreedom) * standardError;
    return [{ ...effect, name, low: estimate - half, high: estimate + half }];
  });
}

const isEffect = (name: string): name is EpisodeEffect['name'] =>
  ['intercept', 'within', 'between', 'rounds'].includes(name);

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function centred(values: readonly number[]): number[] {
  const mean = meanOf(values);
  return values.map((value) => value - mean);
}
