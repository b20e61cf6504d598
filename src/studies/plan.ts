// What a study consists of, before anything is done: which models in which seats, with which seeds.

import { type ModelSource, resolveModel } from '../models/sources.ts';
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

/** The same for both seat orders of a pair. */
export function keyOfPair(models: readonly [string, string]): string {
  return models.toSorted().join('+');
}

/** Unordered pairs in the order of the study file; `all` is every pair, each model with itself too. */
export function pairsOf(study: Study): [string, string][] {
  if (study.pairs === 'all') {
    const names = Object.keys(study.models);
    return names.flatMap((a, index) => names.slice(index).map((b): [string, string] => [a, b]));
  }
  const seen = new Set<string>();
  return study.pairs.filter((pair) => {
    const key = keyOfPair(pair);
    return !seen.has(key) && seen.add(key);
  });
}

/** Both seat orders of a pair; one where a model talks with itself (docs/method.md §1). */
export function seatOrdersOf([a, b]: readonly [string, string]): SeatOrder[] {
  return a === b ? [seatOrder(a, b)] : [seatOrder(a, b), seatOrder(b, a)];
}

/** The models that take part, each with its source. Throws BadInput if there is no embedded model of some name. */
export function modelSources(study: Study, studyFolder: string): Map<string, ModelSource> {
  const sources = new Map<string, ModelSource>();
  for (const name of pairsOf(study).flat()) {
    const entry = study.models[name];
    const at = { folder: studyFolder, where: `models.${name}` };
    if (entry !== undefined) sources.set(name, resolveModel(entry, at));
  }
  return sources;
}
