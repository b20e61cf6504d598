// What a study consists of, before anything is done: which models in which seats, with which seeds.

import { isAbsolute, resolve } from 'node:path';
import { embeddedModelFolder } from '../models/embedded.ts';
import type { ModelDevice } from '../models/onnx/device-names.ts';
import type { Dtype } from '../models/onnx/dtype.ts';
import { pairName } from '../recordings/layout.ts';
import type { Study } from './schema.ts';

/** An ordered pair of models: A speaks first. */
export interface SeatOrder {
  /** Names that the study gives the models, A then B. */
  readonly names: readonly [string, string];
  /** Name of the folders that belong to it. */
  readonly folder: string;
}

export function seatOrder(a: string, b: string): SeatOrder {
  return { names: [a, b], folder: pairName([a, b]) };
}

/** Unordered pairs in the order of the study file; `all` is every pair, each model with itself too. */
export function pairsOf(study: Study): [string, string][] {
  if (study.pairs === 'all') {
    const names = Object.keys(study.models);
    return names.flatMap((a, index) => names.slice(index).map((b): [string, string] => [a, b]));
  }
  const seen = new Set<string>();
  return study.pairs.filter((pair) => {
    const key = pair.toSorted().join('+');
    return !seen.has(key) && seen.add(key);
  });
}

/** Both seat orders of a pair; one where a model talks with itself (docs/method.md §1). */
export function seatOrdersOf([a, b]: readonly [string, string]): SeatOrder[] {
  return a === b ? [seatOrder(a, b)] : [seatOrder(a, b), seatOrder(b, a)];
}

/** A checkpoint, a folder or a name on the hub, the type its weights shall have in memory, and where it shall run. */
export type CheckpointPlace = ({ readonly path: string } | { readonly hub: string }) & {
  readonly dtype: Dtype;
  readonly device: ModelDevice;
};

/** Where a model's checkpoint is. Throws BadInput if there is no embedded model of that name. */
export function checkpointPlace(study: Study, name: string, studyFolder: string): CheckpointPlace {
  const source = study.models[name]!;
  const { dtype = 'fp32', device = 'cpu' } = source;
  const how = { dtype, device };
  if ('embedded' in source) return { path: embeddedModelFolder(source.embedded, `models.${name}`), ...how };
  if ('hub' in source) return { hub: source.hub, ...how };
  return { path: isAbsolute(source.path) ? source.path : resolve(studyFolder, source.path), ...how };
}
