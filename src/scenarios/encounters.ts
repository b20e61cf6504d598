import { BadInput } from '../errors.ts';
import { at } from '../numerics/lookup.ts';
import type { Encounter, ScenarioSet } from './schema.ts';

/**
 * Looks up every interaction's scenario and characters.
 *
 * @throws BadInput if an interaction names a scenario or a character that the set does not hold
 */
export function encountersOf(set: ScenarioSet): Encounter[] {
  const scenarios = new Map(set.scenarios.map((entry) => [entry.id, entry]));
  const characters = new Map(set.characters.map((entry) => [entry.id, entry]));
  return set.interactions.map((interaction) => {
    const lookUp = <T>(map: Map<string, T>, id: string, what: string): T => {
      const found = map.get(id);
      if (!found)
        throw new BadInput(`${set.name} interaction ${interaction.id}`, `no ${what} is called ${id}`);
      return found;
    };
    const [first, second] = interaction.characters;
    return {
      interaction,
      scenario: lookUp(scenarios, interaction.scenario, 'scenario'),
      characters: [lookUp(characters, first, 'character'), lookUp(characters, second, 'character')],
    };
  });
}

/**
 * `count` of them spread evenly over the list, so that a short study still meets every kind of scenario.
 *
 * @throws BadInput if there are fewer
 */
export function spread<T>(all: readonly T[], count: number, where: string): T[] {
  if (count > all.length) {
    throw new BadInput(where, `${count} interactions are asked for, but there are ${all.length}`);
  }
  return Array.from({ length: count }, (_, index) => at(all, Math.floor((index * all.length) / count)));
}
