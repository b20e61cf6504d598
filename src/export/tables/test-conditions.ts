// Tests of one condition, of a pair or of one of its directions.

import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import { intervalColumns } from '../columns.ts';
import type { TestHead, TestValues } from './test-row.ts';

/** Against strangers, and of the difference from the interactive condition if it is another. */
export function conditionRows(head: TestHead, summary: ConditionSummary): TestValues[] {
  const { condition, strangers, against, exchanged } = summary;
  const own = { ...head, condition };
  return [
    exchangeRow(own, 'strangers', strangers),
    ...(against ? [differenceRow(own, against)] : []),
    ...(exchanged ? [exchangeRow(own, 'conversations', exchanged)] : []),
  ];
}

function exchangeRow(
  head: TestHead,
  name: 'strangers' | 'conversations',
  found: ConditionSummary['strangers'],
): TestValues {
  const test = { ...head, test: name, method: 'exchange', tail: 'greater' };
  if (isUntested(found)) return { ...test, not_tested: found.reason };
  const { observed, mean, standardDeviation, z, p, adjustedP, surrogates } = found;
  return {
    ...{ ...test, estimate: observed, expected: mean, null_sd: standardDeviation, z, p },
    ...{ adjusted_p: adjustedP, permutations: surrogates.length, exact: false },
  };
}

function differenceRow(head: TestHead, found: NonNullable<ConditionSummary['against']>): TestValues {
  const test = { ...head, test: 'condition', method: 'swap', tail: 'two-sided' };
  if (isUntested(found)) return { ...test, not_tested: found.reason };
  const { difference, interval, p, adjustedP, permutations, exact, interactions } = found;
  return {
    ...{ ...test, estimate: difference, expected: 0, p, adjusted_p: adjustedP },
    ...intervalColumns(isUntested(interval) ? null : interval),
    ...{ permutations, exact, n: interactions },
  };
}
