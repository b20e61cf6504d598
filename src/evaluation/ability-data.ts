// The benchmarks' published files, from a file, a folder or an address. None of them is part of this package.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';
import { BadInput } from '../errors.ts';
import { firstIssue } from '../files/issue-text.ts';
import { readText } from '../files/read-file.ts';
import { fetchText } from '../http/download.ts';
import { cacheFolder } from '../models/cache-folder.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';

const isAddress = (place: string) => /^https?:\/\//.test(place);

/** An address or a path, and something below it. */
export function below(place: string, name: string): string {
  return isAddress(place) ? `${place.replace(/\/$/, '')}/${name}` : join(place, name);
}

/**
 * The text at a path or an address. What came from an address is kept in the cache and not fetched again.
 *
 * @throws BadInput if there is no such file; RemoteFailure if the address does not answer
 */
export async function readPlace(place: string): Promise<string> {
  if (isAddress(place)) return fetchOnce(place);
  return readText(place, { advice: "name the benchmark's published file, or its address" });
}

async function fetchOnce(url: string): Promise<string> {
  const kept = join(cacheFolder(), 'abilities', createHash('sha256').update(url).digest('hex'));
  const cached = await readText(kept, { advice: '' }).catch(() => undefined);
  if (cached !== undefined) return cached;
  const text = await fetchText(url, { advice: 'download the file and name it as data' });
  await writeFileAtomic(kept, text);
  return text;
}

/**
 * The entries of a JSON array, or of JSON lines; or of the rows that the Hugging Face hub's viewer answers with.
 *
 * @param expected what the file should be, for the message
 * @throws BadInput naming the entry that is wrong
 */
export function parseEntries<T extends z.ZodType>(
  text: string,
  place: string,
  schema: T,
  expected: string,
): z.infer<T>[] {
  const entries = splitEntries(text, place, expected);
  if (entries.length === 0) throw new BadInput(place, `is empty; it should be ${expected}`);
  return entries.map((entry, index) => {
    const result = schema.safeParse(entry);
    if (result.success) return result.data;
    const wrong = firstIssue(result.error, entry, 'the entry');
    throw new BadInput(place, `entry ${index + 1}: ${wrong}; it should be ${expected}`);
  });
}

function splitEntries(text: string, place: string, expected: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  try {
    if (lines.length > 0 && !/^\s*[[{]/.test(text))
      throw new SyntaxError('it begins neither with [ nor with {');
    if (text.trimStart().startsWith('[')) return JSON.parse(text) as unknown[];
    const first = lines.length === 1 ? (JSON.parse(text) as { rows?: { row?: unknown }[] }) : undefined;
    if (Array.isArray(first?.rows)) return first.rows.map((row) => row.row ?? row);
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch (cause) {
    throw new BadInput(place, `is not JSON (${(cause as Error).message}); it should be ${expected}`, {
      cause,
    });
  }
}

/** Hex SHA-256 of texts, each told from the next. */
export function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
