// Rotary position embeddings: every pair of dimensions of a query or key turns with its position, each pair at its
// own frequency. What the scalings of config.json do to the frequencies goes into the tables of cosines and sines,
// so that the graph knows nothing of them. Formulas as in transformers' modeling_rope_utils, whose float32 rounding
// the tables keep: at position 4000 it turns by 1e-4 radians, and the models were trained with it.

import { z } from 'zod';
import { at } from '../../numerics/lookup.ts';

const count = z.int().positive();
const positive = z.number().positive();
const factors = z.array(positive).min(1);

const common = { rope_theta: positive.optional(), partial_rotary_factor: positive.max(1).optional() };

// Dynamic scaling changes nothing up to the model's own context length, and no longer sequence is ever run.
const schema = z.discriminatedUnion('rope_type', [
  z.object({ ...common, rope_type: z.literal('default') }),
  z.object({ ...common, rope_type: z.literal(['linear', 'dynamic']), factor: positive }),
  z.object({ ...common, rope_type: z.literal('proportional'), factor: positive.default(1) }),
  z.object({
    ...common,
    rope_type: z.literal('llama3'),
    factor: positive,
    low_freq_factor: positive,
    high_freq_factor: positive,
    original_max_position_embeddings: count,
  }),
  z.object({
    ...common,
    rope_type: z.literal('yarn'),
    factor: positive.nullish(),
    attention_factor: positive.nullish(),
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    beta_fast: z.number().nullish(),
    beta_slow: z.number().nullish(),
    truncate: z.boolean().default(true),
    original_max_position_embeddings: count,
  }),
  z.object({
    ...common,
    rope_type: z.literal('longrope'),
    factor: positive.nullish(),
    attention_factor: positive.nullish(),
    short_factor: factors,
    long_factor: factors,
    original_max_position_embeddings: count,
  }),
]);

/** A checked `rope_parameters`, in transformers' own names. */
export type RopeSettings = z.infer<typeof schema>;

/** The rope settings of one kind of layer, as rope-dialects.ts leaves them. */
export const ropeSchema = schema;

/** Every `rope_type` that can be computed. */
export const ROPE_TYPES = ['default', 'linear', 'dynamic', 'proportional', 'llama3', 'yarn', 'longrope'];

/** One way of turning: the layers of a model share one, or have one for local and one for global attention. */
export interface Rotary {
  readonly theta: number;
  /** How many of a head's dimensions turn; the rest stays. */
  readonly dimensions: number;
  readonly scaling: RopeSettings;
  /** Longest context, tokens, as YaRN and LongRoPE want to know it. */
  readonly maxPositions: number;
}

/** The longest sequence up to which the tables are those of transformers, tokens. */
export function exactPositions({ scaling, maxPositions }: Rotary): number {
  // Beyond the original context LongRoPE turns all positions anew, by the long factors, those of cached keys too.
  return scaling.rope_type === 'longrope'
    ? Math.min(maxPositions, scaling.original_max_position_embeddings)
    : maxPositions;
}

/** Rotation per position of every pair of dimensions, radians. Shape: (dimensions / 2), float32. */
export function rotaryFrequencies(rotary: Rotary): Float32Array {
  const { theta, dimensions } = rotary;
  const half = dimensions / 2;
  const scale = frequencyScale(rotary);
  return Float32Array.from({ length: half }, (_, i) => scale(theta ** (-i / half), i));
}

/** What cosines and sines are multiplied by: YaRN and LongRoPE sharpen attention so. */
export function rotaryAmplitude({ scaling, maxPositions }: Rotary): number {
  if (scaling.rope_type !== 'yarn' && scaling.rope_type !== 'longrope') return 1;
  if (scaling.attention_factor) return scaling.attention_factor;
  const factor = scaling.factor ?? maxPositions / scaling.original_max_position_embeddings;
  if (scaling.rope_type === 'longrope')
    return factor <= 1
      ? 1
      : Math.sqrt(1 + Math.log(factor) / Math.log(scaling.original_max_position_embeddings));
  const amplitude = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);
  const { mscale, mscale_all_dim } = scaling;
  return mscale && mscale_all_dim ? amplitude(mscale) / amplitude(mscale_all_dim) : amplitude(1);
}

/** Cosines and sines, each (positions, dimensions / 2), float32. */
export function rotaryTables(rotary: Rotary, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = rotaryFrequencies(rotary);
  const amplitude = rotaryAmplitude(rotary);
  const half = frequencies.length;
  const table = (wave: (angle: number) => number) =>
    Float32Array.from(
      { length: positions * half },
      (_, i) => wave(Math.fround(Math.floor(i / half) * at(frequencies, i % half))) * amplitude,
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

type Scale = (frequency: number, pair: number) => number;

function frequencyScale(rotary: Rotary): Scale {
  const { scaling } = rotary;
  switch (scaling.rope_type) {
    case 'default':
    case 'dynamic':
      return (frequency) => frequency;
    case 'linear':
      return (frequency) => frequency / scaling.factor;
    case 'proportional':
      return proportionalScale(rotary, scaling);
    case 'longrope':
      return (frequency, pair) => frequency / Math.fround(at(scaling.short_factor, pair));
    case 'llama3':
      return llama3Scale(scaling);
    case 'yarn':
      return yarnScale(rotary, scaling);
  }
}

/** The first pairs turn, at the frequencies of the whole head; the rest stays. */
function proportionalScale(
  { dimensions }: Rotary,
  scaling: Extract<RopeSettings, { rope_type: 'proportional' }>,
): Scale {
  const turning = Math.floor(((scaling.partial_rotary_factor ?? 1) * dimensions) / 2);
  return (frequency, pair) => (pair < turning ? frequency / scaling.factor : 0);
}

function llama3Scale(scaling: Extract<RopeSettings, { rope_type: 'llama3' }>): Scale {
  const { low_freq_factor: low, high_freq_factor: high, factor } = scaling;
  return (frequency) => {
    // How often this pair of dimensions turns around within the original context: rare turns are stretched,
    // frequent ones stay, and between the two bounds the frequency is mixed.
    const turns = (scaling.original_max_position_embeddings * frequency) / (2 * Math.PI);
    const keep = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return frequency * (keep + (1 - keep) / factor);
  };
}

/** As llama3's, but mixed evenly between the pairs that turn `beta_fast` and `beta_slow` times around. */
function yarnScale(
  { theta, dimensions, maxPositions }: Rotary,
  scaling: Extract<RopeSettings, { rope_type: 'yarn' }>,
): Scale {
  const original = scaling.original_max_position_embeddings;
  const factor = scaling.factor ?? maxPositions / original;
  const pairThatTurns = (times: number) =>
    (dimensions * Math.log(original / (times * 2 * Math.PI))) / (2 * Math.log(theta));
  let low = pairThatTurns(scaling.beta_fast || 32);
  let high = pairThatTurns(scaling.beta_slow || 1);
  if (scaling.truncate) [low, high] = [Math.floor(low), Math.ceil(high)];
  low = Math.max(low, 0);
  high = Math.min(high, dimensions - 1);
  if (low === high) high += 0.001;
  return (frequency, pair) => {
    const stretched = Math.min(1, Math.max(0, (pair - low) / (high - low)));
    return frequency * (1 - stretched + stretched / factor);
  };
}
