// From logits to a token. In float64, with a stream of random numbers that a seed names: the same logits and
// the same seed give the same tokens on every machine.
//
// What narrows the choice comes in the order of transformers' `generate`: repetition penalty, temperature, top-k,
// top-p, min-p. None of it is on unless it is asked for.

import { BadInput } from '../errors.ts';
import { at, first } from '../numerics/lookup.ts';
import type { Random } from '../numerics/random.ts';
import type { Sampling } from './language-model.ts';

/** What of `Sampling` decides on one token. */
export type Choice = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>;

/** @throws BadInput, naming `where`, for settings that no model can follow */
export function checkSampling(where: string, sampling: Sampling): void {
  const { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop = [], lines } = sampling;
  const check = (valid: boolean, name: string, value: unknown, range: string) => {
    if (!valid) throw new BadInput(where, `${name} ${value} is not ${range}`);
  };
  const finite = (value: number) => value < Number.POSITIVE_INFINITY;
  check(temperature >= 0 && finite(temperature), 'temperature', temperature, 'a number from 0 (greedy) up');
  check(
    Number.isSafeInteger(maxNewTokens) && maxNewTokens >= 0,
    'maxNewTokens',
    maxNewTokens,
    'a whole number from 0 up',
  );
  if (topK !== undefined)
    check(Number.isSafeInteger(topK) && topK >= 1, 'topK', topK, 'a whole number from 1 up');
  if (topP !== undefined) check(topP > 0 && topP <= 1, 'topP', topP, 'a number above 0 and up to 1 (all)');
  if (minP !== undefined) check(minP >= 0 && minP <= 1, 'minP', minP, 'a number from 0 (all) to 1');
  if (repetitionPenalty !== undefined)
    check(
      repetitionPenalty > 0 && finite(repetitionPenalty),
      'repetitionPenalty',
      repetitionPenalty,
      'a number above 0 (1 is none)',
    );
  check(lines === undefined || lines === 'first' || lines === 'all', 'lines', lines, 'first or all');
  for (const text of stop)
    check(
      text !== '' && (lines === 'all' || !/[\n\r]/.test(text)),
      'stop',
      JSON.stringify(text),
      'a text on one line; a reply ends at its line break anyway',
    );
}

/**
 * Draws a token from softmax(logits / temperature), or takes the likeliest one at temperature 0, where the
 * lowest id wins a tie. Takes one number from `random` at any temperature above 0.
 *
 * @param logits (vocabSize)
 * @param choice a temperature, or all that decides
 * @param weights (vocabSize), overwritten: memory that a caller who draws often may bring
 * @param context prompt and reply so far: the tokens that `repetitionPenalty` makes less likely
 * @throws RangeError if a logit is NaN or none is finite
 */
export function sampleToken(
  logits: Float32Array,
  choice: number | Choice,
  random: Random,
  weights: Float64Array = new Float64Array(logits.length),
  context: Iterable<number> = [],
): number {
  const settings = typeof choice === 'number' ? { temperature: choice } : choice;
  const { scores, best } = scoreTokens(logits, settings, context);
  if (settings.temperature === 0) return best;
  const total = weighTokens(scores, best, settings, weights);
  let remaining = random.uniform() * total;
  for (let token = 0; token < logits.length; token++) {
    remaining -= weights[token]!;
    if (remaining < 0) return token;
  }
  // Rounding may leave a crumb of the total; it belongs to a token that is not impossible.
  return best;
}

/**
 * The probabilities that `sampleToken` draws with: (vocabSize), float64, summing to 1. At temperature 0 all of it is
 * on the likeliest token.
 *
 * @throws RangeError if a logit is NaN or none is finite
 */
export function tokenProbabilities(
  logits: Float32Array,
  choice: Choice,
  context: Iterable<number> = [],
): Float64Array {
  const weights = new Float64Array(logits.length);
  const { scores, best } = scoreTokens(logits, choice, context);
  if (choice.temperature === 0) {
    weights[best] = 1;
    return weights;
  }
  const total = weighTokens(scores, best, choice, weights);
  return weights.map((weight) => weight / total);
}

