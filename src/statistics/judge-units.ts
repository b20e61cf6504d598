// What judges and people scored: agents in episodes, by dimension, and how far a judge's scores are from people's.

import type { Rating } from '../evaluation/human-scores.ts';

/** One agent in one episode, scored in one dimension. */
export interface ScoredUnit {
  readonly judge: number;
  readonly people: readonly number[];
}

/** Names a dimension of one agent in one episode, whoever scored it. */
export function unitKey({ dimension, score: _, rater: __, ...unit }: Rating): string {
  const { interaction, modelA, modelB, seed, agent } = unit;
  return `${dimension} ${JSON.stringify([interaction, modelA, modelB, seed, agent])}`;
}

/** All scores of each unit. */
export function ratingsByUnit(people: readonly Rating[]): Map<string, number[]> {
  const ratings = new Map<string, number[]>();
  for (const rating of people) {
    const key = unitKey(rating);
    ratings.set(key, [...(ratings.get(key) ?? []), rating.score]);
  }
  return ratings;
}

/** In the order in which they come first. */
export function dimensionsOf(ratings: readonly Rating[]): string[] {
  return [...new Set(ratings.map(({ dimension }) => dimension))];
}

export function meanScore(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation; NaN below two. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const mean = meanScore(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** NaN of nothing. */
export function share(flags: readonly boolean[]): number {
  return flags.length === 0 ? Number.NaN : flags.filter(Boolean).length / flags.length;
}

/** Rounding alone puts no score outside. */
export function within(difference: number, deviation: number): boolean {
  return Math.abs(difference) <= deviation + 1e-12 * (1 + deviation);
}

/** Share of the judge's scores no further from the people's mean than one deviation of all people's; NaN without it. */
export function withinShare(units: readonly ScoredUnit[]): number {
  const deviation = deviationOf(units.flatMap(({ people }) => people));
  if (!Number.isFinite(deviation)) return Number.NaN;
  return share(units.map(({ judge, people }) => within(judge - meanScore(people), deviation)));
}
