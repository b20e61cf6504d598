// SyncR² of pairs of models: the mean over directions and seat orders, as far as all of them are there.

import { gatherMeasures } from '../../report/synchrony/measures.ts';
import { keyOfPair } from '../../studies/plan.ts';
import { INTERVAL, intervalColumns, LAMBDA, lambdaColumns, STUDY } from '../columns.ts';
import { batchOf, columns, type Part, type RowOf, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  pair: ['text', 'the two models by name, joined by `+`'],
  model_1: ['text', 'the one that the study names first'],
  model_2: ['text', 'the other'],
  condition: ['text', 'which states are paired'],
  ...LAMBDA,
  syncr2: ['number', 'SyncR²: mean over directions and seat orders'],
  standard_error: ['number', 'over splits, as published; of the first λ'],
  sd_over_splits: ['number', 'standard deviation over splits; empty with one; of the first λ'],
  corrected_error: ['number', 'standard error over splits, corrected for the rows that they share'],
  ...INTERVAL,
  training_r2: ['number', 'R² of the rows that the maps were fitted to; empty where it is not known'],
});

const PAIRS: Table<typeof COLUMNS> = {
  name: 'pairs',
  row: 'SyncR² of a pair of models under one condition, with one λ; a pair of which a direction is missing has none',
  columns: COLUMNS,
};

export const pairs: Part = {
  tables: [PAIRS],
  async *rows(source) {
    const study = source.study.name;
    const { pairs: all, orders } = await gatherMeasures(source);
    const rows = all.flatMap((one): RowOf<typeof COLUMNS>[] => {
      const { models, condition, value, interval, training, others } = one;
      const first = orders.find((order) => order.condition === condition)?.directions[0]?.lambda ?? 'cv';
      const head = { study, pair: keyOfPair(models), model_1: models[0], model_2: models[1], condition };
      const errors = {
        ...{ standard_error: one.standardError, sd_over_splits: one.splitDeviation },
        corrected_error: one.correctedError,
      };
      const own = { ...lambdaColumns(first, true), syncr2: value, ...errors, ...intervalColumns(interval) };
      const none = { standard_error: null, sd_over_splits: null, corrected_error: null };
      return [
        { ...head, ...own, training_r2: training },
        ...others.map((other) => ({
          ...{ ...head, ...lambdaColumns(other.lambda, false), syncr2: other.value, ...none },
          ...{ ...intervalColumns(null), training_r2: other.training },
        })),
      ];
    });
    yield batchOf(PAIRS, rows);
  },
};