/** The logits after the repetition penalty, and the place of the largest. */
function scoreTokens(
  logits: Float32Array,
  { repetitionPenalty = 1 }: Choice,
  context: Iterable<number>,
): { scores: Float32Array | Float64Array; best: number } {
  const likeliest = indexOfMaximum(logits);
  if (repetitionPenalty === 1) return { scores: logits, best: likeliest };
  const scores = Float64Array.from(logits);
  for (const token of new Set(context)) {
    const score = scores[token];
    if (score !== undefined)
      scores[token] = score < 0 ? score * repetitionPenalty : score / repetitionPenalty;
  }
  return { scores, best: indexOfMaximum(scores) };
}

/** Fills `weights` with exp((score − largest) / temperature), 0 for what is not in the choice; returns their sum. */
function weighTokens(
  scores: Float32Array | Float64Array,
  best: number,
  { temperature, topK, topP = 1, minP = 0 }: Choice,
  weights: Float64Array,
): number {
  const maximum = at(scores, best);
  let total = 0;
  for (let token = 0; token < scores.length; token++) {
    const weight = Math.exp((scores[token]! - maximum) / temperature);
    weights[token] = weight;
    total += weight;
  }
  if (topK !== undefined && topK < weights.length) total = dropBelow(weights, kthLargest(weights, topK));
  if (topP < 1) total = dropTail(weights, total, topP);
  // The largest weight is 1, so this is a share of the largest probability.
  if (minP > 0) total = dropBelow(weights, minP);
  return total;
}

/** Sets weights below `threshold` to 0; returns the sum of the others. */
function dropBelow(weights: Float64Array, threshold: number): number {
  let total = 0;
  for (let token = 0; token < weights.length; token++) {
    if (weights[token]! < threshold) weights[token] = 0;
    total += weights[token]!;
  }
  return total;
}

/** Up to this k, a list of the k largest is kept while the weights go by; beyond it they are sorted. */
const SHORT_LIST = 256;

function kthLargest(weights: Float64Array, k: number): number {
  if (k > SHORT_LIST) return at(weights.slice().sort(), weights.length - k);
  // Ascending: the first is what the next weight has to beat.
  const largest = weights.slice(0, k).sort();
  for (let token = k; token < weights.length; token++) {
    const weight = weights[token]!;
    if (weight <= largest[0]!) continue;
    let place = 1;
    while (place < k && largest[place]! < weight) place++;
    largest.copyWithin(0, 1, place);
    largest[place - 1] = weight;
  }
  return first(largest);
}

/**
 * Keeps the likeliest tokens, as few as hold `topP` of the probability; of equal ones the lower ids. The likeliest
 * always stays. Returns the sum of what is kept.
 */
function dropTail(weights: Float64Array, total: number, topP: number): number {
  const tail = (1 - topP) * total;
  // All weights up to this one together are no more than the tail: the rest alone has to be sorted.
  const small = tail / weights.length;
  let dropped = 0;
  const candidates: number[] = [];
  for (let token = 0; token < weights.length; token++) {
    const weight = weights[token]!;
    if (weight > small) candidates.push(token);
    else {
      dropped += weight;
      weights[token] = 0;
    }
  }
  candidates.sort((a, b) => weights[a]! - weights[b]! || b - a);
  let kept = 0;
  for (const token of candidates.slice(0, -1)) {
    dropped += weights[token]!;
    if (dropped > tail) break;
    weights[token] = 0;
  }
  for (const token of candidates) kept += weights[token]!;
  return kept;
}

/** Place of the largest value, the first of several. Throws RangeError for NaN, or if all values are infinite. */
function indexOfMaximum(values: Float32Array | Float64Array): number {
  let best = 0;
  let largest = values[0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) throw new RangeError(`logit ${i} is not a number`);
    if (largest === undefined || value <= largest) continue;
    best = i;
    largest = value;
  }
  if (!Number.isFinite(largest)) throw new RangeError(`the largest logit is ${largest}`);
  return best;
}
