// The JSON files of a checkpoint, read as Python reads them: NaN and Infinity are numbers, a byte order mark is none of it.

import { CorruptFile, messageOf } from '../errors.ts';
import { readBytes } from '../files/read-file.ts';

/** A JSON object whose values nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Longest file that is read, bytes; the largest tokenizer.json that is known has 33 MB. */
const LONGEST = 256_000_000;

/** Reads a file that holds a JSON object. Throws CorruptFile for anything else; as `readBytes` if it cannot be read. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const value = parseJson(path, await readBytes(path, { advice: 'download it again', mostBytes: LONGEST }));
  if (isJsonObject(value)) return value;
  throw new CorruptFile(path, 'must hold a JSON object; download it again');
}

function parseJson(path: string, bytes: Buffer): unknown {
  if (bytes.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)))
    throw new CorruptFile(
      path,
      'begins with a byte order mark, which JSON must not have and transformers refuses; save it as UTF-8 without one',
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CorruptFile(path, 'is not UTF-8; save it as UTF-8, or download it again', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const python = parsePython(text);
    if (python !== undefined) return python.value;
    throw new CorruptFile(path, `is not JSON (${messageOf(cause)}); download it again`, { cause });
  }
}

/** What Python's json writes for numbers that JSON has not. */
const NUMBERS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** Parses JSON with such numbers in it; undefined if it is none even so. */
function parsePython(text: string): { readonly value: unknown } | undefined {
  // No string of the text can be this one.
  let mark = 'number:';
  while (text.includes(mark)) mark += ':';
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs, (token) =>
    token.startsWith('"') ? token : JSON.stringify(mark + token),
  );
  try {
    const value: unknown = JSON.parse(marked, (_, found: unknown) =>
      typeof found === 'string' && found.startsWith(mark) ? NUMBERS[found.slice(mark.length)] : found,
    );
    return { value };
  } catch {
    return undefined;
  }
}
