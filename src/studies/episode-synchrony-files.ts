// Synchrony of single episodes in one direction, and the mixed model of their scores, on disk.

import { z } from 'zod';
import { type ResultFile, resultFile } from '../recordings/result-file.ts';
import type { EpisodeModel } from '../statistics/episode-model.ts';
import { type MeasureHead, measureHead } from './measure-head.ts';

const count = z.int().min(0);

/** One held-out episode. */
export interface EpisodeSynchrony {
  readonly interaction: string;
  readonly seed: number;
  /** Rounds that were begun. */
  readonly rounds: number;
  /** How many splits hold it out. */
  readonly splits: number;
  /** Its test rows, those of all splits together. */
  readonly rows: number;
  /** Mean over source layers at their best target layers: 1 − its mean squared residual over the variance of all test rows. */
  readonly r2: number;
}

export interface DirectionEpisodes extends MeasureHead {
  readonly episodes: readonly EpisodeSynchrony[];
  /** Episodes that no split holds out. */
  readonly notHeldOut: number;
}

const episodes: z.ZodType<DirectionEpisodes> = z.object({
  ...measureHead.shape,
  episodes: z.array(
    z.object({
      interaction: z.string(),
      seed: z.int(),
      rounds: count,
      splits: count,
      rows: count,
      r2: z.number(),
    }),
  ),
  notHeldOut: count,
});

export const episodeSynchronyFile: ResultFile<DirectionEpisodes> = resultFile({
  format: 'interbrain-episode-synchrony-1',
  schema: episodes,
});

const names = z.tuple([z.string(), z.string()]);

const model: z.ZodType<EpisodeModel> = z.object({
  judge: z.string(),
  level: z.number(),
  n: count,
  pairs: count,
  interactions: count,
  spread: z.number(),
  fixed: z.array(
    z.object({
      name: z.enum(['intercept', 'within', 'between', 'rounds']),
      estimate: z.number(),
      standardError: z.number(),
      degreesOfFreedom: z.number(),
      t: z.number(),
      p: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
  random: z.array(z.object({ name: z.enum(['interaction', 'pair']), sd: z.number(), levels: count })),
  residual: z.number(),
  deviance: z.number(),
  notes: z.array(z.string()),
  episodes: z.array(
    z.object({
      models: names,
      interaction: z.string(),
      seed: z.int(),
      rounds: count,
      synchrony: z.number(),
      score: z.number(),
    }),
  ),
});

export const episodeModelFile: ResultFile<EpisodeModel> = resultFile({
  format: 'interbrain-episode-model-1',
  schema: model,
});
