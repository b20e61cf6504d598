// What the stage of own pasts leaves for one direction: one JSON file.

import { z } from 'zod';
import type { OwnPastCell } from '../controls/own-past.ts';
import type { PartitionNumber, PartitionNumbers } from '../controls/own-past-summary.ts';
import { MODEL_NAMES, QUANTITY_NAMES } from '../controls/variance-partition.ts';
import { type ResultFile, resultFile } from '../recordings/result-file.ts';
import { intervalSchema, jackknifeSchema } from '../synchrony/intervals/interval.ts';
import { type MeasureHead, measureHead } from './measure-head.ts';
import { numberedFile } from './numbered-file.ts';
import type { OwnPastSettings } from './schema.ts';

const count = z.int().min(0);

/** What a target's own past, its partner and the shared text explain of it; `samples` counts rows that have a past. */
export interface DirectionOwnPast extends MeasureHead, Pick<OwnPastSettings, 'cells' | 'dimensions'> {
  readonly sourceLayers: number;
  readonly targetLayers: number;
  /** Features of the text. */
  readonly features: number;
  /** Training and test rows by split. */
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** By source layer: the target layer at which the numbers are taken, the measure's own choice. */
  readonly bestTarget: readonly number[];
  readonly layerPairs: readonly Omit<OwnPastCell, 'without'>[];
  /** Means over source layers. */
  readonly numbers: PartitionNumbers;
}

/** An object with the same form under every one of some names. */
function each<Name extends string, Form extends z.ZodType>(names: readonly Name[], form: Form) {
  return z.object(Object.fromEntries(names.map((name) => [name, form])) as Record<Name, Form>);
}

const number: z.ZodType<PartitionNumber> = z.object({
  value: z.number(),
  interval: intervalSchema.exactOptional(),
  jackknife: jackknifeSchema.exactOptional(),
});

const schema: z.ZodType<DirectionOwnPast> = z.object({
  ...measureHead.shape,
  cells: z.enum(['best', 'all']),
  dimensions: count,
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  features: count,
  train: z.array(count),
  test: z.array(count),
  bestTarget: z.array(count),
  layerPairs: z.array(
    z.object({
      source: count,
      target: count,
      r2: each(MODEL_NAMES, z.number()),
      lambdas: each(MODEL_NAMES, z.array(z.array(z.number().nullable()))),
    }),
  ),
  numbers: each(QUANTITY_NAMES, number),
});

export const ownPastFile: ResultFile<DirectionOwnPast> = numberedFile(
  resultFile({ format: 'interbrain-own-past-1', schema }),
  { bestTarget: 'target', source: 'source', target: 'target' },
);
