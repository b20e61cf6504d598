// What the judge said: a row for every agent and dimension.

import { overallScore } from '../../evaluation/dimensions.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { PLAYED } from '../../recordings/layout.ts';
import { JUDGEMENTS } from '../../studies/stages/judgements.ts';
import { EPISODE, STUDY, seatColumns } from '../columns.ts';
import { batchOf, columns, type Part, type RowOf, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  ...EPISODE,
  scenario: ['text', 'id of the scenario'],
  seat: ['text', 'seat of the agent that is scored'],
  model: ['text', 'its model'],
  partner: ['text', 'its partner’s model'],
  judge: ['text', '`rule`, or the judge model’s name'],
  status: ['text', '`judged`, or `failed`: one row for each agent then, without a score'],
  dimension: ['text', 'what is scored; `overall` is the mean over the dimensions'],
  score: ['number', 'the score'],
  low: ['number', 'lowest score that the dimension has'],
  high: ['number', 'highest score that it has'],
  reason: ['text', 'the judge’s words, or why it failed'],
});

const SCORES: Table<typeof COLUMNS> = {
  name: 'scores',
  row: 'one agent’s score in one dimension, in one episode',
  columns: COLUMNS,
};

type Scored = Pick<RowOf<typeof COLUMNS>, 'dimension' | 'score' | 'low' | 'high' | 'reason'>;

/** Dimensions in the judge's order, and the mean over them. */
function scoresOf(judgement: Judgement, seat: 0 | 1): Scored[] {
  if (judgement.status === 'failed')
    return [{ dimension: null, score: null, low: null, high: null, reason: judgement.failure }];
  const agent = judgement.agents[seat];
  const own = judgement.dimensions.map(
    ({ name, low, high }): Scored => ({
      ...{ dimension: name, score: agent.scores[name] ?? null, low, high },
      reason: agent.reasons?.[name] ?? null,
    }),
  );
  const overall = { dimension: 'overall', score: overallScore(agent), low: null, high: null, reason: null };
  return [...own, overall];
}

function rowsOf(study: string, judgement: Judgement): RowOf<typeof COLUMNS>[] {
  const { models, seed, interaction, scenario, judge, status } = judgement;
  const head = { study, ...seatColumns(models), variant: PLAYED, seed, interaction, scenario };
  return ([0, 1] as const).flatMap((seat) =>
    scoresOf(judgement, seat).map((score) => ({
      ...head,
      ...{ seat: seat === 0 ? 'A' : 'B', model: models[seat], partner: models[1 - seat] ?? null },
      ...{ judge, status, ...score },
    })),
  );
}

export const scores: Part = {
  tables: [SCORES],
  async *rows(source) {
    for await (const { result } of source.each(JUDGEMENTS))
      yield batchOf(SCORES, rowsOf(source.study.name, result));
  },
};
