// What every held-out interaction adds to SyncR², and SyncR² by round of the dialogue.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { at } from '../../numerics/lookup.ts';
import type { DirectionContributions, StoredContributions } from '../../studies/contribution-files.ts';
import { CONTRIBUTIONS } from '../../studies/stages/contributions.ts';
import {
  CELL,
  DIRECTION,
  directionColumns,
  INTERVAL,
  intervalColumns,
  layerColumns,
  STUDY,
} from '../columns.ts';
import { type Batch, batchOf, columns, type Part, type RowOf, type Table } from '../table.ts';

const INTERACTION_COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  interaction: ['text', 'id of the held-out interaction'],
  scenario: ['text', 'id of its scenario'],
  splits: ['integer', 'splits that hold it out'],
  test_samples: ['integer', 'its held-out samples, over all splits'],
  share: ['number', 'its share of the held-out samples, mean over splits'],
  contribution: ['number', 'what it adds to SyncR²; the sum over a direction’s interactions is SyncR²'],
  r2: ['number', 'its own R² at the target layers that the measure chose: contribution / share'],
});

const CELL_COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  interaction: ['text', 'id of the held-out interaction'],
  ...CELL,
  contribution: ['number', 'what it adds to R² of the layer pair; the sum over interactions is R²'],
  r2: ['number', 'its own R² in the layer pair: contribution / share'],
  best_target: ['boolean', 'whether the source layer predicts this target layer best'],
});

const ROUND_COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  round: ['integer', 'round of the dialogue, counted from 1'],
  syncr2: ['number', 'SyncR² of that round’s samples; empty where they are too few'],
  ...INTERVAL,
  train_samples: ['number', 'training samples of the round, mean over splits'],
  test_samples: ['number', 'held-out samples of the round, mean over splits'],
});

const CONTRIBUTION_TABLE: Table<typeof INTERACTION_COLUMNS> = {
  name: 'contributions',
  row: 'one held-out interaction in one direction; in a study with `contributions`',
  columns: INTERACTION_COLUMNS,
};

const CELL_TABLE: Table<typeof CELL_COLUMNS> = {
  name: 'contribution_cells',
  row: 'one held-out interaction in one layer pair of one direction, where `contributions.cells` asks for the layer pair',
  columns: CELL_COLUMNS,
};

const ROUND_TABLE: Table<typeof ROUND_COLUMNS> = {
  name: 'rounds',
  row: 'one round of the dialogue in one direction; in a study with `contributions`',
  columns: ROUND_COLUMNS,
};

type Head = RowOf<typeof DIRECTION> & RowOf<typeof STUDY>;

function interactionRows(
  head: Head,
  { interactions }: DirectionContributions,
  scenarioOf: ReadonlyMap<string, string>,
): RowOf<typeof INTERACTION_COLUMNS>[] {
  return interactions.map(({ interaction, splits, rows, share, syncR2 }) => ({
    ...{ ...head, interaction, scenario: scenarioOf.get(interaction) ?? null, splits },
    ...{ test_samples: rows, share, contribution: syncR2, r2: syncR2 / share },
  }));
}

/** A batch for each interaction; layer pairs that were not asked for have no row. */
async function* cellBatches(head: Head, result: StoredContributions): AsyncGenerator<Batch> {
  const cells = await result.readCells();
  const { interactions, sourceLayers, targetLayers, bestTarget } = result;
  const size = sourceLayers * targetLayers;
  for (const [i, { interaction, share }] of interactions.entries()) {
    const rows: RowOf<typeof CELL_COLUMNS>[] = [];
    for (let cell = 0; cell < size; cell++) {
      const contribution = at(cells, i * size + cell);
      const [source, target] = [Math.floor(cell / targetLayers), cell % targetLayers];
      if (Number.isNaN(contribution)) continue;
      rows.push({
        ...{ ...head, interaction, ...layerColumns(result, cell) },
        ...{ contribution, r2: contribution / share, best_target: bestTarget[source] === target },
      });
    }
    yield batchOf(CELL_TABLE, rows);
  }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function roundRows(head: Head, { rounds, leftOut }: DirectionContributions): RowOf<typeof ROUND_COLUMNS>[] {
  const without = leftOut.map((one) => ({ ...one, value: null, intervals: undefined }));
  return [...rounds, ...without]
    .sort((a, b) => a.round - b.round)
    .map(({ round, value, intervals, train, test }) => ({
      ...{ ...head, round, syncr2: value, ...intervalColumns(intervals?.syncR2) },
      ...{ train_samples: meanOf(train), test_samples: meanOf(test) },
    }));
}

export const contributions: Part = {
  tables: [CONTRIBUTION_TABLE, CELL_TABLE, ROUND_TABLE],
  async *rows(source) {
    const study = source.study.name;
    const scenarioOf = new Map(
      source.encounters.map(({ interaction, scenario }) => [interaction.id, scenario.id]),
    );
    for await (const { task, result } of source.each(CONTRIBUTIONS)) {
      const head = { study, ...directionColumns(task.order.names, INTERACTIVE, result) };
      yield batchOf(CONTRIBUTION_TABLE, interactionRows(head, result, scenarioOf));
      yield* cellBatches(head, result);
      yield batchOf(ROUND_TABLE, roundRows(head, result));
    }
  },
};
