// What a target's own past, its partner and the shared text explain of it: of directions, and by layer pair.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { MODEL_NAMES, QUANTITY_NAMES } from '../../controls/variance-partition.ts';
import { OWN_PAST } from '../../studies/stages/own-past.ts';
import {
  CELL,
  DIRECTION,
  directionColumns,
  INTERVAL,
  intervalColumns,
  layerColumns,
  STUDY,
} from '../columns.ts';
import { batchOf, columns, type Part, type Table } from '../table.ts';

const PARTITION_COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  quantity: [
    'text',
    'R² of a model: `ownPast`, `partner`, `text`, `ownPastPartner`, `ownPastText`, `partnerText`, `all`; partial R² of the partner: `beyondOwnPast`, `beyondText`, `beyondBoth`; parts that sum to `all`: `ownPastAlone`, `partnerAlone`, `textAlone`, `shared`',
  ],
  value: ['number', 'mean over source layers, each at the target layer that SyncR² chose; may be below 0'],
  ...INTERVAL,
  samples: ['integer', 'samples whose target has an own past, training and test together'],
});

const LAYER_COLUMNS = columns({
  ...STUDY,
  ...DIRECTION,
  ...CELL,
  best_target: ['boolean', 'whether SyncR² takes this target layer for the source layer'],
  model: ['text', 'what predicts: `ownPast`, `partner`, `text`, and two or all of them'],
  r2: ['number', 'held-out R², mean over splits'],
});

const PARTITIONS: Table<typeof PARTITION_COLUMNS> = {
  name: 'own_past',
  row: 'one number of one direction; in a study with `ownPast`',
  columns: PARTITION_COLUMNS,
};

const LAYERS: Table<typeof LAYER_COLUMNS> = {
  name: 'own_past_layers',
  row: 'one model of one layer pair in one direction; in a study with `ownPast`',
  columns: LAYER_COLUMNS,
};

export const ownPast: Part = {
  tables: [PARTITIONS, LAYERS],
  async *rows(source) {
    const study = source.study.name;
    for await (const { task, result } of source.each(OWN_PAST)) {
      const head = { study, ...directionColumns(task.order.names, INTERACTIVE, result) };
      const { samples, numbers, layerPairs, bestTarget } = result;
      yield batchOf(
        PARTITIONS,
        QUANTITY_NAMES.map((quantity) => {
          const { value, interval } = numbers[quantity];
          return { ...head, quantity, value, ...intervalColumns(interval), samples };
        }),
      );
      yield batchOf(
        LAYERS,
        layerPairs.flatMap(({ source: from, target: to, r2 }) =>
          MODEL_NAMES.map((model) => ({
            ...{ ...head, ...layerColumns(result, from * result.targetLayers + to) },
            ...{ best_target: bestTarget[from] === to, model, r2: r2[model] },
          })),
        ),
      );
    }
  },
};
