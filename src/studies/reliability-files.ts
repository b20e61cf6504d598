// Reliability on disk: halves and ceiling of one direction, and what the halves say over pairs of models.

import { z } from 'zod';
import { type ResultFile, resultFile } from '../recordings/result-file.ts';
import type { Disattenuated, Reliability } from '../statistics/reliability.ts';
import { type Interval, intervalSchema } from '../synchrony/intervals/interval.ts';
import type { LayerCeiling } from '../synchrony/reliability/ceiling.ts';
import type { HalfSyncR2 } from '../synchrony/reliability/halves.ts';
import { type MeasureHead, measureHead } from './measure-head.ts';
import { numberedFile } from './numbered-file.ts';

const count = z.int().min(0);

export interface DirectionReliability extends MeasureHead {
  /** First half and second, by halving. */
  readonly halvings: readonly (readonly [HalfSyncR2, HalfSyncR2])[];
  /** Null where it was not asked for, or the target model has one layer. */
  readonly ceiling: {
    readonly layers: readonly LayerCeiling[];
    /** Mean over source layers of the ceiling of their best target layers. */
    readonly value: number;
    /** SyncR² over it; null where it is 0. */
    readonly share: number | null;
    readonly interval: Interval | null;
  } | null;
}

const half = z.object({ value: z.number(), samples: count, groups: z.array(z.string()) });

const direction: z.ZodType<DirectionReliability> = z.object({
  ...measureHead.shape,
  halvings: z.array(z.tuple([half, half])),
  ceiling: z
    .object({
      layers: z.array(z.object({ target: count, from: count, r2: z.number() })),
      value: z.number(),
      share: z.number().nullable(),
      interval: intervalSchema.nullable(),
    })
    .nullable(),
});

export const reliabilityFile: ResultFile<DirectionReliability> = numberedFile(
  resultFile({ format: 'interbrain-reliability-1', schema: direction }),
  { target: 'target', from: 'target' },
);

/** One pair of models: the means over its directions and seat orders. */
export interface HalvedPair {
  readonly models: readonly [string, string];
  readonly synchrony: number;
  /** By halving. */
  readonly halves: readonly (readonly [number, number])[];
  /** Mean overall score of its judged episodes; null without one. */
  readonly performance: number | null;
  /** The same of each half’s interactions; empty where a half has none. */
  readonly performanceHalves: readonly (readonly [number, number])[];
}

export interface PairReliability {
  readonly pairs: readonly HalvedPair[];
  readonly synchrony: Reliability | null;
  readonly performance: Reliability | null;
  /** The correlation of both, as it is and without their errors. */
  readonly correlation: Disattenuated | null;
  /** Why something is null, in words. */
  readonly notes: readonly string[];
}

const two = z.tuple([z.number(), z.number()]);

const reliability = z
  .object({
    n: count,
    halfCorrelation: z.number(),
    reliability: z.number(),
    interval: z.object({ low: z.number(), high: z.number(), models: count, level: z.number() }).nullable(),
  })
  .nullable();

const pairs: z.ZodType<PairReliability> = z.object({
  pairs: z.array(
    z.object({
      models: z.tuple([z.string(), z.string()]),
      synchrony: z.number(),
      halves: z.array(two),
      performance: z.number().nullable(),
      performanceHalves: z.array(two),
    }),
  ),
  synchrony: reliability,
  performance: reliability,
  correlation: z
    .object({
      r: z.number(),
      disattenuated: z.number(),
      interval: z
        .object({
          low: z.number(),
          high: z.number(),
          standardError: z.number(),
          degreesOfFreedom: count,
          groups: count,
          level: z.number(),
        })
        .nullable(),
    })
    .nullable(),
  notes: z.array(z.string()),
});

export const pairReliabilityFile: ResultFile<PairReliability> = resultFile({
  format: 'interbrain-pair-reliability-1',
  schema: pairs,
});
