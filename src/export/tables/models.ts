// The models that take part.

import { sharedOf } from '../../report/shared.ts';
import { STUDY } from '../columns.ts';
import { batchOf, columns, type Part, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  model: ['text', 'the name that the study gives it'],
  source: ['text', 'where the study takes it from: `hub: org/name`, `path: …`, `embedded: …`'],
  family: ['text', 'the family that the study puts it into; empty if it has none'],
  checkpoint: ['text', 'id of the checkpoint'],
  revision: ['text', 'hash of the checkpoint’s content'],
  architecture: ['text', 'architecture that config.json names'],
  layers: ['integer', 'layers, each with a state after it'],
  hidden_size: ['integer', 'dimensions of a state'],
  parameters: ['number', 'number of weights'],
  dtype: ['text', 'type of the weights in memory'],
  toy: ['boolean', 'whether it is one of the embedded models, whose numbers say nothing about others'],
});

const MODELS: Table<typeof COLUMNS> = {
  name: 'models',
  row: 'a model of the study',
  columns: COLUMNS,
};

export const models: Part = {
  tables: [MODELS],
  async *rows(source) {
    const { study, models: all } = sharedOf(source);
    const rows = all.map(({ name, info, source: from = null, family = null }) => ({
      ...{ study, model: name, source: from, family, checkpoint: info.id, revision: info.revision },
      ...{ architecture: info.architecture, layers: info.layers, hidden_size: info.hiddenSize },
      ...{ parameters: info.parameters, dtype: info.dtype, toy: info.toy },
    }));
    yield batchOf(MODELS, rows);
  },
};
