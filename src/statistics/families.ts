// Which family group a pair of models belongs to: that of one family, or `cross` between two.

import { BadInput } from '../errors.ts';
import type { ModelPairNames } from './relabel-models.ts';

/** The models of each family, by its name. */
export type Families = Readonly<Record<string, readonly string[]>>;

/** All pairs. */
export const OVERALL = 'overall';
/** Pairs of models of two families. */
export const CROSS = 'cross';

/**
 * @throws BadInput for a family with the name of a group that is there anyway, and for a model in two families
 */
export function familiesByModel(families: Families, where: string = 'families'): Map<string, string> {
  const found = new Map<string, string>();
  for (const [family, models] of Object.entries(families)) {
    if (family === OVERALL || family === CROSS)
      throw new BadInput(
        `${where}.${family}`,
        `"${family}" is a group of its own; call the family otherwise`,
      );
    for (const model of models) {
      const other = found.get(model);
      if (other !== undefined)
        throw new BadInput(
          `${where}.${family}`,
          `${model} stands here and in ${other}; a model has one family`,
        );
      found.set(model, family);
    }
  }
  return found;
}

/**
 * The pairs of each group that has any: the families in their order, `cross`, and all pairs as `overall`. Pairs with a
 * model of no family are in `overall` alone.
 */
export function familyGroups<Pair extends { readonly models: ModelPairNames }>(
  pairs: readonly Pair[],
  families: Families,
): Map<string, Pair[]> {
  const familyOf = familiesByModel(families);
  const groupOf = ({ models: [a, b] }: Pair) => {
    const [first, second] = [familyOf.get(a), familyOf.get(b)];
    if (first === undefined || second === undefined) return undefined;
    return first === second ? first : CROSS;
  };
  const groups = new Map<string, Pair[]>();
  for (const group of [...Object.keys(families), CROSS]) {
    const own = pairs.filter((pair) => groupOf(pair) === group);
    if (own.length > 0) groups.set(group, own);
  }
  return groups.set(OVERALL, [...pairs]);
}
