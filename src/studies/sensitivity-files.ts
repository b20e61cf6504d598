// What `sensitivity` and `relationships` leave in a run's folder: one JSON file per direction and part.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { conditionSchema } from '../conditions/condition.ts';
import type { Direction } from '../pairs/align.ts';
import { GROUPINGS } from '../pairs/open.ts';
import { readJson, writeJson } from '../recordings/atomic-file.ts';
import { relationshipsPath, sensitivityPath } from '../recordings/layout.ts';
import { RELATIONSHIPS } from '../scenarios/schema.ts';
import type { Study } from './schema.ts';

const ADVICE = 'delete it and run the study again';

const count = z.number().int().min(0);
const ends = z.tuple([z.number(), z.number()]);

const interval = z.object({
  draws: count,
  groups: count,
  level: z.number(),
  syncR2: z.object({
    estimate: z.number(),
    standardError: z.number(),
    percentile: ends,
    bca: ends.nullable(),
  }),
});

/** SyncR² with what is known of its error. */
const estimate = z.object({
  value: z.number(),
  /** Over split seeds. */
  standardError: z.number(),
  interval: interval.optional(),
});
export type Estimate = z.infer<typeof estimate>;

const textScores = estimate.extend({
  /** λ by split. */
  lambdas: z.array(z.number()),
  /** 0-based. */
  bestTarget: count,
  /** Mean over splits by target layer. */
  meanR2: z.array(z.number()),
});

/** Of every part, by its name. */
export const PARTS = {
  aggregation: z.object({
    conditions: z.array(
      z.object({
        condition: conditionSchema,
        choices: z.array(
          z.object({
            topK: count,
            clamp: z.boolean(),
            value: z.number(),
            standardError: z.number(),
            rowsBelowZero: count,
          }),
        ),
      }),
    ),
  }),
  'sample-size': z.object({
    sizes: z.array(estimate.extend({ samples: count, train: count, test: count })),
    leftOut: z.array(z.object({ samples: count, reason: z.string() })),
  }),
  'target-choice': z.object({
    /** Share of the training rows that chose. */
    share: z.number(),
    /** Rows that chose, per split. */
    validationSamples: z.array(count),
    onTraining: estimate,
    onTest: estimate,
    /** Target layers by split and source layer, 0-based. */
    targets: z.array(z.array(count)),
    /** Mean test R² there by source layer. */
    r2: z.array(z.number()),
  }),
  weighting: z.object({ uniform: estimate, variance: estimate, bestTarget: z.array(count) }),
  groupings: z.object({
    groupings: z.array(
      estimate.extend({
        groupBy: z.enum(GROUPINGS),
        groups: count,
        samples: count,
        train: count,
        test: count,
      }),
    ),
    leftOut: z.array(z.object({ groupBy: z.enum(GROUPINGS), reason: z.string() })),
  }),
  text: z.object({
    features: count,
    dimensions: count,
    states: estimate,
    shared: textScores,
    heard: textScores,
    left: estimate.extend({ bestTarget: z.array(count), bestR2: z.array(z.number()) }),
  }),
  relationships: z.object({
    relationships: z.array(
      z.object({
        relationship: z.enum(RELATIONSHIPS),
        value: z.number(),
        standardError: z.number(),
        draws: z.array(z.number()),
        meanR2: z.number(),
      }),
    ),
    /** Rows of each part, per split. */
    size: z.array(count),
    smallest: count,
    /** Scenarios that are compared, of how many. */
    scenarios: z.tuple([count, count]),
    leftOut: z.array(z.object({ relationship: z.enum(RELATIONSHIPS), testSamples: z.array(count) })),
  }),
} as const;

export type PartName = keyof typeof PARTS;

/** The parts that a study asks for, of each direction of each seat order. */
export function partsOf({
  sensitivity: asked,
  relationships,
}: Pick<Study, 'sensitivity' | 'relationships'>): PartName[] {
  const sensitivity = asked || undefined;
  return [
    ...(sensitivity?.topK || sensitivity?.clamp ? ['aggregation' as const] : []),
    ...(sensitivity?.sampleSizes ? ['sample-size' as const] : []),
    ...(sensitivity?.validationTarget ? ['target-choice' as const] : []),
    ...(sensitivity?.weighting ? ['weighting' as const] : []),
    ...(sensitivity?.groupings ? ['groupings' as const] : []),
    ...(sensitivity?.textBaseline ? ['text' as const] : []),
    ...(relationships ? ['relationships' as const] : []),
  ];
}

/** Where a part of a direction is kept. */
export function partPath(
  run: string,
  models: readonly [string, string],
  direction: Direction,
  part: PartName,
): string {
  if (part === 'relationships') return relationshipsPath(run, models, direction);
  return sensitivityPath(run, models, direction, part);
}
export type PartResult<Name extends PartName> = z.infer<(typeof PARTS)[Name]>;

/** Whose numbers these are. */
const head = z.object({
  format: z.literal('interbrain-sensitivity-1'),
  part: z.string(),
  inputs: z.record(z.string(), z.string()),
  direction: z.enum(['A->B', 'B->A']),
  sourceModel: z.string(),
  targetModel: z.string(),
  samples: count,
  lambda: z.number(),
  groupBy: z.string(),
  splitSeeds: z.array(z.number().int()),
});

/** Of the measure that a part is about. */
export type PartHead = Omit<z.infer<typeof head>, 'format' | 'part' | 'inputs'>;

export type StoredPart<Name extends PartName> = PartHead & {
  readonly inputs: Readonly<Record<string, string>>;
  readonly result: PartResult<Name>;
};

export async function writePart<Name extends PartName>(
  path: string,
  part: Name,
  { inputs, result, ...rest }: StoredPart<Name>,
): Promise<void> {
  await writeJson(path, { format: 'interbrain-sensitivity-1', part, inputs, ...rest, result });
}

/** @throws BadInput if there is no such file; CorruptFile if it is not this part's */
export async function readPart<Name extends PartName>(path: string, part: Name): Promise<StoredPart<Name>> {
  const schema = head.extend({ part: z.literal(part), result: PARTS[part] as z.ZodType });
  const { format: _, part: __, ...stored } = await readJson(path, schema, ADVICE);
  return stored as StoredPart<Name>;
}

/** A part that was made of these very inputs; undefined otherwise. */
export async function knownPart<Name extends PartName>(
  path: string,
  part: Name,
  inputs: Readonly<Record<string, string>>,
): Promise<StoredPart<Name> | undefined> {
  if (!existsSync(path)) return undefined;
  const stored = await readPart(path, part).catch(() => undefined);
  const same = stored && Object.entries(inputs).every(([name, hash]) => stored.inputs[name] === hash);
  return same ? stored : undefined;
}
