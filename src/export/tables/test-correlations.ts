// Correlations of synchrony and performance over pairs of models: by t, and by permutation over models.

import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { GroupCorrelation, PairCorrelation } from '../../statistics/model-pairs.ts';
import { intervalColumns } from '../columns.ts';
import type { TestValues } from './test-row.ts';

export function correlationRows({ groups }: CorrelationResult): TestValues[] {
  return groups.flatMap(groupRows);
}

function groupRows(one: GroupCorrelation): TestValues[] {
  const named: readonly (readonly [string, PairCorrelation | null])[] = [
    ['pearson', one.pearson],
    ['spearman', one.spearman],
    ['pearson given log n', one.givenSamples],
    ...one.partial.map((entry) => [`pearson given ${entry.given}`, entry] as const),
  ];
  const pairs = one.pairs.length;
  const dimensions = one.dimensions.flatMap(({ name, correlation, adjustedP }) =>
    rowsOf(`${one.group}, pearson of ${name}`, { correlation, qap: null }, pairs).map((row) => ({
      ...row,
      adjusted_p: adjustedP,
    })),
  );
  return [
    ...named.flatMap(([name, found]) => (found ? rowsOf(`${one.group}, ${name}`, found, pairs) : [])),
    ...dimensions,
  ];
}

function rowsOf(detail: string, { correlation, qap }: PairCorrelation, pairs: number): TestValues[] {
  const head: TestValues = { test: 'correlation', of: 'group', detail, tail: 'two-sided', n: pairs };
  if (correlation === null) return [{ ...head, not_tested: 'too few pairs of models' }];
  const { r, p, interval } = correlation;
  const own = { ...head, estimate: r, expected: 0, ...intervalColumns(interval) };
  const permuted = qap && { method: 'models', p: qap.p, permutations: qap.permutations, exact: qap.exact };
  return [{ ...own, p, method: 't' }, ...(permuted ? [{ ...own, ...permuted }] : [])];
}
