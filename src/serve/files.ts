// The files of a run's report, by name. A request names a key of an index that was read from the folder; no path is ever
// made of what was asked for.

import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};

export interface ServedFile {
  readonly path: string;
  readonly type: string;
}

/** Regular files of known kinds below a folder, by their path with `/`; links are left out, wherever they lead. */
export async function indexFiles(folder: string): Promise<ReadonlyMap<string, ServedFile>> {
  const index = new Map<string, ServedFile>();
  const top = await lstat(folder).catch(() => undefined);
  if (!top?.isDirectory()) return index;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const type = TYPES[entry.name.split('.').at(-1) ?? ''];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    index.set(relative(folder, path).split(sep).join('/'), { path, type });
  }
  return index;
}
