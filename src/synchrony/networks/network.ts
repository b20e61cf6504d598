// A network of two layers, ŷ = W₂·relu(W₁·x + b₁) + b₂, with its gradients written out. Weights lie as torch.nn.Linear
// keeps them, (out, in), so that they can be compared with PyTorch's number by number. Everything is generic over
// float32, which is trained, and float64, in which finite differences can see whether the gradients are right.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Floats, type Matrix, rowView } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';

/** The parameters of a network, or their gradients. */
export interface Network<T extends Floats = Float32Array> {
  /** W₁: (hidden, D_in) */
  readonly inner: Matrix<T>;
  /** b₁: (hidden) */
  readonly innerBias: T;
  /** W₂: (D_out, hidden) */
  readonly outer: Matrix<T>;
  /** b₂: (D_out) */
  readonly outerBias: T;
}

/** Sizes of a network. */
export interface NetworkShape {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
}

/** All parameters of a network, one array after the other. */
export function parametersOf<T extends Floats>({ inner, innerBias, outer, outerBias }: Network<T>): T[] {
  return [inner.data, innerBias, outer.data, outerBias];
}

/** A network of zeros, float32. */
export function emptyNetwork({ inputs, hidden, outputs }: NetworkShape): Network {
  return {
    inner: { rows: hidden, columns: inputs, data: new Float32Array(hidden * inputs) },
    innerBias: new Float32Array(hidden),
    outer: { rows: outputs, columns: hidden, data: new Float32Array(outputs * hidden) },
    outerBias: new Float32Array(outputs),
  };
}

/**
 * A network to begin with: every weight and bias uniform in ±1/√(inputs of its layer), which is what torch.nn.Linear
 * does (Kaiming-uniform with a = √5).
 *
 * @param name of the stream of random numbers
 */
export function createNetwork(shape: NetworkShape, name: string): Network {
  const network = emptyNetwork(shape);
  const fanIn = [shape.inputs, shape.inputs, shape.hidden, shape.hidden];
  for (const [index, parameters] of parametersOf(network).entries()) {
    const { uniform } = createRandom(`${name}/parameters/${index}`);
    const bound = 1 / Math.sqrt(at(fanIn, index));
    for (let i = 0; i < parameters.length; i++) parameters[i] = (2 * uniform() - 1) * bound;
  }
  return network;
}

/** Memory that passes through a network of one shape use again and again, for `rows` rows at most. */
export interface Workspace<T extends Floats = Float32Array> {
  /** relu(W₁·x + b₁), and then its gradient: (rows, hidden) */
  readonly hidden: Matrix<T>;
  /** Gradient of W₁·x + b₁: (rows, hidden) */
  readonly hiddenGradient: Matrix<T>;
  /** ŷ, and then its gradient: (rows, D_out) */
  readonly output: Matrix<T>;
}

/** @param like decides between float32 and float64 */
export function createWorkspace<T extends Floats>(
  { hidden, outputs }: Pick<NetworkShape, 'hidden' | 'outputs'>,
  rows: number,
  like: T,
): Workspace<T> {
  const Kind = like.constructor as new (length: number) => T;
  const matrix = (columns: number): Matrix<T> => ({ rows, columns, data: new Kind(rows * columns) });
  return { hidden: matrix(hidden), hiddenGradient: matrix(hidden), output: matrix(outputs) };
}

/**
 * What a network makes of some rows.
 *
 * @param x (n, D_in), with n no more than the workspace's rows
 * @returns (n, D_out), in the workspace
 */
export async function forward<T extends Floats>(
  network: Network<T>,
  x: Matrix<T>,
  workspace: Workspace<T>,
  gemm: Gemm,
): Promise<Matrix<T>> {
  const hidden = rowView(workspace.hidden, 0, x.rows);
  const output = rowView(workspace.output, 0, x.rows);
  await affine(x, network.inner, network.innerBias, hidden, gemm);
  rectify(hidden.data);
  return affine(hidden, network.outer, network.outerBias, output, gemm);
}

/**
 * Loss and gradients for some rows: the mean squared error over rows and dimensions, as torch.nn.MSELoss has it.
 *
 * @param x (n, D_in)
 * @param y (n, D_out)
 * @param gradients are overwritten
 * @returns the loss before any step
 */
export async function backward<T extends Floats>(
  network: Network<T>,
  x: Matrix<T>,
  y: Matrix<T>,
  gradients: Network<T>,
  workspace: Workspace<T>,
  gemm: Gemm,
): Promise<number> {
  const output = await forward(network, x, workspace, gemm);
  const hidden = rowView(workspace.hidden, 0, x.rows);
  const hiddenGradient = rowView(workspace.hiddenGradient, 0, x.rows);
  const loss = differentiateLoss(output.data, y.data);
  await gemm.multiply(output, hidden, { transposeA: true, out: gradients.outer });
  sumRows(output, gradients.outerBias);
  await gemm.multiply(output, network.outer, { out: hiddenGradient });
  stopWhereZero(hiddenGradient.data, hidden.data);
  await gemm.multiply(hiddenGradient, x, { transposeA: true, out: gradients.inner });
  sumRows(hiddenGradient, gradients.innerBias);
  return loss;
}

/** x·Wᵀ + 1·bᵀ, into `out`. */
function affine<T extends Floats>(
  x: Matrix<T>,
  weights: Matrix<T>,
  bias: T,
  out: Matrix<T>,
  gemm: Gemm,
): Promise<Matrix<T>> {
  for (let at = 0; at < out.data.length; at += out.columns) out.data.set(bias, at);
  return gemm.multiply(x, weights, { transposeB: true, out, update: 'add' });
}

function rectify(values: Floats): void {
  for (let i = 0; i < values.length; i++) if (values[i]! < 0) values[i] = 0;
}

/** The gradient of ReLU: nothing passes where it gave 0. */
function stopWhereZero(gradient: Floats, rectified: Floats): void {
  for (let i = 0; i < gradient.length; i++) if (!(rectified[i]! > 0)) gradient[i] = 0;
}

/** Replaces ŷ by the gradient of the mean of (ŷ − y)², and returns that mean. */
function differentiateLoss(output: Floats, y: Floats): number {
  const factor = 2 / output.length;
  let sum = 0;
  for (let i = 0; i < output.length; i++) {
    const difference = output[i]! - y[i]!;
    sum += difference * difference;
    output[i] = factor * difference;
  }
  return sum / output.length;
}

function sumRows({ columns, data }: Matrix, out: Floats): void {
  out.fill(0);
  for (let at = 0; at < data.length; at += columns)
    for (let column = 0; column < columns; column++) out[column]! += data[at + column]!;
}
