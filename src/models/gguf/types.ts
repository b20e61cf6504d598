// The types that tensors of a GGUF file may have: how many values share a block, and how many bytes a block takes.
// Numbers and layouts: ggml's `ggml_type` and `block_q*`, https://github.com/ggml-org/ggml

interface TypeFacts {
  /** Values per block; a row is a whole number of blocks. */
  readonly values: number;
  /** Bytes per block. */
  readonly bytes: number;
}

/** The types that are read, by ggml's names. */
export const GGUF_TYPES = {
  F32: { values: 1, bytes: 4 },
  F16: { values: 1, bytes: 2 },
  BF16: { values: 1, bytes: 2 },
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q5_0: { values: 32, bytes: 22 },
  Q5_1: { values: 32, bytes: 24 },
  Q8_0: { values: 32, bytes: 34 },
  Q4_K: { values: 256, bytes: 144 },
  Q5_K: { values: 256, bytes: 176 },
  Q6_K: { values: 256, bytes: 210 },
} as const satisfies Record<string, TypeFacts>;

export type GgufType = keyof typeof GGUF_TYPES;

/** The types whose values share scales. */
export type BlockType = Exclude<GgufType, 'F32' | 'F16' | 'BF16'>;

export function isGgufType(name: string): name is GgufType {
  return Object.hasOwn(GGUF_TYPES, name);
}

export function isBlockType(name: string): name is BlockType {
  return isGgufType(name) && GGUF_TYPES[name].values > 1;
}

/** ggml's name of every type by its number, those that are not read among them: a refusal should say what it is. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  30: 'BF16',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
};

/** ggml's name of a type, or `type 99` for one that has none here. */
export function typeName(id: number): string {
  return NAMES[id] ?? `type ${id}`;
}
