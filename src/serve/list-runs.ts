// The runs of a folder, each in a line: whose models, whether it goes on, and what came of it. Made of small parts of what
// lies there; the report’s document is read again only when it is another one.

import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterbrainError } from '../errors.ts';
import { isRunLocked } from '../recordings/run-lock.ts';
import { readManifest } from '../studies/manifest.ts';
import type { PageData } from '../view/data.ts';
import { PAGE_FORMAT } from '../view/data.ts';
import type { LiveEvent } from '../view/live-state.ts';
import type { RunRow } from '../view/run-row.ts';
import { parseLine } from './follow.ts';
import { livePath } from './live-file.ts';

/** Files by which a run’s folder is known, in the order in which they come. */
const MARKS = ['live.ndjson', 'run.lock', 'manifest.json'];
/** Bytes at the end of the events that hold the last of them. */
const TAIL = 64_000;

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false;
}

/** Whether there is a run in a folder, or one has begun. */
export async function isRun(folder: string): Promise<boolean> {
  for (const mark of MARKS) if (await isFile(join(folder, mark))) return true;
  return false;
}

/** The runs of a folder by name; links are left out, wherever they lead. None where there is no such folder. */
export async function findRuns(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = new Map<string, string>();
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && (await isRun(path))) found.set(entry.name, path);
  }
  return found;
}

/** The first event of a run and its last one. */
async function endsOfEvents(run: string): Promise<readonly LiveEvent[]> {
  const file = await open(livePath(run)).catch(() => undefined);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const textAt = async (begin: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL), 0, TAIL, begin);
      return buffer.toString('utf8', 0, bytesRead).split('\n');
    };
    const head = await textAt(0);
    const tail = size > TAIL ? await textAt(size - TAIL) : head;
    const events = (lines: readonly string[]) => lines.flatMap((line) => parseLine(line) ?? []);
    return [events(head)[0], events(tail).at(-1)].filter((one) => one !== undefined);
  } finally {
    await file.close();
  }
}

/** What the report says of synchrony. */
type Found = Pick<RunRow, 'pairs' | 'reported'>;

interface Read {
  readonly changed: number;
  readonly found: Found;
}

export class RunList {
  readonly #folder: string;
  readonly #reports = new Map<string, Read>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns the latest first */
  async rows(): Promise<RunRow[]> {
    const rows: RunRow[] = [];
    for (const [name, run] of await findRuns(this.#folder)) rows.push(await this.#row(name, run));
    return rows.sort((a, b) => (a.date > b.date ? -1 : 1));
  }

  async #row(name: string, run: string): Promise<RunRow> {
    const [first, last] = await endsOfEvents(run);
    const manifest = await readManifest(run).catch((error: unknown) => {
      if (error instanceof InterbrainError) return error.message;
      throw error;
    });
    const problem = typeof manifest === 'string' && (await isFile(join(run, 'manifest.json')));
    const known = typeof manifest === 'string' ? undefined : manifest;
    const changed = (await lstat(run).catch(() => undefined))?.mtime.toISOString() ?? '';
    return {
      name,
      study: known?.study.name ?? name,
      state: await stateOf(run, last),
      models: Object.keys(known?.models ?? {}),
      toy: Object.values(known?.models ?? {}).some(({ toy }) => toy),
      date: last?.time ?? first?.time ?? changed,
      ...(await this.#report(run)),
      ...(problem && { problem: manifest }),
    };
  }

  async #report(run: string): Promise<Found> {
    const path = join(run, 'report', 'data.json');
    const file = await lstat(path).catch(() => undefined);
    if (!file?.isFile()) return { pairs: [], reported: false };
    const before = this.#reports.get(run);
    if (before?.changed === file.mtimeMs) return before.found;
    const found = foundIn(await readFile(path, 'utf8').catch(() => ''));
    this.#reports.set(run, { changed: file.mtimeMs, found });
    return found;
  }
}

/** As much of a document as a line shows; of one that is none of ours nothing. */
function foundIn(text: string): Found {
  try {
    // The report’s own document, unless somebody has put something else there.
    const page = JSON.parse(text) as Partial<PageData>;
    if (page.format !== PAGE_FORMAT || !page.synchrony) return { pairs: [], reported: false };
    const own = page.synchrony.filter(({ condition }) => condition === page.reference);
    return {
      pairs: own.map(({ models: [a, b], value, interval }) => ({
        models: [String(a), String(b)],
        value: Number(value),
        interval: interval && { low: Number(interval.low), high: Number(interval.high) },
      })),
      reported: true,
    };
  } catch {
    return { pairs: [], reported: false };
  }
}

async function stateOf(run: string, last: LiveEvent | undefined): Promise<RunRow['state']> {
  if (await isRunLocked(run)) return 'running';
  if (last?.type === 'run-ends') return last.outcome;
  if (last?.type === 'error') return 'failed';
  return last === undefined ? 'not recorded' : 'stopped';
}
