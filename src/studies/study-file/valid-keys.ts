// Which keys the schema knows at a path of the study file.

import { studySchema } from '../schema.ts';
import type { Path } from './problem.ts';

/** As much of a zod schema as it takes to find its keys. */
interface AnySchema {
  readonly shape?: Readonly<Record<PropertyKey, unknown>>;
  readonly def?: {
    readonly options?: readonly unknown[];
    readonly innerType?: unknown;
    /** Of a pipe. */
    readonly in?: unknown;
    readonly out?: unknown;
    /** Of a record. */
    readonly valueType?: unknown;
    /** Of a list. */
    readonly element?: unknown;
  };
}

/** What a schema may be: itself, or what an option, a default or a transformation leads to. */
function alternatives(schema: unknown): AnySchema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own: AnySchema = schema;
  const inner = [...(own.def?.options ?? []), own.def?.innerType, own.def?.in, own.def?.out];
  return [own, ...inner.flatMap(alternatives)];
}

function below(schema: AnySchema, step: PropertyKey): AnySchema[] {
  const own = schema.shape && Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
  return [own, schema.def?.valueType, schema.def?.element].flatMap(alternatives);
}

/** The keys that may stand at a path; none where there are no fixed ones. */
export function validKeys(path: Path): string[] {
  let schemas = alternatives(studySchema);
  for (const step of path) schemas = schemas.flatMap((schema) => below(schema, step));
  return [...new Set(schemas.flatMap(({ shape = {} }) => Object.keys(shape)))];
}
