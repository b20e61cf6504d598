import type { ModelInfo } from '../language-model.ts';
import type { ModelDevice } from './device-names.ts';

/** A checkpoint's options with all defaults filled in. */
export interface OnnxSetup {
  readonly info: ModelInfo;
  readonly threads: number;
  /** Bytes; undefined for a share of what is free. */
  readonly kvMemory: number | undefined;
  /** Where products with weights are computed; `cpu` by default. */
  readonly device?: ModelDevice | undefined;
}

/** What a model says to those who use it after its end. */
export function disposedError(id: string): Error {
  return new Error(`model ${id} has been disposed of`);
}
