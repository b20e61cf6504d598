// Trains one network: from one layer to one other, on one split.

import { BadInput } from '../../errors.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { type Matrix, type Matrix32, rowView, zeros } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import type { TrainTest } from '../problem.ts';
import { meanR2 } from '../ridge/r2.ts';
import { AdamW } from './adamw.ts';
import {
  backward,
  createNetwork,
  createWorkspace,
  emptyNetwork,
  forward,
  type Network,
  parametersOf,
  type Workspace,
} from './network.ts';
import { standardisationOf, standardiseRows, standardiseRows64 } from './standardise.ts';

/** How networks are trained. All but the batch size and the seed is the paper's (Appendix I). */
export interface NetworkSettings {
  /** Hidden units; 512. */
  readonly hidden: number;
  /** 1e-4. */
  readonly learningRate: number;
  /** 0.1, on all parameters. */
  readonly weightDecay: number;
  /** Times that every training row is seen; 200. */
  readonly epochs: number;
  /** Rows per step, of which the paper says nothing; 128. The last step of an epoch takes what is left. */
  readonly batchSize: number;
  /** Of initial weights and of the order of rows; 0. */
  readonly seed: number;
}

export const NETWORK_DEFAULTS: NetworkSettings = {
  hidden: 512,
  learningRate: 1e-4,
  weightDecay: 0.1,
  epochs: 200,
  batchSize: 128,
  seed: 0,
};

/** What a trained network came to. */
export interface NetworkScore {
  /** R² on the held-out rows, as of a ridge map. */
  readonly r2: number;
  /** Mean squared error on the training rows in the last epoch, of standardised targets: 1 is the mean's. */
  readonly trainLoss: number;
}

export interface TrainHooks {
  /** Called after every epoch with how many there have been. */
  readonly onEpoch?: ((epochs: number) => void) | undefined;
  /** Checked before every step. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains a network on the training rows and scores it on the test rows. Inputs and targets are standardised by the
 * training rows; R² does not feel the targets' scale. A target dimension that is constant in training is predicted by
 * its constant, as ridge does.
 *
 * @param x the source layer: (samples, D_in)
 * @param y the target layer: (samples, D_out)
 * @param name of the streams of random numbers
 * @throws BadInput if training leaves the finite numbers; the signal's reason when aborted
 */
export async function trainAndScore(
  x: Matrix,
  y: Matrix,
  { train, test }: TrainTest,
  settings: NetworkSettings,
  name: string,
  hooks: TrainHooks,
  gemm: Gemm,
): Promise<NetworkScore> {
  const [input, output] = [standardisationOf(x, train), standardisationOf(y, train)];
  const shape = { inputs: x.columns, hidden: settings.hidden, outputs: y.columns };
  const network = createNetwork(shape, name);
  const rows = { x: standardiseRows(x, train, input), y: standardiseRows(y, train, output) };
  const trainLoss = await fitNetwork(network, rows, settings, name, hooks, gemm);
  const predicted = await predictRows(network, standardiseRows(x, test, input), gemm);
  for (let at = 0; at < predicted.data.length; at += y.columns)
    for (const [column, deviation] of output.deviations.entries())
      if (deviation === 0) predicted.data[at + column] = 0;
  const r2 = meanR2(standardiseRows64(y, test, output), predicted);
  if (Number.isFinite(r2) && Number.isFinite(trainLoss)) return { r2, trainLoss };
  throw new BadInput(name, `the network's loss became ${trainLoss}; take a smaller learning rate`);
}

/** What `fitNetwork` trains on: the same rows of either side, standardised. */
export interface NetworkRows {
  readonly x: Matrix32;
  readonly y: Matrix32;
}

/**
 * Trains a network in place: `epochs` times all rows in mini-batches, in an order drawn anew every time.
 *
 * @returns the mean loss over the last epoch's rows
 */
export async function fitNetwork(
  network: Network,
  { x, y }: NetworkRows,
  settings: Pick<NetworkSettings, 'learningRate' | 'weightDecay' | 'epochs' | 'batchSize'>,
  name: string,
  { onEpoch, signal }: TrainHooks,
  gemm: Gemm,
): Promise<number> {
  const { epochs, batchSize } = settings;
  const steps = new NetworkTrainer(network, Math.min(batchSize, x.rows), settings, gemm);
  const { shuffle } = createRandom(`${name}/order`);
  const rows = Array.from({ length: x.rows }, (_, row) => row);
  let loss = Number.NaN;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = shuffle(rows);
    let sum = 0;
    for (let begin = 0; begin < order.length; begin += batchSize) {
      signal?.throwIfAborted();
      const batch = order.slice(begin, begin + batchSize);
      sum += batch.length * (await steps.step(x, y, batch));
    }
    loss = sum / rows.length;
    onEpoch?.(epoch);
  }
  return loss;
}

/** A network in training: the optimiser's memory, and that of the passes. */
export class NetworkTrainer {
  readonly #network: Network;
  readonly #gradients: Network;
  readonly #optimiser: AdamW;
  readonly #workspace: Workspace;
  readonly #x: Matrix32;
  readonly #y: Matrix32;
  readonly #gemm: Gemm;

  constructor(
    network: Network,
    batchSize: number,
    settings: Pick<NetworkSettings, 'learningRate' | 'weightDecay'>,
    gemm: Gemm,
  ) {
    const shape = {
      inputs: network.inner.columns,
      hidden: network.inner.rows,
      outputs: network.outer.rows,
    };
    const matrix = (columns: number) => ({
      rows: batchSize,
      columns,
      data: new Float32Array(batchSize * columns),
    });
    this.#network = network;
    this.#gradients = emptyNetwork(shape);
    this.#optimiser = new AdamW(parametersOf(network), settings);
    this.#workspace = createWorkspace(shape, batchSize, network.innerBias);
    this.#x = matrix(shape.inputs);
    this.#y = matrix(shape.outputs);
    this.#gemm = gemm;
  }

  /** One step on some of the rows, no more than the batch size; returns their loss before it. */
  async step(x: Matrix32, y: Matrix32, batch: readonly number[]): Promise<number> {
    const [inputs, targets] = [gather(x, batch, this.#x), gather(y, batch, this.#y)];
    const [network, gradients] = [this.#network, this.#gradients];
    const loss = await backward(network, inputs, targets, gradients, this.#workspace, this.#gemm);
    this.#optimiser.step(parametersOf(network), parametersOf(gradients));
    return loss;
  }
}

/** What a network makes of some rows, in float64: (n, D_out). */
async function predictRows(network: Network, x: Matrix32, gemm: Gemm): Promise<Matrix<Float64Array>> {
  const shape = { hidden: network.inner.rows, outputs: network.outer.rows };
  const chunk = Math.min(1024, x.rows);
  const workspace = createWorkspace(shape, chunk, network.innerBias);
  const predicted = zeros(x.rows, shape.outputs);
  for (let begin = 0; begin < x.rows; begin += chunk) {
    const rows = rowView(x, begin, Math.min(begin + chunk, x.rows));
    predicted.data.set((await forward(network, rows, workspace, gemm)).data, begin * shape.outputs);
  }
  return predicted;
}

function gather({ columns, data }: Matrix32, rows: readonly number[], into: Matrix32): Matrix32 {
  for (const [to, row] of rows.entries())
    into.data.set(data.subarray(row * columns, (row + 1) * columns), to * columns);
  return rowView(into, 0, rows.length);
}
