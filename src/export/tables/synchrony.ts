// What was measured: SyncR² of every direction, R² of every layer pair, and R² of every layer pair in every split.

import { MEASURE } from '../../studies/stages/measure.ts';
import { NETWORKS_STAGE } from '../../studies/stages/networks.ts';
import { syncR2BySplit } from '../../synchrony/sync-r2.ts';
import type { Lambda, MeasureResult, SynchronyResult } from '../../synchrony/types.ts';
import {
  CELL,
  DIRECTION,
  directionColumns,
  INTERVAL,
  intervalColumns,
  LAMBDA,
  lambdaColumns,
  layerColumns,
  STUDY,
} from '../columns.ts';
import { batchOf, columns, type Part, type RowOf, type Table } from '../table.ts';

const MEASURED = columns({
  ...STUDY,
  measure: ['text', '`ridge`: affine maps; `networks`: two-layer networks on chosen layer pairs'],
  ...DIRECTION,
  ...LAMBDA,
});

const SYNCHRONY_COLUMNS = columns({
  ...MEASURED,
  syncr2: ['number', 'SyncR²; empty of networks that do not have all layer pairs'],
  standard_error: [
    'number',
    'over splits, as published; 0 where there is one split, or all rows are clamped',
  ],
  sd_over_splits: ['number', 'standard deviation of SyncR² over splits; empty with one'],
  ...INTERVAL,
  n: ['integer', 'samples of a split: training and test together'],
  train_samples: ['number', 'training samples, mean over splits'],
  test_samples: ['number', 'held-out samples, mean over splits'],
  splits: ['integer', 'splits into training and test'],
  split_seeds: [
    'text',
    'their seeds, joined by blanks; with folds, a seed stands once for each of its folds',
  ],
  folds: ['integer', 'folds of a seed; empty for draws'],
  group_by: ['text', 'what is never divided between training and test'],
  source_layers: ['integer', 'layers of the source model'],
  target_layers: ['integer', 'layers of the target model'],
  training_r2: ['number', 'R² of the rows that the maps were fitted to; empty where it is not known'],
  highest_condition_number: ['number', 'of the centred XᵀX + λI, over splits and source layers'],
  principal_components: ['integer', 'that were asked for; empty where layers were measured as they are'],
  left_out_samples: ['integer', 'samples that the condition could not pair'],
  left_out_episodes: ['integer', 'episodes of which no sample is left'],
  left_out_reason: ['text', 'why; empty if nothing was left out'],
});

const CELL_COLUMNS = columns({
  ...MEASURED,
  ...CELL,
  source_layers: ['integer', 'layers of the source model'],
  target_layers: ['integer', 'layers of the target model'],
  r2: ['number', 'test R², mean over splits'],
  sd_over_splits: ['number', 'standard deviation over splits, n − 1 below; empty with one'],
  best_target: ['boolean', 'whether the source layer predicts this target layer best'],
  ...INTERVAL,
  n: ['integer', 'samples of a split: training and test together'],
});

const SPLIT_COLUMNS = columns({
  ...MEASURED,
  ...CELL,
  split: ['integer', 'place of the split, counted from 1'],
  split_seed: ['integer', 'its seed'],
  fold: ['integer', 'which of the seed’s folds is held out, counted from 1; empty for a draw'],
  r2: ['number', 'test R² in this split'],
  train_samples: ['integer', 'training samples'],
  test_samples: ['integer', 'held-out samples'],
});

const SYNCHRONY: Table<typeof SYNCHRONY_COLUMNS> = {
  name: 'synchrony',
  row: 'SyncR² of one direction under one condition, with one λ',
  columns: SYNCHRONY_COLUMNS,
};

const CELLS: Table<typeof CELL_COLUMNS> = {
  name: 'cells',
  row: 'R² of one layer pair, mean over splits',
  columns: CELL_COLUMNS,
};

const SPLITS: Table<typeof SPLIT_COLUMNS> = {
  name: 'cell_splits',
  row: 'R² of one layer pair in one split',
  columns: SPLIT_COLUMNS,
};

/** One λ of a result, or a result that has one alone. */
interface Measured extends Pick<MeasureResult, 'r2' | 'meanR2' | 'syncR2'> {
  readonly lambda: Lambda;
  readonly isFirst: boolean;
  readonly result: MeasureResult;
  readonly training?: number | undefined;
  readonly conditionNumbers?: readonly (readonly number[])[];
  /** Of the result's own λ. */
  readonly intervals?: SynchronyResult['intervals'];
}

