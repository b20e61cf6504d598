// Which layers of a model have a window, and which turn their queries and keys: the settings that say so differ from
// family to family.

import { ModelMismatch } from '../../errors.ts';
import type { Settings } from './config-settings.ts';
import type { Family } from './families.ts';

/** How one layer attends. */
export interface LayerAttention {
  /** Each position attends to this many, itself included; null for all. */
  readonly window: number | null;
  /** Which of `ModelConfig.rotaries` turns its queries and keys; null for none. */
  readonly rotary: number | null;
}

/**
 * How every layer attends.
 *
 * @param rotaries how many rotary embeddings the model has: 1, or 2 for local layers of their own
 * @throws ModelMismatch if the settings of layers contradict one another
 */
export function toAttention(
  model: string,
  family: Family,
  raw: Settings,
  rotaries: number,
): LayerAttention[] {
  const layers = raw.num_hidden_layers;
  for (const name of ['no_rope_layers', 'layer_types'] as const) {
    const entries = raw[name]?.length ?? layers;
    if (entries < layers || (entries > layers && name === 'layer_types'))
      throw new ModelMismatch(model, `config.json: ${name} has ${entries} entries for ${layers} layers`);
  }
  const window = raw.sliding_window === undefined ? family.defaultWindow : raw.sliding_window;
  return Array.from({ length: layers }, (_, layer) => {
    const turns = rotates(family, raw, layer);
    const local = isLocal(family, raw, layer, window, turns);
    if (raw.layer_types && (raw.layer_types[layer] === 'sliding_attention') !== local)
      throw new ModelMismatch(
        model,
        `config.json: layer_types calls layer ${layer} ${raw.layer_types[layer]}, which contradicts the other settings`,
      );
    if (local && window === null)
      throw new ModelMismatch(
        model,
        `config.json: layer ${layer} attends to a window, but sliding_window is null; name its length`,
      );
    return { window: local ? window : null, rotary: turns ? (local && rotaries > 1 ? 1 : 0) : null };
  });
}

function rotates(family: Family, raw: Settings, layer: number): boolean {
  if (family.noRopeInterval === 0) return true;
  if (raw.no_rope_layers) return raw.no_rope_layers[layer] === 1;
  return (layer + 1) % (raw.no_rope_layer_interval ?? family.noRopeInterval) !== 0;
}

/** Whether a layer has a window. */
function isLocal(
  family: Family,
  raw: Settings,
  layer: number,
  window: number | null,
  turns: boolean,
): boolean {
  const named = raw.layer_types?.[layer];
  switch (family.windows) {
    case 'none':
      return false;
    case 'all':
      return window !== null;
    case 'upper':
    case 'unrotated': {
      if (!raw.use_sliding_window || window === null) return false;
      if (named) return named === 'sliding_attention';
      return family.windows === 'upper' ? layer >= raw.max_window_layers : !turns;
    }
    case 'alternating':
      return named ? named === 'sliding_attention' : layer % 2 === 0;
    case 'patterned':
      if (named) return named === 'sliding_attention';
      return (layer + 1) % (raw.sliding_window_pattern ?? family.windowPattern) !== 0;
  }
}
