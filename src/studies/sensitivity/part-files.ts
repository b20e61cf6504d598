// What `sensitivity` and `relationships` leave in a run's folder: one JSON file per direction and part.

import { z } from 'zod';
import { conditionSchema } from '../../conditions/condition.ts';
import { GROUPINGS } from '../../pairs/open.ts';
import { type Inputs, type ResultFile, resultFile } from '../../recordings/result-file.ts';
import { RELATIONSHIPS } from '../../scenarios/schema.ts';
import { intervalSchema, jackknifeSchema } from '../../synchrony/intervals/interval.ts';
import { lambdaSchema } from '../../synchrony/measures/result-form.ts';
import { type MeasureHead, measureHead } from '../measure-head.ts';
import { numberedFile } from '../numbered-file.ts';

const FORMAT = 'interbrain-sensitivity-2';

const count = z.number().int().min(0);
/** SyncR² with what is known of its error. */
const estimate = z.object({
  value: z.number(),
  /** Over split seeds. */
  standardError: z.number(),
  interval: intervalSchema.optional(),
});
export type Estimate = z.infer<typeof estimate>;

/** One whose interval can be combined with others'. */
const combinable = estimate.extend({ jackknife: jackknifeSchema.optional() });
export type Combinable = z.infer<typeof combinable>;

const textScores = combinable.extend({
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
    sizes: z.array(
      estimate.extend({
        ...{ samples: count, train: count, test: count },
        /** The study's own λ first; absent in files from before it was kept. */
        byLambda: z
          .array(
            z.object({
              lambda: lambdaSchema,
              value: z.number(),
              standardError: z.number(),
              /** R² of the rows that the maps were fitted to. */
              training: z.number().exactOptional(),
            }),
          )
          .exactOptional(),
      }),
    ),
    /** D of the source, or its principal components. */
    dimensions: count.exactOptional(),
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
    states: combinable,
    shared: textScores,
    heard: textScores,
    left: combinable.extend({ bestTarget: z.array(count), bestR2: z.array(z.number()) }),
  }),
  repeats: z.object({
    /** Samples of either measure, of all that there are with repeated turns, and of these without. */
    samples: count,
    all: count,
    dropped: count,
    without: estimate,
    with: estimate,
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

export type PartResult<Name extends PartName> = z.infer<(typeof PARTS)[Name]>;

/** What a part of one direction came to, whose numbers they are and what they were computed from. */
export type StoredPart<Name extends PartName> = MeasureHead & {
  readonly inputs: Inputs;
  readonly result: PartResult<Name>;
};

type PartBody<Name extends PartName> = Omit<StoredPart<Name>, 'inputs'>;

/** The files of one part, see `partPath`. */
export function partFile<Name extends PartName>(part: Name): ResultFile<PartBody<Name>> {
  // What TypeScript cannot see: the schema under a part's name is that of its result.
  const schema = measureHead.extend({ result: PARTS[part] }) as z.ZodType as z.ZodType<PartBody<Name>>;
  const file = resultFile({ format: FORMAT, label: { part }, schema });
  return numberedFile(file, { bestTarget: 'target', targets: 'target' });
}

/**
 * Writes a part of one direction.
 *
 * @throws BadInput if it cannot be written
 */
export function writePart<Name extends PartName>(
  path: string,
  part: Name,
  { inputs, ...result }: StoredPart<Name>,
): Promise<void> {
  return partFile(part).write(path, { inputs, result });
}

/**
 * Reads a part of one direction.
 *
 * @throws BadInput if there is no such file; OtherFormat or CorruptFile if it holds no such part that can be read
 */
export async function readPart<Name extends PartName>(path: string, part: Name): Promise<StoredPart<Name>> {
  const { inputs, result } = await partFile(part).read(path);
  return { ...result, inputs };
}
