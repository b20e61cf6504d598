// Results of the measures of similarity on disk: their settings and the interval beside the numbers of all layer pairs.

import { z } from 'zod';
import { intervalSchema, jackknifeSchema } from '../intervals/interval.ts';
import type { SimilarityResult } from '../similarity/measure-similarity.ts';
import { cellTensors, type ResultForm, readCells, syncR2Schema } from './result-form.ts';

type Extras<Settings> = Pick<SimilarityResult<Settings>, 'settings' | 'syncR2' | 'intervals'>;

/** @param settings of the measure, as they are kept */
export function similarityForm<Settings>(
  settings: z.ZodType<Settings>,
): ResultForm<SimilarityResult<Settings>, Extras<Settings>> {
  const schema: z.ZodType<Extras<Settings>> = z.object({
    syncR2: syncR2Schema,
    settings,
    intervals: z.object({ syncR2: intervalSchema, jackknife: jackknifeSchema }).exactOptional(),
  });
  return {
    schema,
    extrasOf: ({ syncR2, settings: chosen, intervals }) => ({
      ...{ syncR2, settings: chosen },
      ...(intervals && { intervals }),
    }),
    tensorsOf: (result) => cellTensors(result, result),
    layerKeys: { bestTarget: 'target' },
    restore: async (stored, tensors) => ({ ...stored, ...(await readCells(stored, tensors)) }),
  };
}
