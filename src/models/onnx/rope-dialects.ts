// Where config.json files of various ages say how positions turn, brought into one form as transformers 5 resolves it:
// transformers 4 wrote `rope_scaling`, transformers 5 writes `rope_parameters`, for Gemma 3 by type of layer. Where both
// stand, the older name wins, whole. What transformers would pass over in silence is refused: it says that the file
// does not mean what would be computed.

import { ModelMismatch } from '../../errors.ts';
import { isJsonObject, type JsonObject } from '../json-file.ts';
import type { Family } from './families.ts';
import { ROPE_TYPES } from './rotary.ts';

const BY_LAYER = ['full_attention', 'sliding_attention'];
const CONTEXT = 'original_max_position_embeddings';

/** The rope settings of layers with full attention and of those with a window, not checked yet. */
export interface RopeByLayerType {
  readonly full_attention: JsonObject;
  readonly sliding_attention: JsonObject;
}

/**
 * The rotary settings of layers with full attention and of those with a window, from any dialect.
 *
 * @throws ModelMismatch for a rope type that is not known, and for settings that transformers would not follow
 */
export function ropeByLayerType(model: string, family: Family, json: JsonObject): RopeByLayerType {
  const scaling = ropeDictionary(model, json, 'rope_scaling');
  const parameters = ropeDictionary(model, json, 'rope_parameters');
  const byType =
    family.localTheta === null
      ? sharedRope(model, scaling, parameters)
      : ropeOfTwoKinds(model, scaling, parameters);
  const complete = (given: JsonObject) => completeRope(model, family, json, given);
  return {
    full_attention: complete(byType.full_attention),
    sliding_attention: complete(byType.sliding_attention),
  };
}

/** A setting as Python's `or` takes it: an empty dictionary is none. */
function ropeDictionary(model: string, json: JsonObject, name: string): JsonObject | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw refusal(model, `${name} is no object`);
  return Object.keys(value).length === 0 ? undefined : value;
}

const isNested = (given: JsonObject | undefined) =>
  given !== undefined && BY_LAYER.some((type) => Object.hasOwn(given, type));

/** All layers turn alike. */
function sharedRope(
  model: string,
  scaling: JsonObject | undefined,
  parameters: JsonObject | undefined,
): RopeByLayerType {
  const given = scaling ?? parameters ?? {};
  if (isNested(given))
    throw refusal(
      model,
      'the rope settings are given by type of layer, which this architecture does not have; give one set for all layers',
    );
  return { full_attention: given, sliding_attention: given };
}

/** Gemma 3: `rope_scaling` is a change to the layers with full attention alone. */
function ropeOfTwoKinds(
  model: string,
  scaling: JsonObject | undefined,
  parameters: JsonObject | undefined,
): RopeByLayerType {
  if (isNested(scaling))
    throw refusal(
      model,
      'rope_scaling is given by type of layer, which transformers does not follow; call it rope_parameters',
    );
  if (parameters !== undefined && !isNested(parameters))
    throw refusal(
      model,
      'rope_parameters is one set for all layers, which transformers does not follow in this architecture; give one for full_attention and one for sliding_attention',
    );
  const of = (type: string) => {
    const value = parameters?.[type];
    return isJsonObject(value) ? value : { rope_type: 'default' };
  };
  const full: JsonObject = { ...of('full_attention'), ...scaling };
  const type = scaling?.['type'];
  if (type !== undefined && scaling?.['rope_type'] === undefined && full['rope_type'] !== undefined)
    if (type !== full['rope_type'])
      throw refusal(
        model,
        `rope_scaling calls its type ${JSON.stringify(type)} under the key type, which transformers does not follow in this architecture; call the key rope_type`,
      );
  return { full_attention: full, sliding_attention: of('sliding_attention') };
}

/** Brings the type under its one name and adds what stands elsewhere in config.json: the original context above all. */
function completeRope(model: string, family: Family, json: JsonObject, given: JsonObject): JsonObject {
  const { type = 'default', truncate, ...rest } = given;
  const kind = ropeType(model, family, Object.hasOwn(rest, 'rope_type') ? rest['rope_type'] : type);
  const nested = family.localTheta !== null;
  const inside = rest[CONTEXT] ?? json['max_position_embeddings'];
  const outside = json[CONTEXT] ?? family.originalContext;
  return {
    ...rest,
    // transformers looks for it beside the types of layers, where it never is.
    ...(truncate !== undefined && !nested && { truncate }),
    rope_type: kind,
    [CONTEXT]: nested ? inside : (outside ?? inside),
    ...(Object.hasOwn(json, 'partial_rotary_factor') &&
      rest['partial_rotary_factor'] === undefined && {
        partial_rotary_factor: json['partial_rotary_factor'] ?? 1,
      }),
  };
}

function ropeType(model: string, family: Family, kind: unknown): string {
  // Early Phi-3 configurations say su, or yarn, and mean LongRoPE, which has factors for every pair.
  if (family.fused && (kind === 'su' || kind === 'yarn')) return 'longrope';
  const known = family.fused ? ['default', 'longrope'] : ROPE_TYPES;
  const found = known.find((name) => name === kind);
  if (found !== undefined) return found;
  throw refusal(model, `rope_type ${JSON.stringify(kind)} is not one of ${known.join(', ')}`);
}

function refusal(model: string, problem: string): ModelMismatch {
  return new ModelMismatch(
    model,
    `config.json: ${problem}; a model that turns its positions otherwise than it was trained is another model`,
  );
}
