// Where the workers of a queue write until a result is whole: a folder for each attempt at a job, in `queue/` of the
// run's folder. Renaming out of a folder that is gone fails. So whoever removes it forbids that attempt to write anything
// more, however late it wakes up, and no clock or lock has to be trusted for it.

import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const attempt = new AsyncLocalStorage<string>();

/** Does what follows with temporary files in this folder, which is not made when it is missing. */
export function stagedIn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return attempt.run(folder, work);
}

/** The folder of the attempt under way; undefined where files lie beside what they will be. */
export function stagingFolder(): string | undefined {
  return attempt.getStore();
}

const inRun = (run: string) => join(run, 'queue');
const FILE = 'worker.json';

const tenantSchema = z.object({
  /** `host:pid` */
  worker: z.string(),
  job: z.string(),
  stage: z.string(),
  /** What is made: `llama+mistral A->B`. */
  what: z.string(),
  /** Results that the job is to make. */
  tasks: z.int(),
  /** ISO 8601. */
  since: z.string(),
  /** Grows as long as the worker lives. */
  beat: z.int(),
});

/** Who makes an attempt at what. */
export type Tenant = z.infer<typeof tenantSchema>;

/** An attempt that has a folder. */
export interface Attempt {
  readonly folder: string;
  readonly tenant: Tenant;
  /** Seconds since its worker was last heard of, by this machine's clock. */
  readonly silent: number;
}

/**
 * Makes the folder of an attempt.
 *
 * @param token of this attempt alone
 */
export async function openAttempt(run: string, token: string, tenant: Tenant): Promise<string> {
  const folder = join(inRun(run), `${tenant.job}.${token}`);
  await mkdir(folder, { recursive: true });
  await beat(folder, tenant);
  return folder;
}

/** Says that an attempt's worker lives. Rejects once the folder is gone: the attempt may write no more. */
export async function beat(folder: string, tenant: Tenant): Promise<void> {
  const path = join(folder, FILE);
  await writeFile(`${path}.partial`, JSON.stringify(tenant));
  await rename(`${path}.partial`, path);
}

/** Forbids an attempt. */
export async function revoke(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Forbids whatever any worker may still be about to write for a run. */
export async function revokeAll(run: string): Promise<void> {
  await revoke(inRun(run));
}

/** Folders of attempts at a job, or at any. */
export async function attemptFolders(run: string, job?: string): Promise<string[]> {
  const names = await readdir(inRun(run)).catch((): string[] => []);
  return names
    .filter((name) => job === undefined || name.startsWith(`${job}.`))
    .map((name) => join(inRun(run), name));
}

/** Who makes an attempt; undefined if its folder is gone or does not say. */
export async function readTenant(folder: string): Promise<Attempt | undefined> {
  try {
    const path = join(folder, FILE);
    const tenant = tenantSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { folder, tenant, silent: Math.max(0, (Date.now() - (await stat(path)).mtimeMs) / 1000) };
  } catch {
    return undefined;
  }
}

/** What is being made of a run by workers just now, in the order of the jobs. */
export async function readTenants(run: string): Promise<Attempt[]> {
  const all = await Promise.all((await attemptFolders(run)).map(readTenant));
  return all
    .filter((one) => one !== undefined)
    .sort((a, b) => a.tenant.job.localeCompare(b.tenant.job, 'en', { numeric: true }));
}
