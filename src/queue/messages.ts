// What workers tell a run's process of as it happens. It may get lost: what has become of a job stands in the job.

import { z } from 'zod';
import type { TurnSpoken } from '../studies/events.ts';

const turn = z.object({
  type: z.literal('turn'),
  models: z.tuple([z.string(), z.string()]),
  seed: z.int(),
  interaction: z.string(),
  variant: z.literal('mental-states').exactOptional(),
  round: z.int(),
  seat: z.enum(['A', 'B']),
  speaker: z.string(),
  text: z.string(),
}) satisfies z.ZodType<TurnSpoken>;

const messageSchema = z.discriminatedUnion('type', [
  turn,
  z.object({ type: z.literal('warning'), message: z.string() }),
  /** A task's result is on disk. */
  z.object({ type: z.literal('done'), job: z.string(), task: z.string() }),
  /** How far a job is, in its stage's unit. */
  z.object({
    ...{ type: z.literal('within'), job: z.string(), units: z.number() },
    detail: z.string().exactOptional(),
  }),
  /** A job has ended, one way or another. */
  z.object({ type: z.literal('ended'), job: z.string() }),
  z.object({
    ...{ type: z.literal('lost'), worker: z.string(), stage: z.string(), what: z.string() },
    message: z.string(),
  }),
]);
export type Message = z.infer<typeof messageSchema>;

/** Undefined for what is none. */
export function parseMessage(text: string): Message | undefined {
  try {
    return messageSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const workerState = z.object({
  worker: z.string(),
  cpu: z.string(),
  /** What it takes alone; all by default. */
  stages: z.array(z.string()).exactOptional(),
  models: z.array(z.string()).exactOptional(),
  /** Its job; absent while it has none. */
  doing: z.object({ job: z.string(), stage: z.string(), what: z.string() }).exactOptional(),
  /** Grows as long as it lives. */
  beat: z.int(),
});
export type WorkerState = z.infer<typeof workerState>;

/** Undefined for what is none. */
export function parseWorkerState(text: string): WorkerState | undefined {
  try {
    return workerState.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a worker takes jobs of a stage that need these models. */
export function takes(
  { stages, models }: Pick<WorkerState, 'stages' | 'models'>,
  stage: string,
  needed: readonly string[],
): boolean {
  if (stages !== undefined && !stages.includes(stage)) return false;
  return models === undefined || needed.every((name) => models.includes(name));
}
