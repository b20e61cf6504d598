// The types that weights may have in memory, and what each means for a measurement.

import { BadInput } from '../../errors.ts';
import { MODEL_DEVICES, type ModelDevice } from './device-names.ts';
import { DEVICE_FACTS } from './devices.ts';
import type { Bits } from './quantize.ts';

/** What a study or a program may ask for. */
export const DTYPES = ['fp32', 'fp16', 'bf16', 'q8', 'q4'] as const;

export type Dtype = (typeof DTYPES)[number];

const Q4_WARNING =
  'weights in 4 bits distort the hidden states: of the embedded models one keeps R² 0.74 to float32 in a layer where 8 bits keep 0.998; take q8 for results';

/**
 * Checks that a device computes in a type.
 *
 * @throws BadInput for a type that is unknown, or that ONNX Runtime would silently turn into float32
 */
export function checkDtype(model: string, dtype: string, device: ModelDevice = 'cpu'): Dtype {
  const valid = DTYPES.find((known) => known === dtype);
  if (!valid) throw new BadInput(model, `dtype "${dtype}" is unknown; known are ${DTYPES.join(', ')}`);
  if ((valid === 'fp16' || valid === 'bf16') && !DEVICE_FACTS[device].halves.includes(valid)) {
    const on = device === 'cpu' ? 'the CPU' : device;
    const others = MODEL_DEVICES.filter((other) => DEVICE_FACTS[other].halves.includes(valid));
    throw new BadInput(
      model,
      `ONNX Runtime has no products in ${valid} on ${on}; take q8 (1.1 bytes per weight) or fp32 (4 bytes), or device ${others.join(' or ')}`,
    );
  }
  return valid;
}

/** Whether the weights are rounded, beforehand and into a file of their own, rather than loaded as they are. */
export function isQuantized(dtype: Dtype): dtype is 'q8' | 'q4' {
  return dtype === 'q8' || dtype === 'q4';
}

export function bitsOf(dtype: 'q8' | 'q4'): Bits {
  return dtype === 'q4' ? 4 : 8;
}

/** What a results file says of a model because of its type. */
export function dtypeNotes(dtype: Dtype): readonly string[] {
  if (dtype === 'q4') return [Q4_WARNING];
  return dtype === 'fp16' || dtype === 'bf16' ? [halfNote(dtype)] : [];
}

function halfNote(dtype: 'fp16' | 'bf16'): string {
  return `products with weights are computed in ${dtype}; sums, norms, attention and the recorded states are float32`;
}

/** The kernel for 4-bit weights takes a way of its own for a single row: `EngineOptions.smallestBatch`. */
export function smallestBatch(dtype: string): number {
  return dtype === 'q4' ? 2 : 1;
}
