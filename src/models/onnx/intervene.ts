// The graph's part in interventions: after every layer the residual stream x becomes
//
//     x + where · (offset − drop · x − (x · Vᵀ) · V)
//
// with `where` 1 for the tokens that are meant and 0 for all others, whose x stays what it is to the last bit. What is asked
// of a layer is written as `drop` (1 where x is replaced), `offset` and the directions V; nothing is zeros.

import type { Tensor } from 'onnxruntime-node';
import { DataType, type GraphValue } from '../../numerics/onnx-proto.ts';
import { addScaled, dot } from '../../numerics/vectors.ts';
import { type Intervention, type LayerIntervention, MOST_DIRECTIONS } from '../intervention.ts';
import type { ModelConfig } from './config.ts';
import type { GraphBuilder } from './graph-builder.ts';

type Shape = Pick<ModelConfig, 'layers' | 'hiddenSize'>;

/**
 * Adds what is done to one layer's residual stream.
 *
 * @param value [B, S, D]
 * @param where the name of [B, S, 1]
 * @returns the name of what x has become, [B, S, D]
 */
export function intervene(graph: GraphBuilder, layer: number, value: string, where: string): string {
  const named = (part: string) => `intervention.${part}.${layer}`;
  const along = graph.node('MatMul', [value, named('columns')], named('along'));
  const projected = graph.node('MatMul', [along, named('directions')], named('projected'));
  const dropped = graph.node('Mul', [value, named('drop')], named('dropped'));
  const lost = graph.node('Add', [projected, dropped], named('lost'));
  const change = graph.node('Sub', [named('offset'), lost], named('change'));
  const masked = graph.node('Mul', [change, where], named('masked'));
  return graph.node('Add', [value, masked], named('result'));
}

/** The graph's inputs for interventions. K, the number of directions, may differ from layer to layer. */
export function interventionInputs({ layers, hiddenSize }: Shape): GraphValue[] {
  const float = (name: string, dims: GraphValue['dims']) => ({ name, dataType: DataType.FLOAT, dims });
  const ofLayers = Array.from({ length: layers }, (_, layer) => [
    float(`intervention.drop.${layer}`, ['B', 1, 1]),
    float(`intervention.offset.${layer}`, ['B', 1, hiddenSize]),
    float(`intervention.columns.${layer}`, ['B', hiddenSize, `K${layer}`]),
    float(`intervention.directions.${layer}`, ['B', `K${layer}`, hiddenSize]),
  ]);
  return [float('intervention.where', ['B', 'S', 1]), ...ofLayers.flat()];
}

/** One row's part of a run: what is done, and to which of the run's tokens. */
export interface RowIntervention {
  readonly intervention: Intervention;
  /** `last`: to the last of the run's tokens; `all`: to all of them. */
  readonly on: 'last' | 'all';
}

/** What an intervention on one layer comes to, but for the directions. */
function offsetOf({ replace, remove, about, add }: LayerIntervention, D: number): Float32Array {
  const offset = new Float32Array(D);
  const kept = (from: Float32Array, sign: number) => {
    for (let k = 0; remove && k < remove.length; k += D) {
      const direction = remove.subarray(k, k + D);
      addScaled(offset, direction, sign * dot(from, direction));
    }
  };
  if (replace) {
    offset.set(replace);
    // What is put in the place of x is levelled as x would have been.
    kept(replace, -1);
  }
  if (about) kept(about, 1);
  if (add) addScaled(offset, add, 1);
  return offset;
}

/**
 * Values of the inputs of `interventionInputs` for a run.
 *
 * @param rows one for each row of the run; undefined for a row in which nothing is done
 * @param tokens of every row
 */
export function interventionFeeds(
  tensor: typeof Tensor,
  { layers, hiddenSize: D }: Shape,
  rows: readonly (RowIntervention | undefined)[],
  tokens: number,
): Record<string, Tensor> {
  const B = rows.length;
  const where = new Float32Array(B * tokens);
  for (const [row, one] of rows.entries())
    if (one) where.fill(1, one.on === 'all' ? row * tokens : (row + 1) * tokens - 1, (row + 1) * tokens);
  const feeds: Record<string, Tensor> = {
    'intervention.where': new tensor('float32', where, [B, tokens, 1]),
  };
  for (let layer = 0; layer < layers; layer++) {
    const asked = rows.map((row) => row?.intervention.layers.find((one) => one.layer === layer));
    // Always as many as there can be, so that a row's numbers do not depend on how many its neighbours have.
    const K = asked.some((one) => one?.remove) ? MOST_DIRECTIONS : 1;
    const drop = new Float32Array(B);
    const offset = new Float32Array(B * D);
    const columns = new Float32Array(B * D * K);
    const directions = new Float32Array(B * K * D);
    for (const [row, one] of asked.entries()) {
      if (!one) continue;
      offset.set(offsetOf(one, D), row * D);
      if (one.replace) drop[row] = 1;
      // Of a state that is replaced nothing is left to be removed.
      else if (one.remove)
        fillDirections(one.remove, D, K, columns.subarray(row * D * K), directions.subarray(row * K * D));
    }
    feeds[`intervention.drop.${layer}`] = new tensor('float32', drop, [B, 1, 1]);
    feeds[`intervention.offset.${layer}`] = new tensor('float32', offset, [B, 1, D]);
    feeds[`intervention.columns.${layer}`] = new tensor('float32', columns, [B, D, K]);
    feeds[`intervention.directions.${layer}`] = new tensor('float32', directions, [B, K, D]);
  }
  return feeds;
}

/** (directions, D) into (K, D) and, transposed, (D, K). */
function fillDirections(
  remove: Float32Array,
  D: number,
  K: number,
  columns: Float32Array,
  directions: Float32Array,
): void {
  directions.set(remove);
  for (let k = 0; k < remove.length / D; k++)
    for (let d = 0; d < D; d++) columns[d * K + k] = remove[k * D + d]!;
}
