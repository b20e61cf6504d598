// What decoding mental states is worth: each probe against three things that know less.

import { testedProbes } from '../../report/episodes/mental-states-tests.ts';
import type { ReportSource } from '../../report/source.ts';
import { isUntested } from '../../statistics/untested.ts';
import { keyOfPair } from '../../studies/plan.ts';
import { PROBES } from '../../studies/stages/probes.ts';
import { intervalColumns } from '../columns.ts';
import type { TestValues } from './test-row.ts';

const METHODS = { baseline: 'exchange', text: 'signs', wrongSeed: 'signs' } as const;
const NAMES = { baseline: 'mean training distribution', text: 'text', wrongSeed: 'another seed' } as const;
const AGAINST = ['baseline', 'text', 'wrongSeed'] as const;

export async function decodingRows(source: ReportSource): Promise<TestValues[]> {
  const { current } = await source.results(PROBES);
  return testedProbes(current.map(({ result }) => result)).flatMap(({ agent, probe, layer, compared }) => {
    const { model, partner, seat } = agent;
    const [a, b] = seat === 'A' ? [model, partner] : [partner, model];
    const who = { of: 'agent', pair: keyOfPair([a, b]), model_a: a, model_b: b };
    return AGAINST.map((against): TestValues => {
      const detail = `${seat}, ${probe.kind}, ${probe.relation}, layer ${layer + 1}, against ${NAMES[against]}`;
      const head = { test: 'decoding', ...who, detail, method: METHODS[against], tail: 'greater' };
      const one = compared[against];
      if (isUntested(one)) return { ...head, not_tested: one.reason };
      return {
        ...{ ...head, estimate: one.gain, expected: one.other, p: one.p, adjusted_p: one.adjustedP },
        ...{ ...intervalColumns(one.interval), permutations: one.permutations, n: one.groups },
      };
    });
  });
}
