// Names of models: those that pairs, families and abilities name are there, and none is named where it changes nothing.

import { CROSS, OVERALL } from '../../statistics/families.ts';
import { namesWithValues } from '../ability-settings.ts';
import type { Study } from '../schema.ts';
import { guess } from '../study-file/guess.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { FileCheck } from './check.ts';

function unknown(name: string, models: readonly string[]): string {
  return `no model is called "${name}"${guess(name, models)}; models are ${models.join(', ')}`;
}

function pairNames({ pairs, models }: Study): Problem[] {
  if (pairs === 'all') return [];
  const names = Object.keys(models);
  return pairs.flatMap((pair, index) =>
    pair.flatMap((model, side) =>
      names.includes(model)
        ? []
        : [error(['pairs', index, side], unknown(model, names), { named: ['pairs', index] })],
    ),
  );
}

function pairsTwice({ pairs }: Study): Problem[] {
  if (pairs === 'all') return [];
  const keys = pairs.map((pair) => JSON.stringify(pair.toSorted()));
  return keys.flatMap((key, index) => {
    if (keys.indexOf(key) === index) return [];
    const message = 'the same pair stands before it; it is played once, in both seat orders';
    return [warning(['pairs', index], message)];
  });
}

function familyNames({ families = {}, models }: Study): Problem[] {
  const names = Object.keys(models);
  const familyOf = new Map<string, string>();
  return Object.entries(families).flatMap(([family, members]) => {
    const reserved = `"${family}" is a group of its own; call the family otherwise`;
    const own = [OVERALL, CROSS].includes(family) ? [error(['families'], reserved, { key: family })] : [];
    const wrong = members.flatMap((model, index) => {
      const at = { named: ['families', family] };
      const path = ['families', family, index];
      if (!names.includes(model)) return [error(path, unknown(model, names), at)];
      const other = familyOf.get(model);
      familyOf.set(model, other ?? family);
      if (other === undefined) return [];
      const message =
        other === family
          ? `${model} stands twice in this family; name it once`
          : `${model} stands here and in ${other}; a model has one family`;
      return [error(path, message, at)];
    });
    return [...own, ...wrong];
  });
}

function abilityNames(study: Study): Problem[] {
  const names = Object.keys(study.models);
  return namesWithValues(study).flatMap(([benchmark, name]) =>
    names.includes(name) ? [] : [error(['abilities', benchmark], unknown(name, names), { key: name })],
  );
}

export const namesOfModels: FileCheck = {
  name: 'names of models',
  looksAt: [],
  find: ({ study }) => [
    ...pairNames(study),
    ...pairsTwice(study),
    ...familyNames(study),
    ...abilityNames(study),
  ],
};
