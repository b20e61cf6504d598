// The JSON files of a checkpoint.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CorruptFile } from '../errors.ts';

/** A JSON object whose values nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

const jsonObject = z.record(z.string(), z.unknown());

/** Reads a file that holds a JSON object. Throws CorruptFile for anything else. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptFile(path, `is not JSON (${reason}); download it again`, { cause });
  }
  const parsed = jsonObject.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CorruptFile(path, 'must hold a JSON object; download it again');
}
