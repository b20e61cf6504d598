// Synchrony of single held-out episodes, by direction.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { EPISODE_SYNCHRONY } from '../../studies/stages/episode-synchrony.ts';
import { DIRECTION, directionColumns, STUDY } from '../columns.ts';
import { batchOf, columns, type Part, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  seed: ['integer', 'simulation seed'],
  interaction: ['text', 'id of the interaction: a scenario with two characters'],
  rounds: ['integer', 'rounds that were begun'],
  splits: ['integer', 'splits that hold the episode out'],
  test_samples: ['integer', 'its held-out samples, over all splits'],
  r2: [
    'number',
    'mean over source layers, at the target layers that the measure chose, of 1 − its mean squared residual over the variance of all held-out samples',
  ],
});

const TABLE: Table<typeof COLUMNS> = {
  name: 'episode_synchrony',
  row: 'one held-out episode in one direction; in a study with `episodeModel`',
  columns: COLUMNS,
};

export const episodeSynchrony: Part = {
  tables: [TABLE],
  async *rows(source) {
    for await (const { task, result } of source.each(EPISODE_SYNCHRONY)) {
      const head = { study: source.study.name, ...directionColumns(task.order.names, INTERACTIVE, result) };
      yield batchOf(
        TABLE,
        result.episodes.map(({ interaction, seed, rounds, splits, rows, r2 }) => ({
          ...{ ...head, seed, interaction, rounds, splits, test_samples: rows, r2 },
        })),
      );
    }
  },
};
