// Where config.json files of various ages say how positions turn, brought into the form of transformers 5.

import { isJsonObject, type JsonObject } from '../json-file.ts';
import type { Family } from './families.ts';

/**
 * The rotary settings of layers with full attention and of those with a window, from any dialect: transformers 4
 * wrote `rope_scaling`, transformers 5 writes `rope_parameters`, for Gemma 3 by type of layer.
 */
export function ropeByLayerType(family: Family, json: JsonObject): object {
  const given = json['rope_parameters'] ?? json['rope_scaling'];
  if (isJsonObject(given) && 'full_attention' in given && family.localTheta !== null)
    return {
      full_attention: completeRope(family, json, given['full_attention']),
      sliding_attention: completeRope(family, json, given['sliding_attention']),
    };
  // Gemma 3 scales its layers with full attention alone.
  const local = family.localTheta === null ? given : undefined;
  return {
    full_attention: completeRope(family, json, given),
    sliding_attention: completeRope(family, json, local),
  };
}

/** Adds what stands elsewhere in config.json: the original context above all. */
function completeRope(family: Family, json: JsonObject, given: unknown): unknown {
  if (!isJsonObject(given)) return given;
  const { rope_type, type, ...rest } = given;
  let kind = rope_type ?? type ?? 'default';
  // Early Phi-3 configurations say yarn and mean LongRoPE, which has factors for every pair.
  if (family.fused && kind === 'yarn') kind = 'longrope';
  const context = 'original_max_position_embeddings';
  const fallback = kind === 'llama3' ? undefined : json['max_position_embeddings'];
  const original = json[context] ?? rest[context] ?? fallback;
  return { ...rest, rope_type: kind, [context]: original };
}
