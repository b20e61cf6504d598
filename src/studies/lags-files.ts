// What the stage of lags leaves for one direction: one JSON file.

import { z } from 'zod';
import { type ResultFile, resultFile } from '../recordings/result-file.ts';
import {
  type Interval,
  intervalSchema,
  type Jackknife,
  jackknifeSchema,
} from '../synchrony/intervals/interval.ts';
import { type MeasureHead, measureHead } from './measure-head.ts';

const count = z.int().min(0);

/** SyncR² of one lag. */
export interface LagPoint {
  /** In rounds; 0 is the interactive condition. */
  readonly lag: number;
  readonly value: number;
  /** Over splits, as published. */
  readonly standardError: number;
  /** Absent where a split holds out too few groups, or none were asked for. */
  readonly intervals?: { readonly syncR2: Interval; readonly jackknife: Jackknife };
}

/** SyncR² by lag, every lag on the same rows; `samples` counts these. */
export interface DirectionLags extends MeasureHead {
  /** Training and test rows by split. */
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** From the shortest lag to the longest. */
  readonly points: readonly LagPoint[];
}

const schema: z.ZodType<DirectionLags> = z.object({
  ...measureHead.shape,
  train: z.array(count),
  test: z.array(count),
  points: z.array(
    z.object({
      lag: count,
      value: z.number(),
      standardError: z.number(),
      intervals: z.object({ syncR2: intervalSchema, jackknife: jackknifeSchema }).exactOptional(),
    }),
  ),
});

export const lagsFile: ResultFile<DirectionLags> = resultFile({ format: 'interbrain-lags-1', schema });
