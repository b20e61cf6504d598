// Whether an intervention fits a model, asked before anything is computed (docs/method.md §20).

import { BadInput } from '../errors.ts';
import { dot } from '../numerics/vectors.ts';
import { requireCapability } from './capabilities.ts';
import { type Intervention, MOST_DIRECTIONS } from './intervention.ts';
import type { ModelInfo } from './language-model.ts';

/** How far from orthonormal directions may be. */
const TOLERANCE = 1e-3;

/**
 * Checks that an intervention fits a model.
 *
 * @throws BadInput naming the model, the layer and what is wrong with it; ModelMismatch for a model whose states cannot be
 *   changed
 */
export function checkIntervention(info: ModelInfo, { layers: all }: Intervention): void {
  const { id, layers, hiddenSize } = info;
  requireCapability(info, 'interventions', 'interventions');
  if (all.length === 0) throw new BadInput(id, 'an intervention names no layer; name one at least');
  const seen = new Set<number>();
  for (const one of all) {
    const { layer } = one;
    const wrong = (reason: string) => new BadInput(id, `intervention on layer ${layer}: ${reason}`);
    if (!Number.isInteger(layer) || layer < 0 || layer >= layers)
      throw wrong(`there is no such layer; 0 to ${layers - 1} are valid`);
    if (seen.has(layer)) throw wrong('it stands twice; name each layer once');
    seen.add(layer);
    for (const key of ['replace', 'about', 'add'] as const) {
      const vector = one[key];
      if (vector && vector.length !== hiddenSize)
        throw wrong(`${key} has ${vector.length} values; the model's states have ${hiddenSize}`);
    }
    if (!one.replace && !one.remove && !one.add) throw wrong('nothing is asked; give replace, remove or add');
    if (one.about && !one.remove) throw wrong('about goes with remove; leave it out');
    for (const vector of [one.replace, one.about, one.add, one.remove])
      if (vector?.some((value) => !Number.isFinite(value))) throw wrong('a value is not finite');
    if (one.remove) checkDirections(one.remove, hiddenSize, wrong);
  }
}

function checkDirections(remove: Float32Array, D: number, wrong: (reason: string) => Error): void {
  const count = remove.length / D;
  if (!Number.isInteger(count) || count < 1 || count > MOST_DIRECTIONS)
    throw wrong(`remove has ${remove.length} values; 1 to ${MOST_DIRECTIONS} directions of ${D} are valid`);
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      const product = dot(remove.subarray(i * D, (i + 1) * D), remove.subarray(j * D, (j + 1) * D));
      if (Math.abs(product - (i === j ? 1 : 0)) > TOLERANCE)
        throw wrong(
          `directions ${j + 1} and ${i + 1} have the product ${product.toPrecision(4)}; they must be orthonormal`,
        );
    }
}
