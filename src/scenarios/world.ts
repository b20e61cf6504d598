// The embedded small world: a fixed draw from the generators, in the same schema as any other scenario set.

import { at } from '../numerics/lookup.ts';
import { createRandom, pick } from '../numerics/random.ts';
import type { Interaction, Scenario, ScenarioSet } from './schema.ts';
import { type Case, drawCase, KINDS } from './world-cases.ts';
import { drawCast } from './world-characters.ts';

const SEED = 'interbrain small world 1';
const PEOPLE = 16;
const PER_KIND = 6;
const PAIRS_PER_SCENARIO = 5;

/** The cases behind the embedded scenarios, in the same order; training keeps away from their signatures. */
export function smallWorldCases(): Case[] {
  const random = createRandom(`${SEED}: scenarios`);
  return Array.from({ length: PER_KIND }, () => KINDS.map((kind) => drawCase(random, kind))).flat();
}

/** The scenario of a case. */
export function toScenario(drawn: Case, id: string, relationship: Scenario['relationship']): Scenario {
  return {
    id,
    codename: id,
    source: drawn.kind,
    situation: [{ text: drawn.situation }],
    goals: [[{ text: drawn.goals[0] }], [{ text: drawn.goals[1] }]],
    relationship,
    rules: [drawn.rules[0], drawn.rules[1]],
  };
}

/** The embedded small world: 16 people, 36 scenarios of six kinds, 180 interactions; always the same. */
export function smallWorld(): ScenarioSet {
  const random = createRandom(`${SEED}: people`);
  const characters = drawCast(random, PEOPLE);
  const scenarios = smallWorldCases().map((drawn, index) => {
    const relationship = pick(random, drawn.relationships);
    return toScenario(drawn, `${drawn.kind}-${Math.floor(index / KINDS.length) + 1}`, relationship);
  });
  const interactions = scenarios.flatMap((scenario): Interaction[] => {
    const people = random.shuffle(characters).slice(0, 2 * PAIRS_PER_SCENARIO);
    return Array.from({ length: PAIRS_PER_SCENARIO }, (_, pair) => ({
      id: `${scenario.id}-${pair + 1}`,
      scenario: scenario.id,
      characters: [at(people, 2 * pair).id, at(people, 2 * pair + 1).id],
    }));
  });
  return { name: 'small world', characters, scenarios, interactions };
}
