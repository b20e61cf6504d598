import type { ModelInfo } from '../models/language-model.ts';
import type { AgentStates } from './types.ts';

/** States of one agent, one (layers, D) array per round, as one array (layers, rounds, D). */
export function stackStates(
  states: readonly Float32Array[],
  { layers, hiddenSize }: Pick<ModelInfo, 'layers' | 'hiddenSize'>,
): AgentStates {
  const rounds = states.length;
  const data = new Float32Array(layers * rounds * hiddenSize);
  for (const [round, state] of states.entries()) {
    for (let layer = 0; layer < layers; layer++) {
      const row = state.subarray(layer * hiddenSize, (layer + 1) * hiddenSize);
      data.set(row, (layer * rounds + round) * hiddenSize);
    }
  }
  return { layers, rounds, hiddenSize, data };
}
