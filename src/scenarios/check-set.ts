// Whether a set of scenarios is a closed world in which everything has a name of its own.

import type { ScenarioSet } from './schema.ts';

/** A mistake of a set, and where it stands there. */
export interface SetProblem {
  readonly list: 'characters' | 'scenarios' | 'interactions';
  /** Place in that list. */
  readonly index: number;
  /** The key of the entry that is wrong. */
  readonly key: 'id' | 'scenario' | 'characters';
  readonly message: string;
}

/** Longer ids are cut in messages. */
const LONGEST = 60;

function quoted(id: string): string {
  return JSON.stringify(id.length > LONGEST ? `${id.slice(0, LONGEST)}…` : id);
}

const WHAT = { characters: 'character', scenarios: 'scenario', interactions: 'interaction' } as const;
const LISTS = ['scenarios', 'characters', 'interactions'] as const;

/** Every mistake of a set: ids that are empty or stand twice, what an interaction names that is not there. */
export function checkScenarioSet(set: ScenarioSet): SetProblem[] {
  return [...LISTS.flatMap((list) => idProblems(set, list)), ...interactionProblems(set)];
}

function idProblems(set: ScenarioSet, list: SetProblem['list']): SetProblem[] {
  const first = new Map<string, number>();
  return set[list].flatMap(({ id }, index): SetProblem[] => {
    if (id === '')
      return [{ list, index, key: 'id', message: `the ${WHAT[list]}'s id is empty; give it one` }];
    const before = first.get(id);
    if (before === undefined) {
      first.set(id, index);
      return [];
    }
    const message = `the ${WHAT[list]} id ${quoted(id)} stands twice, here and as entry ${before + 1}; ids are unique, so leave one out or rename it`;
    return [{ list, index, key: 'id', message }];
  });
}

function interactionProblems({ characters, scenarios, interactions }: ScenarioSet): SetProblem[] {
  const known = {
    scenario: new Set(scenarios.map(({ id }) => id)),
    character: new Set(characters.map(({ id }) => id)),
  };
  return interactions.flatMap(({ id, scenario, characters: [a, b] }, index): SetProblem[] => {
    const at = { list: 'interactions', index } as const;
    const missing = (what: keyof typeof known, name: string) =>
      known[what].has(name)
        ? []
        : [
            `interaction ${quoted(id)}: no ${what} is called ${quoted(name)}; correct the id, or add the ${what}`,
          ];
    const wrong: SetProblem[] = [
      ...missing('scenario', scenario).map((message) => ({ ...at, key: 'scenario' as const, message })),
      ...[...new Set([a, b])]
        .flatMap((who) => missing('character', who))
        .map((message) => ({ ...at, key: 'characters' as const, message })),
    ];
    if (a === b)
      wrong.push({
        ...at,
        key: 'characters',
        message: `interaction ${quoted(id)}: character ${quoted(a)} meets itself; name two`,
      });
    return wrong;
  });
}
