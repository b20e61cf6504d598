// Which of the runs in Redis a worker works for: one that lies in its folder.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { BadInput, InterbrainError } from '../errors.ts';
import { lockId } from '../recordings/run-lock.ts';
import { packageFile } from '../studies/manifest.ts';
import { type Announcement, readAnnouncements } from './announcement.ts';
import type { WorkerState } from './messages.ts';
import { studyModels } from './names.ts';

export interface FindRunOptions {
  /** The folder in which runs are kept. */
  readonly out: string;
  readonly only: Pick<WorkerState, 'stages' | 'models'>;
  /** Sessions that this worker has been refused by, or that it has worked for to their end. */
  readonly passed: ReadonlySet<string>;
}

/** Milliseconds for which a lock may not be seen yet in a folder on the network. */
const LAG = 5000;

/** A run that a worker can work for, or why none of those that are there is one. */
export interface FoundRun {
  readonly run?: Announcement;
  readonly refusals: readonly { readonly session: string; readonly error: InterbrainError }[];
}

/** Looks at the runs that are under way. */
export async function findRun(redis: Redis, { out, only, passed }: FindRunOptions): Promise<FoundRun> {
  const refusals: { session: string; error: InterbrainError }[] = [];
  for (const one of await readAnnouncements(redis)) {
    if (one.state !== 'running' || passed.has(one.session)) continue;
    try {
      await checkFolder(one, out);
      checkModels(one, only.models ?? []);
      return { run: one, refusals };
    } catch (error) {
      if (!(error instanceof InterbrainError)) throw error;
      refusals.push({ session: one.session, error });
    }
  }
  return { refusals };
}

/** The lock of a run is in its folder alone: who sees it sees the same folder. */
async function checkFolder({ study, lock, identity }: Announcement, out: string): Promise<void> {
  const folder = join(out, study);
  const { version } = packageFile();
  const theirs = identity['interbrain'] ?? 'unknown';
  if (theirs !== version)
    throw new BadInput(
      folder,
      `this is interbrain ${version}, and the run is made by ${theirs}; install that one here`,
    );
  const until = performance.now() + LAG;
  for (;;) {
    const found = await lockId(folder);
    if (found === lock) return;
    if (performance.now() > until) {
      const what =
        found === undefined
          ? `the run of ${study} is not in this folder`
          : `another run of ${study} lies in this folder`;
      const advice = 'start the worker in the folder that the run’s process works in, or name it with --out';
      throw new BadInput(folder, `${what}; ${advice}`);
    }
    await wait(200);
  }
}

function checkModels({ study, identity }: Announcement, models: readonly string[]): void {
  const known = studyModels(identity);
  const unknown = models.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new BadInput(
      '--models',
      `${study} has no model ${unknown.join(', ')}; its models are ${known.join(', ')}`,
    );
}
