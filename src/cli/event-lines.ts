// The shape of a line of `interbrain run --json` (docs/json.md): an event of src/studies/events.ts and when it was heard.

import { z } from 'zod';
import { errorSchema } from './documents.ts';
import type { EventLine } from './json-reader.ts';

const count = z.int().min(0);
const seconds = z.number().min(0);
/** ISO 8601. */
const time = z.iso.datetime();

const planned = { stage: z.string(), unit: z.string(), total: count, tasks: count };
/** Half a unit may be done. */
const done = z.number().min(0);
const counted = { unit: z.string(), done, total: count, skipped: count };

/** A line of NDJSON; with other keys it is none. */
export const eventLineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...{ time, type: z.literal('run-begins') },
    ...{ study: z.string(), run: z.string(), stages: z.array(z.strictObject(planned)).readonly() },
  }),
  z.strictObject({
    ...{ time, type: z.literal('stage-begins'), ...planned },
    ...{ index: count.min(1), of: count.min(1), skipped: count },
  }),
  z.strictObject({
    ...{ time, type: z.literal('progress'), stage: z.string(), ...counted },
    detail: z.string().exactOptional(),
  }),
  z.strictObject({
    ...{ time, type: z.literal('preparing'), what: z.string(), ...counted },
    ...{ unit: z.literal('bytes'), detail: z.string().exactOptional() },
  }),
  z.strictObject({ time, type: z.enum(['task-done', 'task-skipped']), stage: z.string(), task: z.string() }),
  z.strictObject({
    ...{ time, type: z.literal('task-failed'), stage: z.string(), task: z.string() },
    message: z.string(),
  }),
  z.strictObject({
    ...{ time, type: z.literal('turn'), models: z.tuple([z.string(), z.string()]).readonly() },
    ...{ seed: z.int(), interaction: z.string(), variant: z.string().exactOptional() },
    ...{ round: count.min(1), seat: z.enum(['A', 'B']), speaker: z.string(), text: z.string() },
  }),
  z.strictObject({
    ...{ time, type: z.literal('worker'), worker: z.string() },
    does: z.enum(['joined', 'took', 'lost', 'left']),
    ...{ stage: z.string().exactOptional(), what: z.string().exactOptional() },
    message: z.string().exactOptional(),
  }),
  z.strictObject({ time, type: z.literal('warning'), message: z.string() }),
  z.strictObject({
    ...{ time, type: z.literal('stage-ends'), stage: z.string() },
    outcome: z.enum(['done', 'failed', 'left out']),
    ...{ made: count, skipped: count, failed: count, seconds, message: z.string().exactOptional() },
  }),
  z.strictObject({
    ...{ time, type: z.literal('run-ends'), outcome: z.enum(['done', 'failed', 'stopped']) },
    ...{ exitCode: count, seconds },
    failed: z.array(z.strictObject({ stage: z.string(), message: z.string() })).readonly(),
    report: z.string().exactOptional(),
  }),
  z.strictObject({ time, type: z.literal('error'), ...errorSchema.shape }),
]) satisfies z.ZodType<EventLine>;
