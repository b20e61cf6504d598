// Other measures beside the ridge maps, by direction and condition.

import { INTERACTIVE } from '../../conditions/condition.ts';
import type { DirectionSimilarity } from '../../studies/similarity-files.ts';
import { SIMILARITY } from '../../studies/stages/similarity.ts';
import { DIRECTION, directionColumns, INTERVAL, intervalColumns, STUDY } from '../columns.ts';
import { batchOf, columns, type Part, type RowOf, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  measure: ['text', 'ridge, cka, cca, pls, rsa or neighbours'],
  samples: [
    'integer',
    'samples that this condition and the interactive one have, training and test together',
  ],
  value: ['number', 'mean over source layers of the value at their best target layers, those below 0 as 0'],
  interactive: ['number', 'the same of the interactive condition on these rows'],
  ...INTERVAL,
});

const TABLE: Table<typeof COLUMNS> = {
  name: 'similarity',
  row: 'one measure in one direction and condition; in a study with `similarity`',
  columns: COLUMNS,
};

type Names = readonly [string, string];

function rowsOf(study: string, names: Names, result: DirectionSimilarity): RowOf<typeof COLUMNS>[] {
  return result.measures.flatMap(({ measure, interactive, compared }) => [
    {
      ...{ study, ...directionColumns(names, INTERACTIVE, result), measure, samples: result.samples },
      ...{ value: interactive.value, interactive: interactive.value },
      ...intervalColumns(interactive.intervals?.syncR2),
    },
    ...compared.map(({ condition, samples, interactive: own, other }) => ({
      ...{ study, ...directionColumns(names, condition, result), measure, samples },
      ...{ value: other.value, interactive: own.value, ...intervalColumns(other.intervals?.syncR2) },
    })),
  ]);
}

export const similarity: Part = {
  tables: [TABLE],
  async *rows(source) {
    for await (const { task, result } of source.each(SIMILARITY))
      yield batchOf(TABLE, rowsOf(source.study.name, task.order.names, result));
  },
};
