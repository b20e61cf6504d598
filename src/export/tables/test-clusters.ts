// Clusters of layer pairs in one direction's maps, a row each.

import { shownPair } from '../../pairs/layers.ts';
import type { ConditionTests } from '../../statistics/condition-tests.ts';
import { isUntested } from '../../statistics/untested.ts';
import type { DirectionTests } from '../../studies/significance/test-files.ts';
import type { TestHead, TestValues } from './test-row.ts';

export function clusterRows(
  head: TestHead,
  { condition, strangers, against }: ConditionTests,
  tests: DirectionTests,
): TestValues[] {
  const own = { ...head, condition };
  return [
    ...rowsOf({ ...own, test: 'strangers-cluster', tail: 'greater' }, strangers, tests),
    ...rowsOf({ ...own, test: 'condition-cluster', tail: 'two-sided' }, against, tests),
  ];
}

type Test = ConditionTests['strangers'] | ConditionTests['against'];

function rowsOf(head: TestValues, test: Test, tests: DirectionTests): TestValues[] {
  if (test === undefined || isUntested(test)) return [];
  const found = test.clusters;
  const own = { ...head, method: 'signs' };
  if (isUntested(found)) return [{ ...own, not_tested: found.reason }];
  const { units, permutations, clusters } = found;
  return clusters.map(({ cells, mass, p }) => ({
    ...{ ...own, detail: cells.map((cell) => shownPair(tests, cell).join('-')).join(' ') },
    ...{ estimate: mass, p, permutations, n: units },
  }));
}
