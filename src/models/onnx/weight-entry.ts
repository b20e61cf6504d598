import type { TensorEntry } from '../../numerics/safetensors.ts';

/** A tensor and the file that holds it, by its path below `Checkpoint.weightsFolder`. */
export interface WeightEntry extends TensorEntry {
  readonly file: string;
  /** Of the codes of a quantised matrix: its columns, without those that fill up the last block. */
  readonly columns?: number;
}
