// The types that weights may have in memory, and what each means for a measurement.

import { BadInput } from '../../errors.ts';
import { MODEL_DEVICES, type ModelDevice } from './device-names.ts';
import { DEVICE_FACTS } from './devices.ts';
import type { Bits } from './quantize.ts';

/** What a study or a program may ask for. */
export const DTYPES = ['fp32', 'fp16', 'bf16', 'q8', 'w8a8', 'q4'] as const;

export type Dtype = (typeof DTYPES)[number];

/** Types that are made beforehand, into a file of their own. */
export type QuantizedType = 'q8' | 'w8a8' | 'q4';

/**
 * What a type does to hidden states where that is more than bf16 does, the precision in which models are published and
 * usually run; docs/models.md, “Precision”.
 */
const DISTORTIONS = {
  w8a8: 'activations in 8 bits distort the hidden states: a trained model keeps R² 0.93 to float32 in a layer where bf16 keeps 0.98 and q8 0.9999',
  q4: 'weights in 4 bits distort the hidden states: in layers of a trained model R² to float32 falls below 0 where q8 keeps 0.9999',
} as const satisfies Partial<Record<Dtype, string>>;

/** Types that a study has to name once more before they are measured with. */
export const DISTORTING = ['w8a8', 'q4'] as const satisfies readonly (keyof typeof DISTORTIONS)[];

/** Versions of types whose states were others once: q8 rounded values to 8 bits, as w8a8 does now. */
export const DTYPE_VERSIONS: Partial<Readonly<Record<Dtype, number>>> = { q8: 2 };

/** What a type does to hidden states; undefined for one that may be measured with. */
export function distortionOf(dtype: Dtype): string | undefined {
  return dtype === 'w8a8' || dtype === 'q4' ? DISTORTIONS[dtype] : undefined;
}

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
      `ONNX Runtime has no products in ${valid} on ${on}; take q8 (1.75 bytes per weight) or fp32 (4 bytes), or device ${others.join(' or ')}`,
    );
  }
  return valid;
}

/** Whether the weights are rounded, beforehand and into a file of their own, rather than loaded as they are. */
export function isQuantized(dtype: Dtype): dtype is QuantizedType {
  return dtype === 'q8' || dtype === 'w8a8' || dtype === 'q4';
}

export function bitsOf(dtype: QuantizedType): Bits {
  return dtype === 'q4' ? 4 : 8;
}

/** What a results file says of a model because of its type. */
export function dtypeNotes(dtype: Dtype): readonly string[] {
  const distortion = distortionOf(dtype);
  if (distortion) return [`${distortion}; take q8 for results`];
  if (dtype === 'q8') return [Q8_NOTE];
  return dtype === 'fp16' || dtype === 'bf16' ? [halfNote(dtype)] : [];
}

const Q8_NOTE =
  'weights in 8 bits with 4 bits more of what they leave, values in 16: in every layer of the model that it was measured on truer than bf16 (docs/models.md, “Precision”)';

function halfNote(dtype: 'fp16' | 'bf16'): string {
  return `products with weights are computed in ${dtype}; sums, norms, attention and the recorded states are float32`;
}

/**
 * Checks that the weights of a GGUF file can be had in a type.
 *
 * @throws BadInput for q4, whose rounding would be the second one
 */
export function checkGgufDtype(model: string, dtype: Dtype): void {
  if (dtype === 'q4')
    throw new BadInput(
      model,
      'dtype q4 would round the weights of a GGUF file once more; take q8, which keeps the blocks of the file as they are, in 4 bits where they have 4, or fp32',
    );
}
