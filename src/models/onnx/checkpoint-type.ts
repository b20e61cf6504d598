// What is known of a checkpoint that was opened and checked, a folder or a GGUF file.

import type { TokenizerFiles } from '../tokenizer-files.ts';
import type { ModelConfig } from './config.ts';
import type { WeightEntry } from './weight-entry.ts';

export interface Checkpoint extends TokenizerFiles {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, WeightEntry>;
  /** The real folder that all weight files are in or below: where the links of a Hugging Face cache lead. */
  readonly weightsFolder: string;
  /** Number of weights; a tied LM head is not counted twice. */
  readonly parameters: number;
  /** Tokens that end a reply, from config.json and generation_config.json. */
  readonly eosTokenIds: readonly number[];
  /** Hex SHA-256 over names, sizes and bytes of all the files above. */
  readonly revision: string;
  /** Whether it is a GGUF file, which prepareWeights makes readable for ONNX Runtime. */
  readonly gguf?: true;
}
