// What results that are made of one direction's measure say of it, in their files.

import { z } from 'zod';
import { lambdaSchema, recordedSchema } from '../synchrony/measures/result-form.ts';

export const measureHead = z.object({
  direction: z.enum(['A->B', 'B->A']),
  sourceModel: z.string(),
  targetModel: z.string(),
  /** Which layers of either model there are, where not all were recorded. */
  sourceRecorded: recordedSchema.exactOptional(),
  targetRecorded: recordedSchema.exactOptional(),
  samples: z.int().min(0),
  lambda: lambdaSchema,
  groupBy: z.string(),
  splitSeeds: z.array(z.int()),
  folds: z.int().exactOptional(),
});

/** Whose measure a result is about, and how that was made. */
export type MeasureHead = z.infer<typeof measureHead>;

/** Which layers of the models it has. */
export type RecordedSides = Pick<MeasureHead, 'sourceRecorded' | 'targetRecorded'>;
