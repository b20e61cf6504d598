// What a run's process says to workers in Redis: which run it is, in which folder, and what there is to take just now.
// It is said again every few seconds, so that a Redis that has forgotten everything soon knows it again.

import type { Redis } from 'ioredis';
import { z } from 'zod';

/** Of every key and queue. */
export const PREFIX = 'interbrain';

const RUNS = `${PREFIX}:runs`;
/** Seconds for which the end of a run can be heard of. */
const REMEMBERED = 600;

const FORMAT = 'interbrain-queue-1';

const schema = z.object({
  format: z.literal(FORMAT),
  /** Of one process that runs the study. */
  session: z.string(),
  study: z.string(),
  /** The id of the run's lock, which is in the folder and nowhere else. */
  lock: z.string(),
  /** The study file, as it is reached from the run's folder. */
  file: z.string(),
  interactions: z.int().exactOptional(),
  identity: z.record(z.string(), z.string()),
  /** Seconds after which a worker that is not heard of has lost its job. */
  lostAfter: z.number(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  /** Where jobs of the stage under way are, by the models that they take. */
  work: z.array(z.object({ queue: z.string(), stage: z.string(), models: z.array(z.string()) })),
});
export type Announcement = z.infer<typeof schema>;
export type Work = Announcement['work'][number];

const keyOf = (session: string) => `${PREFIX}:run:${session}`;
/** Where the workers of a run say what they do. */
export const workersKey = (session: string) => `${PREFIX}:workers:${session}`;
/** Where workers say at once what has happened. */
export const eventsChannel = (session: string) => `${PREFIX}:events:${session}`;
/** Where workers are told that there is something to take. */
export const wakeChannel = (session: string) => `${PREFIX}:wake:${session}`;

/** Seconds for which what was said last is kept. */
function keptFor({ state, lostAfter }: Pick<Announcement, 'state' | 'lostAfter'>): number {
  return state === 'running' ? Math.max(60, Math.ceil(3 * lostAfter)) : REMEMBERED;
}

/** Says what there is, for as long as its process may be silent. */
export async function announce(redis: Redis, announcement: Omit<Announcement, 'format'>): Promise<void> {
  const { session } = announcement;
  const seconds = keptFor(announcement);
  await redis
    .multi()
    .sadd(RUNS, session)
    .set(keyOf(session), JSON.stringify({ format: FORMAT, ...announcement }), 'EX', seconds)
    .exec();
}

/** What a run's process said last; undefined if it has been silent for long. */
export async function readAnnouncement(redis: Redis, session: string): Promise<Announcement | undefined> {
  return parse(await redis.get(keyOf(session)));
}

/** All runs of which something was heard lately, ended ones too. Those that are gone are forgotten. */
export async function readAnnouncements(redis: Redis): Promise<Announcement[]> {
  const found: Announcement[] = [];
  for (const session of (await redis.smembers(RUNS)).sort()) {
    const text = await redis.get(keyOf(session));
    if (text === null) await redis.srem(RUNS, session);
    const one = parse(text);
    if (one === undefined) continue;
    // A run's process that was killed has said nothing for a while; the next one has another session.
    const silent = keptFor(one) - (await redis.pttl(keyOf(session))) / 1000;
    if (one.state !== 'running' || silent < one.lostAfter / 3) found.push(one);
  }
  return found;
}

/** What another version has said in another form is passed over: its own workers read it. */
function parse(text: string | null): Announcement | undefined {
  if (text === null) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
