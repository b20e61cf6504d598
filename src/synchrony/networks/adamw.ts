// AdamW (Loshchilov & Hutter, 2019) as torch.optim.AdamW computes it: the decay shrinks the parameters directly and does
// not enter the moments.

import { at } from '../../numerics/lookup.ts';
import type { Floats } from '../../numerics/matrix.ts';

export interface AdamWSettings {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Decay of the first and of the second moment; PyTorch's 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment; PyTorch's 1e-8 by default. */
  readonly epsilon?: number;
}

/** What AdamW remembers of its parameters. */
export class AdamW {
  readonly #settings: Required<AdamWSettings>;
  readonly #first: readonly Floats[];
  readonly #second: readonly Floats[];
  #steps = 0;

  /** @param parameters decide how many there are, and whether moments are float32 or float64 */
  constructor(parameters: readonly Floats[], settings: AdamWSettings) {
    this.#settings = { betas: [0.9, 0.999], epsilon: 1e-8, ...settings };
    this.#first = parameters.map((values) => values.slice().fill(0));
    this.#second = parameters.map((values) => values.slice().fill(0));
  }

  /** Moves the parameters, in place. Both lists are in the order of the constructor's. */
  step(parameters: readonly Floats[], gradients: readonly Floats[]): void {
    this.#steps += 1;
    const { learningRate, weightDecay, betas, epsilon } = this.#settings;
    const rate = learningRate / (1 - betas[0] ** this.#steps);
    const scale = 1 / Math.sqrt(1 - betas[1] ** this.#steps);
    const keep = 1 - learningRate * weightDecay;
    const step = { betas, epsilon, rate, scale, keep };
    for (const [i, values] of parameters.entries())
      move(values, at(gradients, i), at(this.#first, i), at(this.#second, i), step);
  }
}

interface Step {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Learning rate over the first moment's bias. */
  readonly rate: number;
  /** One over the root of the second moment's bias. */
  readonly scale: number;
  /** What the decay leaves of a parameter. */
  readonly keep: number;
}

function move(values: Floats, gradients: Floats, first: Floats, second: Floats, step: Step): void {
  const { epsilon, rate, scale, keep } = step;
  const [beta1, beta2] = step.betas;
  const [rest1, rest2] = [1 - beta1, 1 - beta2];
  for (let i = 0; i < values.length; i++) {
    const gradient = gradients[i]!;
    const m = beta1 * first[i]! + rest1 * gradient;
    const v = beta2 * second[i]! + rest2 * gradient * gradient;
    first[i] = m;
    second[i] = v;
    values[i] = keep * values[i]! - (rate * m) / (Math.sqrt(v) * scale + epsilon);
  }
}
