// What the stage of other measures leaves for one direction: one JSON file.

import { z } from 'zod';
import { type Condition, conditionSchema } from '../conditions/condition.ts';
import { type ResultFile, resultFile } from '../recordings/result-file.ts';
import {
  type Interval,
  intervalSchema,
  type Jackknife,
  jackknifeSchema,
} from '../synchrony/intervals/interval.ts';
import { type MeasureHead, measureHead } from './measure-head.ts';

/** The mean over source layers of a measure's value at their best target layers. */
export interface SimilarityScore {
  readonly value: number;
  /** Absent where a split holds out too few groups, or none were asked for. */
  readonly intervals?: { readonly syncR2: Interval; readonly jackknife: Jackknife } | undefined;
}

/** A condition beside the interactive one, on the rows that both have. */
export interface ComparedCondition {
  readonly condition: Condition;
  /** Rows that both have, training and test together, in the split that has fewest. */
  readonly samples: number;
  readonly interactive: SimilarityScore;
  readonly other: SimilarityScore;
}

/** One measure. */
export interface MeasuredSimilarity {
  /** Its name in the table of measures; `ridge` for the study's own. */
  readonly measure: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** On all rows of the interactive condition. */
  readonly interactive: SimilarityScore;
  readonly compared: readonly ComparedCondition[];
  readonly notCompared: readonly { readonly condition: Condition; readonly reason: string }[];
}

export interface DirectionSimilarity extends MeasureHead {
  /** The ridge maps first. */
  readonly measures: readonly MeasuredSimilarity[];
}

const score = z.object({
  value: z.number(),
  intervals: z.object({ syncR2: intervalSchema, jackknife: jackknifeSchema }).exactOptional(),
});

const schema: z.ZodType<DirectionSimilarity> = z.object({
  ...measureHead.shape,
  measures: z.array(
    z.object({
      measure: z.string(),
      settings: z.record(z.string(), z.unknown()),
      interactive: score,
      compared: z.array(
        z.object({ condition: conditionSchema, samples: z.int().min(0), interactive: score, other: score }),
      ),
      notCompared: z.array(z.object({ condition: conditionSchema, reason: z.string() })),
    }),
  ),
});

export const similarityFile: ResultFile<DirectionSimilarity> = resultFile({
  format: 'interbrain-similarity-1',
  schema,
});
