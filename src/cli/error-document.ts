// An error as `--json` has it.

import {
  BadInput,
  CorruptFile,
  FileFailure,
  InterbrainError,
  MissingDependency,
  ModelFailure,
  ModelMismatch,
  OtherFormat,
  RemoteFailure,
} from '../errors.ts';
import { Interrupted } from './interrupt.ts';

export interface ErrorDocument {
  readonly error: {
    /** The class of the error, `BadInput`; `Interrupted` for Ctrl-C; `Bug` for what should never happen. */
    readonly kind: string;
    readonly message: string;
    /** The place in a file, the path, the model or the address that it is about. */
    readonly where?: string;
    readonly exitCode: number;
  };
}

function whereOf(error: unknown): string | undefined {
  if (error instanceof BadInput) return error.where;
  if (error instanceof CorruptFile || error instanceof FileFailure || error instanceof OtherFormat)
    return error.path;
  if (error instanceof ModelMismatch || error instanceof ModelFailure) return error.model;
  if (error instanceof MissingDependency) return error.dependency;
  return error instanceof RemoteFailure ? error.url : undefined;
}

export function errorDocument(error: unknown): ErrorDocument {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Interrupted) return { error: { kind: 'Interrupted', message, exitCode: 130 } };
  if (!(error instanceof InterbrainError)) return { error: { kind: 'Bug', message, exitCode: 1 } };
  const where = whereOf(error);
  const { name: kind, exitCode } = error;
  return { error: { kind, message, ...(where !== undefined && { where }), exitCode } };
}
