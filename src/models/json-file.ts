// The JSON files of a checkpoint.

import { readFile } from 'node:fs/promises';
import { CorruptFile, messageOf } from '../errors.ts';

/** A JSON object whose values nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a file that holds a JSON object. Throws CorruptFile for anything else. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorruptFile(path, `is not JSON (${messageOf(cause)}); download it again`, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new CorruptFile(path, 'must hold a JSON object; download it again');
}
