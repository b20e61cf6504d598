// Whether there are relationships to compare, with enough test rows each.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { comparedScenarios, relationshipParts } from '../../controls/relationship-parts.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import { warning } from '../study-file/problem.ts';
import type { OpenCheck } from './check.ts';
import { DECIDES_SAMPLES } from './samples.ts';

export const relationshipRows: OpenCheck = {
  name: 'relationships to compare',
  looksAt: [...DECIDES_SAMPLES, 'relationships'],
  find({ study, set, capacities }) {
    if (!study.relationships || !set || !capacities) return [];
    const found = capacities.of(INTERACTIVE);
    if (!found.possible) return [];
    const compared = new Set(comparedScenarios(set).map(({ id }) => id));
    const relationshipOf = ({ scenario }: Encounter) =>
      compared.has(scenario.id) ? scenario.relationship : undefined;
    const { draws, smallest } = study.relationships;
    const rows = found.encounters.map(relationshipOf);
    const { relationships, leftOut } = relationshipParts(rows, found.splits, {
      draws: Math.min(draws, 1),
      smallest,
    });
    if (relationships.length > 0) return [];
    const most = leftOut.map(
      ({ relationship, testSamples }) => `${relationship} ${Math.min(...testSamples)}`,
    );
    const there = most.length > 0 ? most.join(', ') : 'none';
    const message = `fewer than two relationships can have ${smallest} test rows in every split (at most: ${there}), so none are compared; take a smaller relationships.smallest, or play more`;
    return [warning(['relationships'], message)];
  },
};
