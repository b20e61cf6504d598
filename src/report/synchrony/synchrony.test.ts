// SyncR², maps and networks: every number of sections, tables and figures against the results that it is made from.

import { beforeAll, describe, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { sampleSynchrony } from '../../../test/sample-synchrony.ts';
import { MEASURE, type MeasureTask } from '../../studies/stages/measure.ts';
import { NETWORKS_STAGE } from '../../studies/stages/networks.ts';
import { intervalOf, meanJackknife } from '../../synchrony/intervals/interval.ts';
import type { NonlinearResult } from '../../synchrony/networks/types.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import type { ReportSource } from '../source.ts';
import { each, errorSentence, seedsOf, sharedNotes, splitsText } from './figure-notes.ts';
import { maps } from './maps-section.ts';
import { gatherMeasures } from './measures.ts';
import { nonlinear } from './nonlinear-section.ts';
import { syncR2 } from './syncr2-section.ts';

const three = (value: number) => value.toFixed(3).replace('-', '−');
const title = ({
  direction,
  sourceModel,
  targetModel,
}: Pick<SynchronyResult, 'direction' | 'sourceModel' | 'targetModel'>) =>
  direction === 'A->B'
    ? `${sourceModel} (A) → ${targetModel} (B)`
    : `${sourceModel} (B) → ${targetModel} (A)`;

let source: ReportSource;
let measured: readonly { readonly task: MeasureTask; readonly result: SynchronyResult }[];
beforeAll(async () => {
  source = fullSample();
  measured = (await source.results(MEASURE)).current;
});

/** Of one seat order, condition and direction. */
function resultOf(folder: string, condition: string, direction: string): SynchronyResult {
  const label = `${folder} ${direction} ${condition}`;
  const found = measured.find(
    ({ task }) =>
      task.order.folder === folder && task.condition === condition && task.direction === direction,
  );
  if (!found) throw new Error(`${label} is in the sample`);
  return found.result;
}

/** Mean and error over all directions of the pair of both models, or of one with itself. */
/** What a pair comes to under a condition, worked out anew. */
function pairOf(a: string, b: string, condition: string) {
  const own = measured.filter(
    ({ task }) =>
      task.condition === condition && [...task.order.names].sort().join() === [a, b].sort().join(),
  );
  const value = own.reduce((sum, { result }) => sum + result.syncR2.value, 0) / own.length;
  const error =
    Math.sqrt(own.reduce((sum, { result }) => sum + result.syncR2.standardError ** 2, 0)) / own.length;
  const bySplit = [0, 1, 2].map((split) => {
    const all = own.map(({ result: { r2, syncR2, targetLayers } }) => {
      const rows = syncR2.bestTarget.map((target, row) =>
        syncR2.bestR2[row]! > 0 ? r2[split]![row * targetLayers + target]! : 0,
      );
      return rows.reduce((sum, r2) => sum + r2, 0) / rows.length;
    });
    return all.reduce((sum, r2) => sum + r2, 0) / own.length;
  });
  const mean = bySplit.reduce((sum, r2) => sum + r2, 0) / 3;
  const deviation = Math.sqrt(bySplit.reduce((sum, r2) => sum + (r2 - mean) ** 2, 0) / 2);
  const interval = intervalOf(meanJackknife(own.flatMap(({ result }) => result.intervals?.jackknife ?? [])));
  const variants = own[0]?.result.variants ?? [];
  const fitted = (i: number) =>
    own.reduce((sum, { result }) => sum + result.training!.r2[i]!, 0) / own.length;
  const others = variants.map(({ lambda }, i) => {
    const all = own.map(({ result }) => result.variants!.find((one) => one.lambda === lambda)!.syncR2.value);
    return { lambda, value: all.reduce((sum, one) => sum + one, 0) / own.length, training: fitted(i + 1) };
  });
  return { value, error, deviation, interval, training: fitted(0), others };
}

describe('SyncR²', () => {
  let section: SampleSection;
  beforeAll(async () => {
    section = await openSection(syncR2, source);
  });

  it('of each pair under each condition: the mean over directions and seat orders', () => {
    const [pairs] = htmlTables(section.html);
    if (!pairs) throw new Error('no table');
    // Seven conditions of three pairs: a row each.
    expect(pairs.head).toEqual([
      'Condition',
      'small-llama × small-llama',
      'small-llama × small-mistral',
      'small-mistral × small-mistral',
    ]);
    expect(pairs.rows.map(([name]) => name)).toEqual([
      ...['interactive', 'passive', 'passive-same-format', 'lag-1', 'lag-3', 'pseudo-dyad', 'shuffled'],
    ]);
    for (const [condition = ''] of pairs.rows) {
      const row = rowNamed(pairs, condition);
      for (const [a, b] of [
        ['small-llama', 'small-llama'],
        ['small-llama', 'small-mistral'],
        ['small-mistral', 'small-mistral'],
      ] as const) {
        const { value, error, deviation, interval, training, others } = pairOf(a, b, condition);
        const beside = others.map(
          (one) =>
            `${one.lambda === 'cv' ? 'λ by cross-validation' : `λ = ${one.lambda}`}: ${three(one.value)}; ${three(one.training)} on training rows`,
        );
        expect(row[`${a} × ${b}`], `${condition} of ${a}, ${b}`).toBe(
          `${three(value)} [${three(interval.low)}, ${three(interval.high)}]SD ${three(deviation)}, corrected error ${three(CORRECTED * deviation)}, published error ${three(error)}${three(training)} on training rows${beside.join('')}`,
        );
      }
    }
  });

  it('of each direction: error, interval, samples and condition number', () => {
    const [, directions] = htmlTables(section.html);
    if (!directions) throw new Error('no table');
    expect(directions.rows).toHaveLength(8 * 7);
    const forward = resultOf('small-llama+small-mistral', 'passive', 'A->B');
    const backward = resultOf('small-llama+small-mistral', 'passive', 'B->A');
    for (const result of [forward, backward]) {
      const { low, high } = result.intervals?.syncR2 ?? {};
      expect(rowNamed(directions, title(result), 'passive')).toEqual({
        'Source → target': title(result),
        Condition: 'passive',
        'SyncR²': `${three(result.syncR2.value)} ± ${three(result.syncR2.standardError)}`,
        Interval: `[${three(low ?? 0)}, ${three(high ?? 0)}]`,
        'n: train + test': `${result.samples}: 1200 + 300`,
        'Train / D': (1200 / 256).toFixed(1),
        'R² on training rows': result.training?.r2.map(three).join(', '),
        // The highest of the last layer and split seed.
        'Condition number': `${(1e4 * (result.sourceLayers + 2)).toExponential(1)}`,
      });
    }
    expect(forward.samples).not.toBe(backward.samples);
  });

  it('says what the numbers were made with: theirs, not the study’s', async () => {
    const text = plainText(section.html);
    expect(text).toContain('λ = 0.1, groups by interaction (pseudo-dyad by scenario), split seeds 0, 1, 2');
    expect(text).toContain('± is the standard error as published, over 3 splits.');
    expect(text).toContain(
      '95 % interval, t with 16 degrees of freedom, leaving out each of 42 held-out interactions, the fitted maps held fixed.',
    );
    const others = fullSample({
      settings: { synchrony: { lambda: [7], splitSeeds: [4, 5], groupBy: 'scenario' } },
    });
    expect(plainText((await openSection(syncR2, others)).html)).toContain(
      'λ = 0.1, groups by interaction (pseudo-dyad',
    );
  });

  it('has pairs as rows and conditions across where there are few conditions', async () => {
    const { html } = await openSection(syncR2, sampleReport());
    const [pairs] = htmlTables(html);
    expect(pairs?.head).toEqual(['Models', 'interactive']);
    expect(pairs?.rows.map(([name]) => name)).toEqual(['small-llama × small-mistral']);
    expect(html).toContain('<a href="pairs/small-llama+small-mistral.html">small-llama × small-mistral</a>');
  });

  it('has a dash for a pair of which a direction is missing, and its other directions', async () => {
    const some = sampleReport({
      stateOf: (stage, task) =>
        stage === 'measure' && task.label.startsWith('small-llama+small-mistral A->B') ? 'stale' : undefined,
    });
    const { html, tables } = await openSection(syncR2, some);
    const [pairs, directions] = htmlTables(html);
    expect(pairs?.rows).toEqual([['small-llama × small-mistral', '–']]);
    expect(plainText(html)).toContain('A dash: not all of these are measured.');
    expect(directions?.rows.map(([name]) => name)).toEqual([
      ...[
        'small-mistral (B) → small-llama (A)',
        'small-mistral (A) → small-llama (B)',
        'small-llama (B) → small-mistral (A)',
      ],
    ]);
    expect(csvRecords(tables.get('tables/syncr2-pairs.csv') ?? '')).toEqual([]);
    expect(plainText((await openSection(syncR2, sampleReport())).html)).not.toContain('A dash');
  });

  it('says that nothing is measured, without tables', async () => {
    const none = await openSection(
      syncR2,
      sampleReport({ stateOf: (stage) => (stage === 'measure' ? 'missing' : undefined) }),
    );
    expect(plainText(none.html)).toBe('SyncR² Nothing is measured yet.');
    expect(none.tables.size).toBe(0);
  });

  it('as tables, every column by its name', () => {
    const { value, error, deviation, interval } = pairOf('small-llama', 'small-mistral', 'lag-1');
    const pair = recordWith(tableNamed(section, 'syncr2-pairs'), {
      model_1: 'small-llama',
      model_2: 'small-mistral',
      condition: 'lag-1',
    });
    expect(pair).toEqual({
      ...{ model_1: 'small-llama', model_2: 'small-mistral', condition: 'lag-1' },
      ...{ syncr2: `${value}`, standard_error: `${error}`, splits: '3' },
      ...{ sd_over_splits: expect.stringContaining(three(deviation)) },
      ...{ corrected_error: expect.stringMatching(/^0\.\d+/) },
      ...{ interval_low: `${interval.low}`, interval_high: `${interval.high}`, interval_kind: interval.kind },
      ...{ interval_se: `${interval.standardError}`, degrees_of_freedom: '16', left_out_groups: '42' },
    });
    expect(Number(pair['corrected_error'])).toBeCloseTo(CORRECTED * deviation, 12);
    const lambdas = csvRecords(tableNamed(section, 'syncr2-lambdas')).filter(
      (row) =>
        row['condition'] === 'interactive' &&
        row['model_2'] === 'small-mistral' &&
        row['model_1'] === 'small-llama',
    );
    const ownPair = pairOf('small-llama', 'small-mistral', 'interactive');
    expect(lambdas.map((row) => [row['ridge_lambda'], Number(row['syncr2'])])).toEqual(
      [{ lambda: 0.1, value: ownPair.value }, ...ownPair.others].map((one) => [
        `${one.lambda}`,
        expect.closeTo(one.value, 12),
      ]),
    );
    const result = resultOf('small-mistral+small-llama', 'shuffled', 'B->A');
    const own = result.intervals?.syncR2;
    if (!own) throw new Error('the sample has an interval here');
    const direction = recordWith(tableNamed(section, 'syncr2-directions'), {
      ...{ model_a: 'small-mistral', model_b: 'small-llama', condition: 'shuffled', direction: 'B to A' },
    });
    expect(direction).toEqual({
      ...{ model_a: 'small-mistral', model_b: 'small-llama', condition: 'shuffled', direction: 'B to A' },
      ...{ source_model: 'small-llama', target_model: 'small-mistral' },
      ...{
        syncr2: `${result.syncR2.value}`,
        standard_error: `${result.syncR2.standardError}`,
        splits: '3',
      },
      ...{ samples: `${result.samples}`, train: '1200', test: '300', lambda: '0.1', group_by: 'interaction' },
      ...{ highest_condition_number: `${1e4 * (3 + 2)}`, interval_se: `${own.standardError}` },
      ...{ interval_low: `${own.low}`, interval_high: `${own.high}`, interval_kind: 'jackknife-t' },
      ...{ degrees_of_freedom: '16', left_out_groups: '42' },
      ...{ left_out_samples: '40', left_out_episodes: '3' },
    });
  });

  it('as the best target of each source layer', () => {
    const result = resultOf('small-llama+small-mistral', 'interactive', 'B->A');
    const own = csvRecords(tableNamed(section, 'best-targets')).filter(
      (one) =>
        one['model_a'] === 'small-llama' &&
        one['model_b'] === 'small-mistral' &&
        one['condition'] === 'interactive' &&
        one['direction'] === 'B to A',
    );
    expect(own).toEqual(
      result.syncR2.bestTarget.map((target, layer) => ({
        ...{
          model_a: 'small-llama',
          model_b: 'small-mistral',
          condition: 'interactive',
          direction: 'B to A',
        },
        ...{ source_model: 'small-mistral', target_model: 'small-llama', source_layer: `${layer + 1}` },
        ...{ best_target_layer: `${target + 1}`, r2_mean: `${result.meanR2[layer * 3 + target]}` },
        r2_clamped: `${result.syncR2.bestR2[layer]}`,
      })),
    );
    expect(own).toHaveLength(4);
  });
});

describe('maps', () => {
  const small = () => sampleReport({ layers: [3, 4] });
  let section: SampleSection;
  let result: SynchronyResult;
  beforeAll(async () => {
    section = await openSection(maps, small());
    const own = (await small().results(MEASURE)).current.find(
      ({ task }) => task.order.folder === 'small-llama+small-mistral' && task.direction === 'B->A',
    );
    if (!own) throw new Error('the sample is measured');
    result = own.result;
  });

  it('of each direction with one scale per seat order, R² of each cell and the best target boxed', async () => {
    const stem = 'small-llama+small-mistral+interactive+B-to-A';
    const spec = figureNamed(section, stem);
    expect(spec.data?.values).toEqual(
      Array.from(result.meanR2, (r2, cell) => {
        const [layer, target] = [Math.floor(cell / 3), cell % 3];
        return {
          ...{ source: layer + 1, target: target + 1, r2, best: result.syncR2.bestTarget[layer] === target },
          text: r2 < 0 ? `−${(-r2).toFixed(2)}` : r2.toFixed(2),
        };
      }),
    );
    expect(spec.encoding?.x).toMatchObject({
      field: 'source',
      axis: { title: 'source layer, small-mistral', values: [1, 2, 3, 4] },
    });
    expect(spec.encoding?.y).toMatchObject({
      field: 'target',
      sort: 'descending',
      axis: { title: 'target layer, small-llama', values: [1, 2, 3] },
    });
    const [cells, boxes] = spec.layer ?? [];
    const other = figureNamed(section, stem.replace('B-to-A', 'A-to-B')).layer?.[0];
    expect(cells?.encoding?.color?.scale?.domain).toEqual(other?.encoding?.color?.scale?.domain);
    expect(cells?.encoding?.color?.condition).toEqual({ test: 'datum.r2 < 0', value: '#c9c9c9' });
    expect(boxes?.transform).toEqual([{ filter: 'datum.best' }]);
    expect([...section.figures.keys()]).toEqual(
      ['small-llama+small-mistral+interactive', 'small-mistral+small-llama+interactive'].flatMap((order) =>
        ['A-to-B', 'B-to-A', 'best-targets'].map((end) => `${order}+${end}`),
      ),
    );
  });

  it('with the scale of the higher direction, whichever it is', async () => {
    const unlike = sampleReport({
      makers: {
        measure: ({ direction, order: { names } }) =>
          sampleSynchrony({
            direction,
            models: names,
            layers: [3, 3],
            height: direction === 'A->B' ? 0.2 : 0.6,
          }),
      },
    });
    const { figures } = await openSection(maps, unlike);
    const domains = ['A-to-B', 'B-to-A'].map(
      (end) =>
        figures.get(`small-llama+small-mistral+interactive+${end}`)?.layer?.[0]?.encoding?.color?.scale
          ?.domain,
    );
    expect(domains).toEqual([
      [0, 0.6],
      [0, 0.6],
    ]);
  });

  it('with their settings in the caption, and links to files that are there', () => {
    const captions = [...section.html.matchAll(/<figcaption>([\s\S]*?)<\/figcaption>/g)].map(
      ([, text = '']) => plainText(text),
    );
    const { value, standardError } = result.syncR2;
    const { low = 0, high = 0 } = result.intervals?.syncR2 ?? {};
    expect(captions[1]).toBe(
      `small-mistral (B) → small-llama (A): SyncR² ${three(value)} ± ${three(standardError)} (published standard error over 3 split seeds); ` +
        `[${three(low)}, ${three(high)}]: 95 % interval, t with 16 degrees of freedom, leaving out each of 42 held-out interactions; ` +
        `condition interactive; n = ${result.samples} (1200 train + 300 test); groups by interaction; split seeds 0, 1, 2; λ = 0.1; ` +
        'interbrain 0.1.0. SVG, PNG, all values',
    );
    expect(section.html).toContain('href="tables/r2+small-llama+small-mistral+interactive+B-to-A.csv"');
    expect(plainText(section.html)).toContain('small-mistral speaks first, small-llama second: interactive');
  });

  it('and the best target’s R² by split seed', () => {
    const spec = figureNamed(section, 'small-llama+small-mistral+interactive+best-targets');
    const rows = (spec.data?.values ?? []) as readonly { direction: string; seed: number }[];
    expect(rows.filter(({ direction, seed }) => direction === title(result) && seed === 1)).toEqual(
      result.syncR2.bestTarget.map((target, layer) => ({
        ...{ direction: title(result), source: layer + 1, target: target + 1, seed: 1 },
        ...{ r2: result.r2[1]?.[layer * 3 + target], mean: result.meanR2[layer * 3 + target] },
      })),
    );
    const [, line, dots] = spec.layer ?? [];
    expect([line?.encoding?.y?.field, dots?.encoding?.y?.field]).toEqual(['mean', 'r2']);
    expect(line?.encoding?.color?.scale?.domain).toEqual([
      'small-llama (A) → small-mistral (B)',
      'small-mistral (B) → small-llama (A)',
    ]);
    expect(line?.encoding?.x).toMatchObject({
      field: 'source',
      scale: { domain: [1, 4] },
      axis: { values: [1, 2, 3, 4] },
    });
  });

  it('as a table with each split seed', () => {
    const table = tableNamed(section, 'r2+small-llama+small-mistral+interactive+B-to-A');
    const cell = 1 * 3 + 2;
    expect(csvRecords(table)).toHaveLength(12);
    expect(recordWith(table, { source_layer: 2, target_layer: 3 })).toMatchObject({
      ...{ r2_mean: `${result.meanR2[cell]}`, best_target: `${result.syncR2.bestTarget[1] === 2}` },
      ...{
        r2_split_seed_0: `${result.r2[0]?.[cell]}`,
        r2_split_seed_1: `${result.r2[1]?.[cell]}`,
        r2_split_seed_2: `${result.r2[2]?.[cell]}`,
      },
    });
  });

  it('stand on the pages of pairs alone where there are many', async () => {
    const { html, figures } = await openSection(maps, fullSample());
    expect(figures.size).toBe(4 * 7 * 3);
    expect(html).not.toContain('<figure');
    expect(html).toContain(
      '<li><a href="pairs/small-mistral+small-mistral.html">small-mistral × small-mistral</a></li>',
    );
  });

  it('are not there without measures', async () => {
    const none = await openSection(
      maps,
      sampleReport({ stateOf: (stage) => (stage === 'measure' ? 'missing' : undefined) }),
    );
    expect([none.html, none.figures.size, none.tables.size]).toEqual(['', 0, 0]);
  });
});

/** Of three splits, 300 of whose rows are tested for 1200 that are trained on. */
const CORRECTED = Math.sqrt(1 / 3 + 300 / 1200);

describe('what is said of numbers that were made in unlike ways', () => {
  const number = { samples: 10, lambda: 0.1, groupBy: 'interaction', splitSeeds: [0, 1] };
  const NONE = { models: [], pairs: [['a', 'b'], ['a', 'a']] as const }; // biome-ignore format: short
  const others = { ...number, samples: 12, lambda: 5, groupBy: 'scenario', splitSeeds: [4] };

  it('the fewest seeds, and every value once', () => {
    expect([seedsOf([number, others]), seedsOf([others, number]), seedsOf([number])]).toEqual([1, 1, 2]);
    expect(splitsText([number, others, number])).toBe('split seeds 0, 1 and split seeds 4');
    const folds = { ...number, folds: 5 };
    expect([seedsOf([folds]), splitsText([folds])]).toEqual([10, '5 folds by seeds 0, 1']);
    expect(each([0.1, 5, 0.1])).toBe('0.1 and 5');
  });

  it('toys, error, n, groups and λ, as far as they are asked for', () => {
    expect(sharedNotes([number, number], NONE)).toEqual([
      'bars: ± published standard error over split seeds 0, 1',
      'mean over directions and seat orders, condition interactive',
      ...['n = 10', 'groups by interaction', 'λ = 0.1'],
    ]);
    expect(sharedNotes([number, others, { ...number, samples: 15 }], NONE, { lambda: false })).toEqual([
      'one split (split seeds 0, 1 and split seeds 4), so no error is known',
      'mean over directions and seat orders, condition interactive',
      ...['n = 10–15', 'groups by interaction and scenario'],
    ]);
    expect(
      sharedNotes([{ ...number, counts: 'n = 10 (8 train + 2 test)' }], NONE, { groups: false }),
    ).toContain('n = 10 (8 train + 2 test)');
    expect(sharedNotes([number], NONE, { n: false }).join()).not.toMatch(/n = |of 2 pairs/);
    expect(sharedNotes([number], NONE, { pairs: 1 })).toContain('1 of 2 pairs of models');
  });

  it('what ± is', () => {
    expect([errorSentence(3), errorSentence(1)]).toEqual([
      '± is the standard error as published, over 3 splits.',
      'One split gives no error.',
    ]);
  });
});

describe('what is gathered of measures', () => {
  it('keeps A → B before B → A, whichever was made first', async () => {
    const { orders } = await gatherMeasures({
      ...source,
      results: async (stage) => {
        const results = await source.results(stage);
        return { ...results, current: results.current.toReversed() };
      },
    });
    for (const { directions } of orders)
      expect(directions.map(({ direction }) => direction)).toEqual(['A->B', 'B->A']);
  });
});

describe('networks', () => {
  let section: SampleSection;
  let results: readonly NonlinearResult[];
  beforeAll(async () => {
    section = await openSection(nonlinear, source);
    results = (await source.results(NETWORKS_STAGE)).current.map(({ result }) => result);
  });

  it('beside ridge by direction and pair: values, errors, difference, layer pairs', () => {
    const [table] = htmlTables(section.html);
    if (!table) throw new Error('no table');
    expect(table.head).toEqual(['Models', 'Ridge', 'Network', 'Network − ridge', 'Layer pairs']);
    const [, , , backward] = results.filter(({ sourceModel, targetModel }) => sourceModel !== targetModel);
    if (!backward) throw new Error('the sample has networks');
    const { affine, nonlinear: network } = backward.comparison;
    expect(rowNamed(table, title(backward))).toEqual({
      Models: title(backward),
      Ridge: `${three(affine.value)} ± ${three(affine.standardError)}`,
      Network: `${three(network.value)} ± ${three(network.standardError)}`,
      'Network − ridge': three(network.value - affine.value),
      'Layer pairs': '3 of 12',
    });
    const own = results.filter(({ sourceModel, targetModel }) => sourceModel !== targetModel);
    const mean = (map: 'affine' | 'nonlinear') =>
      own.reduce((sum, { comparison }) => sum + comparison[map].value, 0) / 4;
    const error = (map: 'affine' | 'nonlinear') =>
      Math.sqrt(own.reduce((sum, { comparison }) => sum + comparison[map].standardError ** 2, 0)) / 4;
    expect(rowNamed(table, 'small-llama × small-mistral')).toMatchObject({
      Ridge: `${three(mean('affine'))} ± ${three(error('affine'))}`,
      Network: `${three(mean('nonlinear'))} ± ${three(error('nonlinear'))}`,
      'Network − ridge': three(mean('nonlinear') - mean('affine')),
      'Layer pairs': '',
    });
    expect(affine.value).not.toBeCloseTo(network.value, 3);
  });

  it('say what they are, and that some layer pairs are not all', () => {
    const text = plainText(section.html);
    expect(text).toContain('one hidden layer of 24 units');
    expect(text).toContain('not SyncR², which chooses among all');
    expect(text).toContain('n = 1493–1500; λ = 0.1; 30 epochs; split seeds 0, 1, 2.');
  });

  it('drawn by source layer, ridge and network', () => {
    const spec = figureNamed(section, 'small-llama+small-mistral+B-to-A+nonlinear');
    const result = results.find(
      ({ direction, sourceModel, targetModel }) =>
        direction === 'B->A' && sourceModel === 'small-mistral' && targetModel === 'small-llama',
    );
    if (!result) throw new Error('the sample has networks');
    const values = (spec.data?.values ?? []) as readonly {
      name: string;
      layer: number;
      value: number;
      low: number;
      high: number;
      dashed: boolean;
    }[];
    expect(values.map(({ name }) => name)).toEqual([
      ...Array(3).fill('ridge, λ = 0.1'),
      ...Array(3).fill('network, 24 hidden units'),
    ]);
    const [first] = values;
    // Over the split seeds 0.30, 0.32, 0.34: a deviation of 0.02.
    expect(first).toMatchObject({ layer: 1, dashed: false });
    expect(first?.value).toBeCloseTo(0.32, 9);
    expect([first?.low, first?.high].map((end) => end?.toFixed(3))).toEqual(['0.300', '0.340']);
    expect(values.slice(3).map(({ value }) => value)).toEqual(result.comparison.nonlinear.bestR2);
    expect(values.slice(0, 3).map(({ layer }) => layer)).toEqual([1, 2, 3]);
    const notes = [spec.title.subtitle].flat().join(' ').replaceAll(' · ', ' ');
    for (const note of [
      'toy models',
      'split seeds 0, 1, 2',
      '3 of 12 layer pairs have a network',
      'n = 1493, groups by interaction',
      '30 epochs',
    ])
      expect(notes).toContain(note);
    expect(spec.title.text).toEqual(['small-mistral (B) → small-llama (A)']);
  });

  it('as a table, a row per layer pair and split seed', () => {
    const table = tableNamed(section, 'nonlinear');
    expect(csvRecords(table)).toHaveLength(8 * 3 * 3 + 2 * 3);
    const cell = results.find(
      ({ direction, targetModel, sourceModel }) =>
        direction === 'A->B' && sourceModel === 'small-llama' && targetModel === 'small-mistral',
    )?.cells[1];
    expect(
      recordWith(table, {
        model_a: 'small-llama',
        model_b: 'small-mistral',
        direction: 'A->B',
        source_layer: 2,
        split_seed: 1,
      }),
    ).toEqual({
      ...{
        model_a: 'small-llama',
        model_b: 'small-mistral',
        direction: 'A->B',
        source_layer: '2',
        target_layer: '2',
      },
      ...{
        split_seed: '1',
        affine_r2: `${cell?.affine[1]}`,
        nonlinear_r2: `${cell?.nonlinear[1]}`,
        train_loss: '0.51',
      },
    });
  });

  it('leave a pair’s mean out where a direction is missing', async () => {
    const some = await openSection(
      nonlinear,
      sampleReport({
        ...{ layers: [3, 4], settings: { nonlinear: true } },
        makers: { networks: () => results[2] as NonlinearResult },
        stateOf: (stage, task) =>
          stage === 'networks' && task.label.endsWith('A->B') ? 'missing' : undefined,
      }),
    );
    expect(htmlTables(some.html)[0]?.rows).toHaveLength(2);
    expect((await openSection(nonlinear, sampleReport())).html).toBe('');
  });
});
