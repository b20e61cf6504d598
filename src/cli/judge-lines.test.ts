import { expect, it } from 'vitest';
import type { Judgement } from '../evaluation/types.ts';
import { judgeLines, judgeSummary } from './judge-lines.ts';

const judgement = (interaction: string, rest: Partial<Judgement>): Judgement =>
  ({
    ...{ format: 'interbrain-judgement-1', judge: 'some-judge', models: ['a', 'b'], seed: 0, interaction },
    ...{ inputs: '', attempts: 1, status: 'judged', agents: [] },
    ...rest,
  }) as unknown as Judgement;

const ALL = [
  judgement('x', { usage: { promptTokens: 100, completionTokens: 10, cost: 0.5 } }),
  judgement('y', { usage: { promptTokens: 200, completionTokens: 20, cost: 0.25 } }),
  judgement('z', { status: 'failed', failure: 'no answer' }),
];

it('counts judgements, and of those made now the tokens and what they cost', () => {
  const summary = judgeSummary(ALL, { made: ALL.slice(1), price: true });
  expect(summary && judgeLines(summary)).toEqual([
    'Judged by some-judge: 2 episodes, 2 of them now (200 prompt and 20 completion tokens, cost 0.2500); 1 failed',
    '  failed: a+b, seed 0, z: no answer',
    '  Failed judgements count nowhere; try them again with: interbrain judge RUN --retry-failed',
  ]);
  const free = judgeSummary(ALL.slice(0, 1), { made: [], price: false });
  expect(free && judgeLines(free)).toEqual(['Judged by some-judge: 1 episodes, 0 of them now']);
});

it('names five of many failures, and says nothing where nobody judged', () => {
  const many = Array.from({ length: 7 }, (_, i) =>
    judgement(`i${i}`, { status: 'failed', failure: 'no answer' }),
  );
  const summary = judgeSummary(many);
  expect(summary && judgeLines(summary)).toContain('  and 2 more');
  expect(summary && judgeLines(summary)).toHaveLength(8);
  expect(judgeSummary([])).toBeUndefined();
});
