// SyncR² of halves of the interactions and its ceiling, by direction.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { RELIABILITY } from '../../studies/stages/reliability.ts';
import { DIRECTION, directionColumns, INTERVAL, intervalColumns, STUDY } from '../columns.ts';
import { batchOf, columns, type Part, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  halving: ['integer', 'which halving, counted from 0'],
  first_half: ['number', 'SyncR² of the first half’s interactions, measured by themselves'],
  second_half: ['number', 'SyncR² of the second half’s'],
  samples_of_first_half: ['integer', 'training and test samples together'],
  samples_of_second_half: ['integer', 'training and test samples together'],
  ceiling: [
    'number',
    'mean R² of the chosen target layers from the target model’s own other layers at the same turn',
  ],
  share_of_ceiling: ['number', 'SyncR² over the ceiling; the interval is of this share'],
  ...INTERVAL,
});

const TABLE: Table<typeof COLUMNS> = {
  name: 'reliability',
  row: 'one halving of one direction; in a study with `reliability`',
  columns: COLUMNS,
};

export const reliability: Part = {
  tables: [TABLE],
  async *rows(source) {
    for await (const { task, result } of source.each(RELIABILITY)) {
      const head = { study: source.study.name, ...directionColumns(task.order.names, INTERACTIVE, result) };
      const { ceiling } = result;
      yield batchOf(
        TABLE,
        result.halvings.map(([a, b], halving) => ({
          ...{ ...head, halving, first_half: a.value, second_half: b.value },
          ...{ samples_of_first_half: a.samples, samples_of_second_half: b.samples },
          ...{ ceiling: ceiling?.value ?? null, share_of_ceiling: ceiling?.share ?? null },
          ...intervalColumns(ceiling?.interval),
        })),
      );
    }
  },
};
