import type { ModelInfo } from '../models/language-model.ts';
import { chooseLayers, type LayerChoice, layerNumber } from './recorded-layers.ts';
import type { AgentStates } from './types.ts';

/**
 * States of one agent, one (layers, D) array per round, as one array (layers, rounds, D).
 *
 * @param choice which of the layers are taken; all by default
 */
export function stackStates(
  states: readonly Float32Array[],
  { layers: all, hiddenSize }: Pick<ModelInfo, 'layers' | 'hiddenSize'>,
  choice: LayerChoice = 'all',
): AgentStates {
  const rounds = states.length;
  const recorded = chooseLayers(choice, all);
  const layers = recorded?.numbers.length ?? all;
  const data = new Float32Array(layers * rounds * hiddenSize);
  for (const [round, state] of states.entries()) {
    for (let place = 0; place < layers; place++) {
      const layer = layerNumber(recorded, place);
      const row = state.subarray(layer * hiddenSize, (layer + 1) * hiddenSize);
      data.set(row, (place * rounds + round) * hiddenSize);
    }
  }
  return { layers, ...(recorded && { recorded }), rounds, hiddenSize, data };
}
