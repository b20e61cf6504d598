import type { TensorEntry } from '../../numerics/safetensors.ts';
import type { GgufType } from '../gguf/types.ts';

/** What the values of a tensor are: safetensors' types, and those of GGUF files. */
export type WeightType = TensorEntry['dtype'] | GgufType;

/** A tensor and the file that holds it, by its path below `Checkpoint.weightsFolder`. */
export interface WeightEntry extends Omit<TensorEntry, 'dtype'> {
  readonly dtype: WeightType;
  readonly file: string;
  /** Of the codes of a quantised matrix: its columns, without those that fill up the last block. */
  readonly columns?: number;
  /** Of the codes of a quantised matrix: weights that share a scale, where that is not `BLOCK`. */
  readonly block?: number;
  /** Of a GGUF file's q and k: rows of each head alternate between its halves, and a head has so many. */
  readonly interleavedRows?: number;
  /** Of a GGUF file's norms: 1 has been added to what a checkpoint folder has. */
  readonly plusOne?: true;
}
