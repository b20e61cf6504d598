// Whether the layers that a study records are there, and enough for what it asks.

import { chooseLayers, type LayerChoice, layerPlace } from '../../episodes/recorded-layers.ts';
import { error, type Problem } from '../study-file/problem.ts';
import type { DescribedModel, OpenCheck, OpenParts } from './check.ts';

/** Models whose states can be had, each with how many layers it has. */
function modelsWithLayers(models: OpenParts['models']): (readonly [name: string, layers: number])[] {
  return [...models].flatMap(([name, { info }]) =>
    info !== undefined && info.layers > 0 ? [[name, info.layers] as const] : [],
  );
}

export const recordedLayersThere: OpenCheck = {
  name: 'layers to be recorded',
  looksAt: ['states.layers', 'pairs.*', 'models.*'],
  find({ study: { states }, models }): Problem[] {
    const { layers: choice } = states;
    if (!Array.isArray(choice)) return [];
    return choice.flatMap((layer: number, i: number) =>
      modelsWithLayers(models).flatMap(([name, layers]) => {
        if (layer < layers) return [];
        const message = `${name} has no layer ${layer}, but 0 to ${layers - 1}; name layers that all models have, or take { every: n }, which goes with models of unlike depth`;
        return [error(['states', 'layers', i], message)];
      }),
    );
  },
};

/** A ceiling is what other layers of the target model say. */
export const layersForCeiling: OpenCheck = {
  name: 'layers for the ceiling of reliability',
  looksAt: ['states.layers', 'reliability', 'pairs.*', 'models.*'],
  find({ study: { states, reliability }, models }): Problem[] {
    if (reliability === false || !reliability.ceiling) return [];
    const alone = modelsWithLayers(models).find(
      ([, layers]) => chooseLayers(states.layers, layers)?.numbers.length === 1,
    );
    if (alone === undefined) return [];
    const message = `the ceiling of a layer is taken from the model’s others, and of ${alone[0]} one layer is recorded; record two at least, or take reliability: { ceiling: false }`;
    return [error(['reliability', 'ceiling'], message)];
  },
};

/** Why a layer of a model is not among those that a study records; undefined for one that is, or that is not known. */
export function notRecorded(
  choice: LayerChoice,
  name: string,
  { info }: DescribedModel,
  layer: number,
): string | undefined {
  if (info === undefined || info.layers === 0) return undefined;
  const { layers } = info;
  if (layer >= layers) return `${name} has no layer ${layer}; 0 to ${layers - 1} are valid`;
  const recorded = chooseLayers(choice, layers);
  if (layerPlace(recorded, layer) >= 0) return undefined;
  return `states.layers records layers ${recorded?.numbers.join(', ')} of ${name}, and not ${layer}; take one of these, or record it as well`;
}
