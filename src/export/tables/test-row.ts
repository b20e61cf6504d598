// The table of tests: what a row may say.

import { INTERVAL, intervalColumns, STUDY } from '../columns.ts';
import { columns, type RowOf, type Table } from '../table.ts';

const COLUMNS = columns({
  ...STUDY,
  test: [
    'text',
    '`strangers`: against strangers of the same scenario; `condition`: interactive minus this condition; `conversations`: the interactive condition against other conversations of the same interaction; `strangers-cluster`, `condition-cluster`: one cluster of layer pairs of these; `correlation`: synchrony and performance; `decoding`: what probes of mental states are worth',
  ],
  of: ['text', 'what is tested: a `pair` of models, a `direction`, a `group` of pairs, an `agent`'],
  pair: ['text', 'the two models by name, joined by `+`; empty of a group'],
  model_a: ['text', 'model in seat A; empty where both seat orders count'],
  model_b: ['text', 'model in seat B'],
  direction: ['text', '`A->B` or `B->A`; empty of a pair and a group'],
  condition: ['text', 'the condition that is tested, or compared with the interactive one'],
  detail: [
    'text',
    'of a cluster its layer pairs, `source-target` counted from 1; of a correlation group and statistic; of decoding seat, words, relation and what it is compared with',
  ],
  estimate: [
    'number',
    'strangers, conversations: SyncR²; condition: the difference; a cluster: its mass; a correlation: r or ρ; decoding: how much closer, in nats',
  ],
  expected: [
    'number',
    'what the test compares it with: SyncR² with strangers or other conversations, 0, the other’s divergence',
  ],
  null_sd: ['number', 'strangers, conversations: standard deviation of SyncR² over draws'],
  z: ['number', 'strangers, conversations: (estimate − expected) / null_sd'],
  ...INTERVAL,
  p: ['number', 'p-value'],
  adjusted_p: [
    'number',
    'the same adjusted (Benjamini–Hochberg) over the rows of its kind; empty if it is not',
  ],
  method: [
    'text',
    '`exchange`: of interactions among strangers, or of conversations within interactions; `swap`: of labels of whole interactions; `signs`: of clusters; `t`: Student’s; `models`: permutation over models',
  ],
  tail: ['text', '`greater` or `two-sided`'],
  permutations: ['integer', 'random ones, or all that there are'],
  exact: ['boolean', 'whether these are all'],
  n: ['integer', 'what is exchanged: interactions, units of a cluster, pairs of models'],
  not_tested: ['text', 'why there is no p; empty if there is one'],
});

export type TestRow = RowOf<typeof COLUMNS>;

export const TESTS: Table<typeof COLUMNS> = {
  name: 'tests',
  row: 'one test; in a study with `significance`, `correlation` or `mentalStates`',
  columns: COLUMNS,
};

/** A test of which nothing is known. */
export const EMPTY: Omit<TestRow, 'study' | 'test' | 'of'> = {
  ...{ pair: null, model_a: null, model_b: null, direction: null, condition: null, detail: null },
  ...{ estimate: null, expected: null, null_sd: null, z: null, ...intervalColumns(null) },
  ...{ p: null, adjusted_p: null, method: null, tail: null, permutations: null, exact: null },
  ...{ n: null, not_tested: null },
};

/** A row with what is known of a test; the rest is empty. */
export type TestValues = Partial<TestRow> & Pick<TestRow, 'test' | 'of'>;

/** Whose test it is. */
export type TestHead = Omit<TestValues, 'test'>;
