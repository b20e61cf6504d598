// From logits to a token. In float64, with a stream of random numbers that a seed names: the same logits and
// the same seed give the same tokens on every machine.

import { BadInput } from '../errors.ts';
import type { Random } from '../numerics/random.ts';
import type { Sampling } from './language-model.ts';

/** @throws BadInput, naming `where`, for settings that no model can follow */
export function checkSampling(where: string, { temperature, maxNewTokens }: Sampling): void {
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
    throw new BadInput(where, `temperature ${temperature} is not a number from 0 (greedy) up`);
  if (!(Number.isSafeInteger(maxNewTokens) && maxNewTokens >= 0))
    throw new BadInput(where, `maxNewTokens ${maxNewTokens} is not a whole number from 0 up`);
}

/**
 * Draws a token from softmax(logits / temperature), or takes the likeliest one at temperature 0, where the
 * lowest id wins a tie. Takes one number from `random` at any temperature above 0.
 *
 * @param logits (vocabSize)
 * @param weights (vocabSize), overwritten: memory that a caller who draws often may bring
 * @throws RangeError if a logit is NaN or none is finite
 */
export function sampleToken(
  logits: Float32Array,
  temperature: number,
  random: Random,
  weights: Float64Array = new Float64Array(logits.length),
): number {
  const best = indexOfMaximum(logits);
  if (temperature === 0) return best;
  const maximum = logits[best]!;
  let total = 0;
  for (let token = 0; token < logits.length; token++) {
    const weight = Math.exp((logits[token]! - maximum) / temperature);
    weights[token] = weight;
    total += weight;
  }
  let remaining = random.uniform() * total;
  for (let token = 0; token < logits.length; token++) {
    remaining -= weights[token]!;
    if (remaining < 0) return token;
  }
  // Rounding may leave a crumb of the total; it belongs to a token that is not impossible.
  return best;
}

/** Place of the largest value, the first of several. Throws RangeError for NaN, or if all values are infinite. */
function indexOfMaximum(values: Float32Array): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > values[best]!) best = i;
    if (Number.isNaN(value)) throw new RangeError(`logit ${i} is not a number`);
  }
  if (!Number.isFinite(values[best])) throw new RangeError(`the largest logit is ${values[best]}`);
  return best;
}
