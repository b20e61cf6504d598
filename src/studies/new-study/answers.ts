// What a new study is made of: the answers to the five questions of `interbrain init`.

import { basename } from 'node:path';
import type { ModelEntry } from '../../models/sources.ts';
import type { Study } from '../schema.ts';

/** Answers. Two models may be the same one, which then talks with itself. */
export interface Answers {
  readonly models: readonly [ModelEntry, ModelEntry];
  readonly scenarios: Study['scenarios'];
  readonly interactions: number | 'all';
  /** `rule` goes with the embedded scenarios alone: it knows no others. */
  readonly judge: 'rule' | { readonly url: string; readonly model: string } | false;
  /** Of the study, its run's folder and its file. */
  readonly name: string;
}

/** Fewer interactions than this leave nothing to hold out. */
export const FEWEST_INTERACTIONS = 10;

export type NamedModels = readonly (readonly [name: string, entry: ModelEntry])[];

/** The last part of a checkpoint's path or address, as a name that needs no quotes. */
function nameOf(entry: ModelEntry): string {
  const [value = ''] = Object.values(entry).filter((one) => typeof one === 'string');
  const last = basename(String(value).replace(/@.*$/, '')).replace(/^toy-/, '');
  const plain = last.replaceAll(/[^\w.-]/g, '-').replace(/^[^A-Za-z]+/, '');
  return plain === '' ? 'model' : plain;
}

/** Both models under names of their own; one if both are the same. */
export function namedModels([a, b]: Answers['models']): NamedModels {
  if (JSON.stringify(a) === JSON.stringify(b)) return [[nameOf(a), a]];
  const [first, second] = [nameOf(a), nameOf(b)];
  return [
    [first, a],
    [second === first ? `${second}-2` : second, b],
  ];
}
