// The types that weights may have in memory, and what each means for a measurement.

import { BadInput } from '../../errors.ts';
import type { Bits } from './quantize.ts';

/** What a study or a program may ask for. */
export const DTYPES = ['fp32', 'fp16', 'bf16', 'q8', 'q4'] as const;

export type Dtype = (typeof DTYPES)[number];

const Q4_WARNING =
  'weights in 4 bits distort the hidden states: of the embedded models one keeps R² 0.74 to float32 in a layer where 8 bits keep 0.998; take q8 for results';

/**
 * Checks that the CPU computes in a type.
 *
 * @throws BadInput for a type that is unknown, or that ONNX Runtime would silently turn into float32
 */
export function checkDtype(model: string, dtype: string): Dtype {
  const valid = DTYPES.find((known) => known === dtype);
  if (!valid) throw new BadInput(model, `dtype "${dtype}" is unknown; known are ${DTYPES.join(', ')}`);
  if (valid === 'fp16' || valid === 'bf16')
    throw new BadInput(
      model,
      `ONNX Runtime has no products in ${valid} on the CPU; take q8 (1.1 bytes per weight) or fp32 (4 bytes)`,
    );
  return valid;
}

export function bitsOf(dtype: Dtype): Bits {
  return dtype === 'q4' ? 4 : 8;
}

/** What a results file says of a model because of its type. */
export function dtypeNotes(dtype: Dtype): readonly string[] {
  return dtype === 'q4' ? [Q4_WARNING] : [];
}

/** The kernel for 4-bit weights takes a way of its own for a single row: `EngineOptions.smallestBatch`. */
export function smallestBatch(dtype: string): number {
  return dtype === 'q4' ? 2 : 1;
}