function byLambda(result: SynchronyResult): Measured[] {
  const { variants = [], training, intervals } = result;
  const own: Measured = { ...result, result, isFirst: true, training: training?.r2[0], intervals };
  return [
    own,
    ...variants.map(
      (one, i): Measured => ({ ...one, result, isFirst: false, training: training?.r2[1 + i] }),
    ),
  ];
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** n − 1 below; null of one value. */
function deviationOf(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

type Head = RowOf<typeof MEASURED>;

function synchronyRow(head: Head, one: Measured): RowOf<typeof SYNCHRONY_COLUMNS> {
  const { result, r2, syncR2, intervals, training = null, conditionNumbers = [] } = one;
  const { splits, targetLayers, leftOut } = result;
  const condition = conditionNumbers.flat();
  const folds = splits.filter(({ seed, fold }) => seed === splits[0]?.seed && fold !== undefined).length;
  return {
    ...head,
    ...{ syncr2: syncR2?.value ?? null, standard_error: syncR2?.standardError ?? null },
    sd_over_splits: syncR2 && deviationOf(syncR2BySplit({ r2, syncR2, targetLayers })),
    ...intervalColumns(intervals?.syncR2),
    n: result.samples,
    train_samples: meanOf(splits.map(({ trainSamples }) => trainSamples)),
    test_samples: meanOf(splits.map(({ testSamples }) => testSamples)),
    ...{ splits: splits.length, split_seeds: splits.map(({ seed }) => seed).join(' ') },
    ...{ folds: folds > 0 ? folds : null, group_by: result.groupBy },
    ...{ ...depthColumns(result), training_r2: training },
    highest_condition_number: condition.length > 0 ? Math.max(...condition) : null,
    principal_components: 'reduced' in result ? ((result as SynchronyResult).reduced?.asked ?? null) : null,
    ...{ left_out_samples: leftOut?.samples ?? 0, left_out_episodes: leftOut?.episodes ?? 0 },
    left_out_reason: leftOut?.reason ?? null,
  };
}

/** How many layers the models have, recorded or not. */
function depthColumns({ sourceLayers, targetLayers, sourceRecorded, targetRecorded }: MeasureResult) {
  return {
    source_layers: sourceRecorded?.of ?? sourceLayers,
    target_layers: targetRecorded?.of ?? targetLayers,
  };
}

function cellRows(head: Head, one: Measured): RowOf<typeof CELL_COLUMNS>[] {
  const { result, r2, meanR2, syncR2, intervals } = one;
  const { targetLayers, samples } = result;
  const found = new Map(intervals?.cells.map((cell) => [cell.source * targetLayers + cell.target, cell]));
  return Array.from(meanR2, (mean, cell) => {
    const [source, target] = [Math.floor(cell / targetLayers), cell % targetLayers];
    return {
      ...{ ...head, ...layerColumns(result, cell) },
      ...{ ...depthColumns(result), r2: mean },
      sd_over_splits: deviationOf(r2.map((plane) => plane[cell] ?? Number.NaN)),
      best_target: syncR2 && syncR2.bestTarget[source] === target,
      ...{ ...intervalColumns(found.get(cell)), n: samples },
    };
  });
}

function splitRows(head: Head, { result, r2 }: Measured): RowOf<typeof SPLIT_COLUMNS>[] {
  const { splits } = result;
  return r2.flatMap((plane, i) =>
    Array.from(plane, (value, cell) => ({
      ...head,
      ...layerColumns(result, cell),
      ...{ split: i + 1, split_seed: splits[i]?.seed ?? null },
      fold: splits[i]?.fold === undefined ? null : splits[i].fold + 1,
      r2: value,
      ...{ train_samples: splits[i]?.trainSamples ?? null, test_samples: splits[i]?.testSamples ?? null },
    })),
  );
}

function* batchesOf(study: string, models: readonly [string, string], all: readonly Measured[]) {
  for (const one of all) {
    const { result, lambda, isFirst } = one;
    const direction = directionColumns(models, result.condition, result);
    const head = { study, measure: result.measure.name, ...direction, ...lambdaColumns(lambda, isFirst) };
    yield batchOf(SYNCHRONY, [synchronyRow(head, one)]);
    // Networks measure some layer pairs alone; the others are NaN and no rows.
    const isMeasured = ({ r2 }: { readonly r2: number | null }) => r2 !== null && !Number.isNaN(r2);
    yield batchOf(CELLS, cellRows(head, one).filter(isMeasured));
    yield batchOf(SPLITS, splitRows(head, one).filter(isMeasured));
  }
}

export const synchrony: Part = {
  tables: [SYNCHRONY, CELLS, SPLITS],
  async *rows(source) {
    const { name } = source.study;
    for await (const { task, result } of source.each(MEASURE))
      yield* batchesOf(name, task.order.names, byLambda(result));
    for await (const { task, result } of source.each(NETWORKS_STAGE))
      yield* batchesOf(name, task.order.names, [{ ...result, result, isFirst: true }]);
  },
};
