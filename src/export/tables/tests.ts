// Every test with its p: against strangers, between conditions, of clusters of layer pairs, of correlations over pairs of
// models, and of what decoding is worth.

import { gatherSignificance, type SignificanceReport } from '../../report/interaction/significance.ts';
import { gatherCorrelation } from '../../report/performance/gather-correlation.ts';
import type { ReportSource } from '../../report/source.ts';
import { keyOfPair } from '../../studies/plan.ts';
import { batchOf, type Part } from '../table.ts';
import { clusterRows } from './test-clusters.ts';
import { conditionRows } from './test-conditions.ts';
import { correlationRows } from './test-correlations.ts';
import { decodingRows } from './test-decoding.ts';
import { EMPTY, TESTS, type TestRow, type TestValues } from './test-row.ts';

function significanceRows({ pairs }: SignificanceReport): TestValues[] {
  return pairs.flatMap(({ models, conditions, directions }) => {
    const pair = keyOfPair(models);
    const ofDirection = directions.flatMap(({ tests, summaries }) => {
      const [a, b] = tests.models;
      const head = { of: 'direction', pair, model_a: a, model_b: b, direction: tests.direction };
      return [
        ...summaries.flatMap((summary) => conditionRows(head, summary)),
        ...tests.conditions.flatMap((one) => clusterRows(head, one, tests)),
      ];
    });
    return [...conditions.flatMap((one) => conditionRows({ of: 'pair', pair }, one)), ...ofDirection];
  });
}

async function allTests(source: ReportSource): Promise<TestValues[]> {
  const report = await gatherSignificance(source);
  const correlation = await gatherCorrelation(source);
  return [
    ...(report ? significanceRows(report) : []),
    ...(correlation ? correlationRows(correlation) : []),
    ...(await decodingRows(source)),
  ];
}

export const tests: Part = {
  tables: [TESTS],
  async *rows(source) {
    const study = source.study.name;
    const all = await allTests(source);
    yield batchOf(
      TESTS,
      all.map((one): TestRow => ({ study, ...EMPTY, ...one })),
    );
  },
};
