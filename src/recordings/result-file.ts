// JSON files of ours, each of a format of its own: how one is written, and how reading tells a damaged file from one of
// another format and from one that was made of other inputs. A format's name ends in its version: `interbrain-probes-1`.

import { z } from 'zod';
import { CorruptFile, InterbrainError, OtherFormat } from '../errors.ts';
import { checkValue, NOT_OURS, readJsonValue, writeJson } from './atomic-file.ts';

const ADVICE = 'delete it and run the study again';

/** Hashes of what a result was made of, by name; hex SHA-256. */
export type Inputs = Readonly<Record<string, string>>;

/** A result as it lies on disk: with the hashes of what it was made of. */
export interface StoredResult<Result> {
  readonly inputs: Inputs;
  readonly result: Result;
}

/** What a kind of file is. */
export interface FileFormat<Value> {
  /** Name and version, as the files say them: `interbrain-probes-1`. */
  readonly format: string;
  /** What a file holds; a result's without `inputs`, which all results have. */
  readonly schema: z.ZodType<Value>;
  /** What to do about a file that cannot be read; to delete it and run the study again by default. */
  readonly advice?: string;
}

/** What a kind of result file is. */
export interface ResultFormat<Result> extends FileFormat<Result> {
  /** Words that tell files of one format apart, between the format and the inputs: `{ part: 'text' }`. */
  readonly label?: Readonly<Record<string, string>>;
}

/** All that is done with the files of one format. */
export interface JsonFile<Value> {
  readonly format: string;
  /**
   * Reads a file.
   *
   * @throws BadInput if there is none; OtherFormat if it is of another format or version; CorruptFile, with the place
   * in the file, if it is damaged
   */
  read(path: string): Promise<Value>;
  /**
   * Writes a file, whole or not at all. The same value gives the same bytes.
   *
   * @throws BadInput if it cannot be written
   */
  write(path: string, value: Value): Promise<void>;
  /** Reads a file that may not be there: undefined if it is missing, damaged or of another format. */
  readIfThere(path: string): Promise<Value | undefined>;
}

/** The same for results, which know what they were made of. */
export type ResultFile<Result> = JsonFile<StoredResult<Result>>;

/** Whether what is stored was made of these inputs. Others that are stored with it are nobody's concern. */
export function sameInputs(stored: Inputs | undefined, inputs: Inputs): boolean {
  return stored !== undefined && Object.entries(inputs).every(([name, hash]) => stored[name] === hash);
}

/**
 * The files of one format. A value says its own format: `value.format` is what is written.
 *
 * @param description of the format; its schema has `format: z.literal(…)`
 */
export function jsonFile<Value extends { readonly format: string }>(
  description: FileFormat<Value>,
): JsonFile<Value> {
  const { format, schema, advice = ADVICE } = description;
  return withReadIfThere<Value>({
    format,
    async read(path) {
      return checkValue(path, await readFormat(path, format, advice), schema, advice);
    },
    write: writeJson,
  });
}

/** The files of results of one format: `{ format, inputs, … }` with what a result holds behind them. */
export function resultFile<Result extends object>({
  format,
  schema,
  label = {},
  advice = ADVICE,
}: ResultFormat<Result>): ResultFile<Result> {
  const words = Object.entries(label).map(([name, word]) => [name, z.literal(word)] as const);
  const head = z.object({ ...Object.fromEntries(words), inputs: z.record(z.string(), z.string()) });
  return withReadIfThere({
    format,
    async read(path) {
      const value = await readFormat(path, format, advice);
      const { inputs } = checkValue(path, value, head, advice);
      return { inputs, result: checkValue(path, value, schema, advice) };
    },
    write: (path, { inputs, result }) => writeJson(path, { format, ...label, inputs, ...result }),
  });
}

function withReadIfThere<Value>(file: Omit<JsonFile<Value>, 'readIfThere'>): JsonFile<Value> {
  return {
    ...file,
    async readIfThere(path) {
      try {
        return await file.read(path);
      } catch (error) {
        if (error instanceof InterbrainError) return undefined;
        throw error;
      }
    },
  };
}

/** The JSON value of a file that says the format. */
async function readFormat(path: string, format: string, advice: string): Promise<unknown> {
  const value = await readJsonValue(path, advice);
  const said = z.object({ format: z.string() }).safeParse(value);
  if (!said.success) throw new CorruptFile(path, `it does not say its format, ${format}; ${NOT_OURS}`);
  checkFormat(path, said.data.format, format, advice);
  return value;
}

/**
 * Whether a file is of the format that is read here.
 *
 * @param found the format that the file names
 * @throws OtherFormat saying whether it is older, newer or something else, and what to do
 */
export function checkFormat(path: string, found: string, format: string, advice: string): void {
  if (found === format) return;
  const [was, needed] = [nameAndVersion(found), nameAndVersion(format)];
  if (was === undefined || was.name !== needed?.name)
    throw new OtherFormat(path, found, format, `a file of another kind lies there; ${NOT_OURS}`);
  if (was.version < needed.version)
    throw new OtherFormat(path, found, format, `it was written by an older interbrain; ${advice}`);
  throw new OtherFormat(
    path,
    found,
    format,
    `it was written by a newer interbrain: use that one, or ${advice}`,
  );
}

function nameAndVersion(format: string): { readonly name: string; readonly version: number } | undefined {
  const [, name, version] = /^(.+)-(\d+)$/.exec(format) ?? [];
  return name === undefined ? undefined : { name, version: Number(version) };
}
