// The weights of scripts/golden_variants.py: noise from the name of a tensor and the position alone.

import { crc32 } from 'node:zlib';
import { encodeSafetensors } from '../src/numerics/safetensors.ts';

export interface VariantTensors {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Norms are stored less 1. */
  readonly addsOne: boolean;
  /** Tensors that are copies of others. */
  readonly copies?: Readonly<Record<string, string>> | undefined;
}

/** A model.safetensors with these tensors, float32. */
export function variantWeights({ shapes, addsOne, copies = {} }: VariantTensors): Buffer {
  return encodeSafetensors(
    Object.entries(shapes).map(([name, shape]) => ({
      name,
      dtype: 'F32',
      shape,
      data: noise(copies[name] ?? name, shape, addsOne),
    })),
  );
}

function noise(name: string, shape: readonly number[], addsOne: boolean): Float32Array {
  const count = shape.reduce((product, length) => product * length, 1);
  const seed = crc32(name);
  const sharp = /embed|lm_head/.test(name) ? 1.2 : 1.7 / Math.sqrt(shape.at(-1) ?? 1);
  return Float32Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + seed) >>> 0;
    for (let round = 0; round < 2; round++) x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
    const value = ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
    if (shape.length > 1) return value * sharp;
    return name.endsWith('bias') || addsOne ? 0.3 * value : 1 + 0.3 * value;
  });
}
