// What SyncR² depends on, text baselines and relationships: every number against the parts that it is made from.

import { beforeAll, describe, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import type { Estimate, PartName, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import { RELATIONSHIPS_STAGE } from '../../studies/stages/relationships.ts';
import type { ReportSource } from '../source.ts';
import { gatherPart, gatherRelationships, type PartDirection } from './parts.ts';
import { relationships } from './relationships-section.ts';
import { sensitivity } from './sensitivity-section.ts';
import { sharedTextOf } from './text-left.ts';
import { text } from './text-section.ts';

const three = (value: number) => value.toFixed(3).replace('-', '−');
const PAIR = 'small-llama × small-mistral';
const SELF = 'small-mistral × small-mistral';

let source: ReportSource;
beforeAll(() => {
  source = fullSample();
});

type Value = Pick<Estimate, 'value' | 'standardError'>;

/** Mean and error over the directions of the pair of both models. */
function combined<Name extends PartName>(
  parts: readonly PartDirection<Name>[],
  of: (result: StoredPart<Name>['result']) => Value | undefined,
): Value {
  const own = parts.filter(({ models: [a, b] }) => a !== b).flatMap(({ stored }) => of(stored.result) ?? []);
  expect(own).toHaveLength(4);
  return {
    value: own.reduce((sum, one) => sum + one.value, 0) / 4,
    standardError: Math.sqrt(own.reduce((sum, one) => sum + one.standardError ** 2, 0)) / 4,
  };
}

const withError = ({ value, standardError }: Value) => `${three(value)} ± ${three(standardError)}`;
const notesOf = (spec: FigureSpec) => [spec.title.subtitle].flat().join(' ').replaceAll(' · ', '; ');

interface Row {
  readonly name: string;
  readonly row?: string;
  readonly x?: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
const rowsOf = (spec: FigureSpec, layer?: number) =>
  ((layer === undefined ? spec.data : spec.layer?.[layer]?.data)?.values ?? []) as readonly Row[];

describe('choices of the measure', () => {
  let section: SampleSection;
  beforeAll(async () => {
    section = await openSection(sensitivity, source);
  });

  it('beside SyncR² itself in one table', async () => {
    const [table] = htmlTables(section.html);
    if (!table) throw new Error('no table');
    const [aggregation, targets, weights] = [
      await gatherPart(source, 'aggregation'),
      await gatherPart(source, 'target-choice'),
      await gatherPart(source, 'weighting'),
    ];
    const own = (await source.results(MEASURE)).current.filter(
      ({ task }) => task.condition === 'interactive' && task.order.names[0] !== task.order.names[1],
    );
    const syncR2 = {
      value: own.reduce((sum, { result }) => sum + result.syncR2.value, 0) / 4,
      standardError:
        Math.sqrt(own.reduce((sum, { result }) => sum + result.syncR2.standardError ** 2, 0)) / 4,
    };
    const choice = (k: number, clamp: boolean) =>
      combined(aggregation, ({ conditions }) =>
        conditions
          .find(({ condition }) => condition === 'interactive')
          ?.choices.find((one) => one.topK === k && one.clamp === clamp),
      );
    expect(table.rows.map(([name]) => name)).toEqual(['small-llama × small-llama', PAIR, SELF]);
    expect(rowNamed(table, PAIR)).toEqual({
      Models: PAIR,
      'SyncR²': withError(syncR2),
      'Target layers chosen on training groups': withError(combined(targets, ({ onTraining }) => onTraining)),
      'Dimensions weighted by variance': withError(combined(weights, ({ variance }) => variance)),
      'Not clamped': withError(choice(1, false)),
      // The shallower model has three layers.
      'Mean of all target layers': withError(choice(3, true)),
    });
    expect(plainText(section.html)).toContain(
      'Mean over directions and seat orders; condition interactive; n = 1493 (1200 train + 300 test); groups by interaction; λ = 0.1.'.replace(
        'n = 1493 (1200 train + 300 test)',
        'n = 1500 (1200 train + 300 test); n = 1493 (1200 train + 300 test)',
      ),
    );
    expect(plainText(section.html)).toContain(
      'There are not enough samples for n = 3000, 6000, 6001, 6002, 6003, 6004, 6005, at least not in every direction.',
    );
  });

  it('top-k: a line per pair, clamped, from k = 1 to the fewest target layers', async () => {
    const spec = figureNamed(section, 'sensitivity+top-k');
    const aggregation = await gatherPart(source, 'aggregation');
    const own = rowsOf(spec, 0).filter(({ name }) => name === PAIR);
    expect(own.map(({ x }) => x)).toEqual([1, 2, 3]);
    for (const { x, value, low, high } of own) {
      const expected = combined(aggregation, ({ conditions: [interactive] }) =>
        interactive?.choices.find(({ topK, clamp }) => topK === x && clamp),
      );
      expect(value).toBeCloseTo(expected.value, 12);
      expect([high - value, value - low]).toEqual([
        expect.closeTo(expected.standardError, 12),
        expect.closeTo(expected.standardError, 12),
      ]);
    }
    expect(
      rowsOf(spec, 0)
        .filter(({ name }) => name === SELF)
        .map(({ x }) => x),
    ).toEqual([1, 2, 3, 4]);
    expect(spec.layer?.[0]?.encoding?.x).toMatchObject({
      field: 'x',
      axis: { title: 'k: target layers that are averaged', values: [1, 2, 3, 4] },
    });
    expect(spec.title.text).toEqual(['Mean of the k best target layers']);
    const notes = notesOf(spec);
    for (const note of [
      'toy models',
      'bars: ± published standard error over split seeds 0, 1, 2',
      'condition interactive',
      'λ = 0.1',
      'k = 1 is SyncR²',
    ])
      expect(notes).toContain(note);
  });

  it('top-k of a single pair: a line per condition', async () => {
    const spec = figureNamed(
      await openSection(sensitivity, fullSample({ settings: { pairs: [['a', 'b']] } })),
      'sensitivity+top-k',
    );
    const aggregation = await gatherPart(source, 'aggregation');
    const lag = combined(aggregation, ({ conditions: [, one] }) =>
      one?.choices.find(({ topK, clamp }) => topK === 2 && clamp),
    );
    expect(rowsOf(spec, 0).find(({ name, x }) => name === 'lag-1' && x === 2)?.value).toBeCloseTo(
      lag.value,
      12,
    );
    expect([...new Set(rowsOf(spec, 0).map(({ name }) => name))]).toEqual(['interactive', 'lag-1']);
    expect(notesOf(spec)).toContain(`mean over directions and seat orders, ${PAIR}`);
  });

  it('clamp: with and without, each under its name', async () => {
    const spec = figureNamed(section, 'sensitivity+clamp');
    const aggregation = await gatherPart(source, 'aggregation');
    for (const clamp of [true, false]) {
      const expected = combined(aggregation, ({ conditions: [interactive] }) =>
        interactive?.choices.find((one) => one.topK === 1 && one.clamp === clamp),
      );
      const name = clamp ? 'layers below 0 count as 0 (SyncR²)' : 'layers below 0 count as they are';
      const found = rowsOf(spec).find((one) => one.row === PAIR && one.name === name);
      expect(found?.value).toBeCloseTo(expected.value, 12);
      expect((found?.high ?? 0) - (found?.value ?? 0)).toBeCloseTo(expected.standardError, 12);
    }
    expect(rowsOf(spec)).toHaveLength(6);
  });

  it('sample size: mean n of the directions, on a logarithmic axis', async () => {
    const spec = figureNamed(section, 'sensitivity+sample-size');
    const sizes = await gatherPart(source, 'sample-size');
    const own = rowsOf(spec, 0).filter(({ name }) => name === PAIR);
    const nOf = (i: number) =>
      sizes
        .filter(({ models: [a, b] }) => a !== b)
        .reduce((sum, { stored }) => sum + (stored.result.sizes[i]?.samples ?? 0), 0) / 4;
    expect(own.map(({ x }) => x)).toEqual([nOf(0), nOf(1), nOf(2)]);
    expect(own[1]?.value).toBeCloseTo(combined(sizes, (result) => result.sizes[1]).value, 12);
    expect(spec.layer?.[0]?.encoding?.x?.scale?.type).toBe('log');
    expect(spec.layer?.[0]?.encoding?.x?.axis?.title).toBe('samples, n (training and test)');
    expect(notesOf(spec)).not.toContain('n = ');
  });

  it('λ: numbers on the axis, cross-validation apart at the median choice', async () => {
    const spec = figureNamed(section, 'sensitivity+lambda');
    const own = (await source.results(MEASURE)).current.filter(
      ({ task }) => task.condition === 'interactive' && task.order.names[0] !== task.order.names[1],
    );
    const mean = (of: (result: (typeof own)[number]['result']) => number | undefined) =>
      own.reduce((sum, { result }) => sum + (of(result) ?? Number.NaN), 0) / 4;
    const line = rowsOf(spec, 0).filter(({ name }) => name === PAIR);
    expect(line.map(({ x }) => x)).toEqual([0.1, 10]);
    expect(line[0]?.value).toBeCloseTo(
      mean(({ syncR2 }) => syncR2.value),
      12,
    );
    expect(line[1]?.value).toBeCloseTo(
      mean(({ variants }) => variants?.[0]?.syncR2.value),
      12,
    );
    // Of 1, 100, 10, 10, 1000, 10 in each direction.
    const apart = rowsOf(spec, 3).filter(({ name }) => name === PAIR);
    expect(apart.map(({ x }) => x)).toEqual([10]);
    expect(apart[0]?.value).toBeCloseTo(
      mean(({ variants }) => variants?.[1]?.syncR2.value),
      12,
    );
    expect([spec.layer?.[2]?.mark?.['shape'], spec.layer?.[4]?.mark?.['shape']]).toEqual([
      'circle',
      'diamond',
    ]);
    expect(spec.layer?.[0]?.encoding?.x).toMatchObject({
      scale: { type: 'log' },
      axis: { title: 'ridge penalty, λ', values: [0.1, 10] },
    });
    expect(notesOf(spec)).not.toContain('λ = 0.1');
    expect(notesOf(spec)).toContain('at the median choice');
    expect(plainText(section.html)).not.toContain('λ is one number here');
  });

  it('other choices: target layers and weights', async () => {
    const spec = figureNamed(section, 'sensitivity+choices');
    const [targets, weights] = [
      await gatherPart(source, 'target-choice'),
      await gatherPart(source, 'weighting'),
    ];
    const expected = [
      ['SyncR²', combined(targets, ({ onTest }) => onTest)],
      ['target layers chosen on training groups', combined(targets, ({ onTraining }) => onTraining)],
      ['dimensions weighted by variance', combined(weights, ({ variance }) => variance)],
    ] as const;
    const own = rowsOf(spec).filter(({ row }) => row === PAIR);
    expect(own.map(({ name }) => name)).toEqual(expected.map(([name]) => name));
    for (const [i, [, { value, standardError }]] of expected.entries()) {
      expect(own[i]?.value).toBeCloseTo(value, 12);
      expect((own[i]?.high ?? 0) - value).toBeCloseTo(standardError, 12);
    }
  });

  it('groupings: what is kept apart, with intervals of each direction', async () => {
    const groupings = await gatherPart(source, 'groupings');
    const table = htmlTables(section.html)[1];
    if (!table) throw new Error('no table');
    expect(table.head).toEqual(['Models', 'Interactions apart', 'Scenarios apart']);
    const [interactions, scenarios] = [0, 1].map((i) => combined(groupings, (result) => result.groupings[i]));
    if (!interactions || !scenarios) throw new Error('two groupings');
    expect(rowNamed(table, PAIR)).toEqual({
      Models: PAIR,
      'Interactions apart': withError(interactions),
      'Scenarios apart': withError(scenarios),
    });
    const backward = groupings.find(
      ({ models, stored }) => models.join() === 'small-llama,small-mistral' && stored.direction === 'B->A',
    )?.stored;
    const own = backward?.result.groupings[1];
    const { low = 0, high = 0 } = own?.interval ?? {};
    expect(rowNamed(table, 'small-mistral (B) → small-llama (A)')['Scenarios apart']).toBe(
      `${withError(own ?? interactions)} [${three(low)}, ${three(high)}]`,
    );
    const note = plainText(section.html);
    expect(note).toContain('n = 1400–1500; 30–35 interactions, 9 scenarios; λ = 0.1.');
    expect(note).toContain(
      'In brackets: 95 % interval, t with 16 degrees of freedom, leaving out each of 42 held-out interactions; 95 % interval, t with 16 degrees of freedom, leaving out each of 42 held-out groups (scenario), the fitted maps held fixed.',
    );
    expect(note).toContain(
      'There are too few groups, at least in some direction, to keep apart: pairs of characters.',
    );
    const spec = figureNamed(section, 'sensitivity+groupings');
    expect(
      rowsOf(spec)
        .filter(({ row }) => row === PAIR)
        .map(({ name, value }) => [name, value]),
    ).toEqual([
      ['interactions kept apart (SyncR²)', expect.closeTo(interactions.value, 12)],
      ['scenarios kept apart', expect.closeTo(scenarios.value, 12)],
    ]);
    expect(notesOf(spec)).not.toContain('groups by');
  });

  it('shows what the numbers were made with, not what the study says now', async () => {
    const changed = fullSample({
      settings: { synchrony: { lambda: [5, 10, 'cv'], splitSeeds: [8], groupBy: 'scenario' } },
    });
    const { html, figures } = await openSection(sensitivity, changed);
    expect(plainText(html)).toContain('± is the standard error as published, over 3 splits.');
    expect(plainText(html)).toContain('groups by interaction; λ = 0.1.');
    for (const [stem, spec] of figures) {
      expect(notesOf(spec), stem).toContain('split seeds 0, 1, 2');
      expect(notesOf(spec), stem).not.toContain('λ = 5');
    }
  });

  it('leaves pairs out of which a direction is missing, and says how many are shown', async () => {
    const some = fullSample({
      stateOf: (stage, task) =>
        stage === 'sensitivity' && task.label.startsWith('small-mistral+small-llama B->A')
          ? 'missing'
          : undefined,
    });
    const { html, figures } = await openSection(sensitivity, some);
    expect(htmlTables(html)[0]?.rows.map(([name]) => name)).toEqual(['small-llama × small-llama', SELF]);
    expect(plainText(html)).toContain('condition interactive; 2 of 3 pairs of models; n =');
    expect(rowsOf(figures.get('sensitivity+clamp') as FigureSpec).map(({ row }) => row)).not.toContain(PAIR);
    for (const [stem, spec] of figures)
      expect(notesOf(spec).includes('2 of 3 pairs of models'), stem).toBe(stem !== 'sensitivity+lambda');
    // Its other directions still stand in the table of groupings.
    expect(htmlTables(html)[1]?.rows.map(([name]) => name)).toContain('small-llama (A) → small-mistral (B)');
    expect(htmlTables(html)[1]?.rows.map(([name]) => name)).not.toContain(
      'small-llama (B) → small-mistral (A)',
    );
  });

  it('is not there for a study that looked at none of it', async () => {
    const none = await openSection(sensitivity, sampleReport());
    expect([none.html, none.figures.size, none.tables.size]).toEqual(['', 0, 0]);
  });

  describe('as tables', () => {
    const WHO = {
      model_a: 'small-llama',
      model_b: 'small-mistral',
      direction: 'B to A',
      source_model: 'small-mistral',
      target_model: 'small-llama',
    };
    const SETTINGS = { samples: '1493', lambda: '0.1', group_by: 'interaction', splits: '3' };
    const ends = (one: Estimate | undefined) => ({
      interval_low: `${one?.interval?.low ?? ''}`,
      interval_high: `${one?.interval?.high ?? ''}`,
      interval_kind: one?.interval?.kind ?? '',
      interval_se: `${one?.interval?.standardError ?? ''}`,
      degrees_of_freedom: `${one?.interval?.degreesOfFreedom ?? ''}`,
      left_out_groups: `${one?.interval?.groups ?? ''}`,
    });
    const estimate = (one: Estimate | undefined) => ({
      syncr2: `${one?.value}`,
      standard_error: `${one?.standardError}`,
      ...ends(one),
    });
    const partOf = async <Name extends Exclude<PartName, 'relationships' | 'repeats'>>(name: Name) => {
      const found = (await gatherPart(source, name)).find(
        ({ models, stored }) => models.join() === 'small-llama,small-mistral' && stored.direction === 'B->A',
      );
      if (!found) throw new Error(`${name} is in the sample`);
      return found.stored.result;
    };

    it('aggregation', async () => {
      const choice = (await partOf('aggregation')).conditions[1]?.choices.find(
        ({ topK, clamp }) => topK === 2 && !clamp,
      );
      expect(
        recordWith(tableNamed(section, 'sensitivity-aggregation'), {
          ...WHO,
          condition: 'lag-1',
          top_k: 2,
          clamped: 'false',
        }),
      ).toEqual({
        ...{ ...WHO, condition: 'lag-1', top_k: '2', clamped: 'false', syncr2: `${choice?.value}` },
        ...{
          standard_error: `${choice?.standardError}`,
          source_layers_below_0: `${choice?.rowsBelowZero}`,
          ...SETTINGS,
        },
      });
    });

    it('sample size', async () => {
      const size = (await partOf('sample-size')).sizes[1];
      const table = tableNamed(section, 'sensitivity-sample-size');
      const [own, other] = size?.byLambda ?? [];
      const same = {
        ...WHO,
        n: `${size?.samples}`,
        train: '600',
        test: '150',
        dimensions: '384',
        ...SETTINGS,
      };
      expect(recordWith(table, { ...WHO, n: size?.samples ?? 0, ridge_lambda: '0.1' })).toEqual({
        ...{ ...same, ridge_lambda: '0.1', r2_training_rows: `${own?.training}`, ...estimate(size) },
      });
      // Of the other λ there is no interval.
      expect(recordWith(table, { ...WHO, n: size?.samples ?? 0, ridge_lambda: 'cv' })).toEqual({
        ...{ ...same, ridge_lambda: 'cv', r2_training_rows: `${other?.training}`, ...estimate(other) },
      });
    });

    it('choices', async () => {
      const [{ onTest, onTraining }, { uniform, variance }] = [
        await partOf('target-choice'),
        await partOf('weighting'),
      ];
      const table = tableNamed(section, 'sensitivity-choices');
      for (const [choice, one] of [
        ['target layers chosen on the test rows', onTest],
        ['target layers chosen on training groups', onTraining],
        ['dimensions weighted alike', uniform],
        ['dimensions weighted by variance', variance],
      ] as const)
        expect(recordWith(table, { ...WHO, choice })).toEqual({
          ...WHO,
          choice,
          ...estimate(one),
          ...SETTINGS,
        });
      expect(ends(onTraining).interval_low).not.toBe('');
    });

    it('groupings', async () => {
      const one = (await partOf('groupings')).groupings[1];
      expect(
        recordWith(tableNamed(section, 'sensitivity-groupings'), { ...WHO, grouping: 'scenario' }),
      ).toEqual({
        ...{
          ...WHO,
          grouping: 'scenario',
          groups: '9',
          n: '1400',
          train: '1120',
          test: '280',
          ...estimate(one),
          ...SETTINGS,
        },
      });
    });

    it('λ', async () => {
      const own = (await source.results(MEASURE)).current.find(
        ({ task }) =>
          task.condition === 'interactive' &&
          task.order.folder === 'small-llama+small-mistral' &&
          task.direction === 'B->A',
      );
      const table = tableNamed(section, 'sensitivity-lambda');
      expect(csvRecords(table)).toHaveLength(8 * 3);
      const cv = own?.result.variants?.[1]?.syncR2;
      expect(recordWith(table, { ...WHO, ridge_lambda: 'cv' })).toEqual({
        ...WHO,
        ridge_lambda: 'cv',
        syncr2: `${cv?.value}`,
        standard_error: `${cv?.standardError}`,
      });
      expect(recordWith(table, { ...WHO, ridge_lambda: 0.1 })['syncr2']).toBe(`${own?.result.syncR2.value}`);
    });

    it('are all linked', () => {
      for (const path of section.tables.keys()) expect(section.html).toContain(`<a href="${path}">`);
    });
  });
});

describe('what the text alone predicts', () => {
  let section: SampleSection;
  let parts: readonly PartDirection<'text'>[];
  beforeAll(async () => {
    section = await openSection(text, source);
    parts = await gatherPart(source, 'text');
  });
  const pairText = () => {
    const own = parts.filter(({ models: [a, b] }) => a !== b).map(({ stored }) => stored);
    return sharedTextOf({ directions: own }, 0.95);
  };
  const ends = (interval: { readonly low: number; readonly high: number } | undefined) =>
    `[${three(interval?.low ?? Number.NaN)}, ${three(interval?.high ?? Number.NaN)}]`;

  it('in words and in the table, of pairs and directions', () => {
    const [table] = htmlTables(section.html);
    if (!table) throw new Error('no table');
    const of = (key: 'states' | 'shared' | 'heard' | 'left') => combined(parts, (result) => result[key]);
    expect(rowNamed(table, PAIR)).toEqual({
      'Source → target': PAIR,
      'SyncR² of states': `${withError(of('states'))} ${ends(pairText().statesInterval)}`,
      'Shared text': withError(of('shared')),
      'With what was said': withError(of('heard')),
      'Left without shared text': `${withError(of('left'))} ${ends(pairText().leftInterval)}`,
    });
    const { leftInterval, share } = pairText();
    if (!share) throw new Error('the sample has jackknives');
    expect(share.estimate).toBeCloseTo(of('left').value / of('states').value, 12);
    const percents = [share.estimate, share.low, share.high].map((value) => `${Math.round(100 * value)} %`);
    expect(plainText(section.html)).toContain(
      `${PAIR}: the shared text predicts as much as or more than the states of the source do (R² ${three(of('shared').value)} against ` +
        `SyncR² ${three(of('states').value)}); without it SyncR² is ${three(of('left').value)} ${ends(leftInterval)}, ` +
        `${percents[0]} [${percents[1]}, ${percents[2]}] of SyncR². Something is left: the interval excludes 0.`,
    );
    const self = plainText(section.html).split(`${SELF}: the shared text`)[1];
    expect(self).toMatch(
      /^[^;]*; without it SyncR² is 0\.\d{3} \[0\.000, .*? It may be nothing: the interval reaches 0\./,
    );
    const backward = parts.find(
      ({ models, stored }) => models.join() === 'small-llama,small-mistral' && stored.direction === 'B->A',
    )?.stored.result;
    const bracket = (one: Estimate | undefined) =>
      `[${three(one?.interval?.low ?? 0)}, ${three(one?.interval?.high ?? 0)}]`;
    if (!backward) throw new Error('the sample has text');
    expect(rowNamed(table, 'small-mistral (B) → small-llama (A)')).toMatchObject({
      'SyncR² of states': withError(backward.states),
      'Shared text': `${withError(backward.shared)} ${bracket(backward.shared)}`,
      'With what was said': withError(backward.heard),
      'Left without shared text': `${withError(backward.left)} ${bracket(backward.left)}`,
    });
  });

  it('of which a pair’s interval is that of its mean, a group left out of all directions at once', () => {
    const { leftInterval, share } = pairText();
    const own = parts.filter(({ models: [a, b] }) => a !== b).map(({ stored }) => stored.result.left);
    const [first] = own.flatMap(({ jackknife }) => jackknife ?? []);
    const mean = first?.influences.map(
      (_, g) => own.reduce((sum, { jackknife }) => sum + (jackknife?.influences[g] ?? 0), 0) / own.length,
    );
    const error = Math.sqrt((41 / 42) * (mean ?? []).reduce((sum, value) => sum + value ** 2, 0));
    expect(leftInterval?.standardError).toBeCloseTo(error, 12);
    expect(share?.low).toBeGreaterThan(0);
    const table = tableNamed(section, 'text-baseline');
    const who = { model_a: 'small-llama', model_b: 'small-mistral', direction: 'A to B' };
    const record = recordWith(table, { ...who, from: 'share of SyncR² that is left' });
    expect(Number(record['syncr2'])).toBeCloseTo(0.4, 12);
    expect(Number(record['interval_low'])).toBeLessThan(0.4);
    expect(record['standard_error']).toBe('');
  });

  it('says how it was made', () => {
    const note = plainText(section.html);
    expect(note).toContain('from 512 features of the text');
    expect(note).toContain(
      'n = 1493–1500; groups by interaction; λ = 0.1 for states, by cross-validation over training groups for text (λ from 10 to 600)',
    );
    expect(note).toContain(
      'In brackets: 95 % interval, t with 16 degrees of freedom, leaving out each of 42 held-out interactions',
    );
  });

  it('drawn, and as a table', () => {
    const spec = figureNamed(section, 'text-baseline');
    const own = rowsOf(spec).filter(({ row }) => row === PAIR);
    expect(own.map(({ name, value }) => [name, value])).toEqual([
      ['source’s states: SyncR²', combined(parts, ({ states }) => states).value],
      ['text that both have read', combined(parts, ({ shared }) => shared).value],
      ['that and what the source then said', combined(parts, ({ heard }) => heard).value],
      ['states, with the shared text taken off both sides', combined(parts, ({ left }) => left).value],
    ]);
    expect(spec.layer?.[1]?.encoding?.x?.axis?.title).toBe('SyncR², or R² at the best target layer');
    const table = tableNamed(section, 'text-baseline');
    const first = parts.find(
      ({ models, stored }) => models.join() === 'small-llama,small-mistral' && stored.direction === 'A->B',
    )?.stored.result;
    const who = { model_a: 'small-llama', model_b: 'small-mistral', direction: 'A to B' };
    expect(recordWith(table, { ...who, from: 'shared text' })).toMatchObject({
      features: '512',
      syncr2: `${first?.shared.value}`,
      standard_error: `${first?.shared.standardError}`,
    });
    expect(recordWith(table, { ...who, from: 'source states' })).toMatchObject({
      features: '',
      syncr2: `${first?.states.value}`,
    });
    expect(recordWith(table, { ...who, from: 'shared text and what was said' })).toMatchObject({
      syncr2: `${first?.heard.value}`,
    });
    expect(recordWith(table, { ...who, from: 'source states, shared text taken off' })).toMatchObject({
      features: '',
      syncr2: `${first?.left.value}`,
    });
  });

  it('is not there without it', async () => {
    expect((await openSection(text, sampleReport())).html).toBe('');
  });
});

describe('by relationship', () => {
  let section: SampleSection;
  let parts: readonly PartDirection<'relationships'>[];
  beforeAll(async () => {
    section = await openSection(relationships, source);
    parts = (await gatherRelationships(source)).directions;
  });
  const of = (relationship: string) =>
    combined(parts, (result) => result.relationships.find((one) => one.relationship === relationship));

  it('in a table, value before error; a dash where a direction has too few rows', () => {
    const [table] = htmlTables(section.html);
    if (!table) throw new Error('no table');
    // In the order of how near people are.
    expect(table.head).toEqual(['Models', 'stranger', 'friend', 'family', 'ρ']);
    expect(rowNamed(table, PAIR)).toEqual({
      Models: PAIR,
      stranger: '–',
      friend: withError(of('friend')),
      family: withError(of('family')),
      ρ: '–',
    });
    expect(of('friend').value).toBeGreaterThan(of('family').value);
    expect(rowNamed(table, SELF)['stranger']).toMatch(/^0\.\d{3} ± 0\.\d{3}$/);
  });

  it('with what was left out, and how parts were drawn', () => {
    const note = plainText(section.html);
    expect(note).toContain('The parts of a split are cut to one size, drawn 3 times, and averaged');
    expect(note).toContain('Of 9 scenarios 5 are compared');
    expect(note).toContain(
      'with fewer than 15 test rows in some split or with nothing to compare with: romantic (4), stranger (11).',
    );
    expect(note).toContain('22 to 27 test rows in each part of a split; condition interactive; λ = 0.1.');
    expect(note).toContain(
      'SyncR²; ± is the standard error as published, over 3 splits. Mean over directions',
    );
  });

  it('compared over the pairs that have all relationships, and tested', () => {
    const note = plainText(section.html);
    expect(note).toContain(
      'Compared are stranger, friend, family, over the 2 pairs that have all of them. Left out of the comparison, since ' +
        `a relationship has too few test rows in some direction: ${PAIR} (no stranger).`,
    );
    // Both pairs: strangers lowest, friends highest: ranks 1, 3, 2, so L = 2 · (1 + 6 + 6) and ρ = 0.5.
    expect(note).toContain('With 3 relationships no order can be told from chance: there are 6 of them.');
    expect(note).toContain(
      'Mean ρ over 2 pairs 0.50; Page’s L = 26; p = 0.500, one-sided, by all 6 exchanges',
    );
    // SciPy: page_trend_test([[1, 3, 2], [1, 3, 2]], method='exact').pvalue
    expect(note).toContain('p = 0.250 if every pair’s values are exchanged by themselves');
    const [table] = htmlTables(section.html);
    if (!table) throw new Error('no table');
    expect(rowNamed(table, SELF)['ρ']).toBe('0.50');
    const means = rowNamed(table, 'Mean of 2 pairs that have all');
    const friends = ['small-llama × small-llama', SELF].map((name) =>
      Number(rowNamed(table, name)['friend']?.slice(0, 5)),
    );
    expect(Number(means['friend']?.slice(0, 5))).toBeCloseTo(
      friends.reduce((sum, own) => sum + own, 0) / 2,
      2,
    );
    const records = csvRecords(tableNamed(section, 'relationships-trend'));
    expect(
      records.map((record) => [record['pair'], record['spearman_rho'], record['page_l'], record['lacks']]),
    ).toEqual([
      ['small-llama × small-llama', '0.5', '', ''],
      [SELF, '0.5', '', ''],
      ['mean of 2', '0.5', '26', ''],
      [PAIR, '', '', 'stranger'],
    ]);
  });

  it('drawn: a point for each of these pairs, and their mean', () => {
    const spec = figureNamed(section, 'relationships');
    const [, , dots, means] = spec.layer ?? [];
    const values = (dots?.data?.values ?? []) as readonly {
      relationship: string;
      pair: string;
      value: number;
    }[];
    expect(new Set(values.map(({ pair }) => pair))).toEqual(new Set(['small-llama × small-llama', SELF]));
    const own = values.filter(({ relationship }) => relationship === 'friend');
    expect(own).toHaveLength(2);
    expect(means?.data?.values).toMatchObject([
      {},
      {
        relationship: 'friend',
        mean: expect.closeTo(own.reduce((sum, { value }) => sum + value, 0) / 2, 12),
      },
      {},
    ]);
    const notes = notesOf(spec);
    for (const note of [
      'measured on n = ',
      '2 of 3 pairs of models',
      '22 to 27 test rows in each part, drawn 3 times',
      'diamond: mean over the 2 pairs that have all of these',
    ])
      expect(notes).toContain(note);
  });

  it('says of one pair that nothing is tested', async () => {
    const one = fullSample({
      stateOf: (stage, task) =>
        stage === 'relationships' && task.label.startsWith('small-llama+small-llama') ? 'missing' : undefined,
    });
    const { html, tables } = await openSection(relationships, one);
    const note = plainText(html);
    expect(note).toContain('over the 2 pairs that have all of them');
    expect(note).toContain('2 relationships have a difference and no order');
    expect(note).not.toContain('Page’s L');
    const alone = await openSection(
      relationships,
      fullSample({
        stateOf: (stage, task) =>
          stage === 'relationships' && !task.label.startsWith('small-mistral+small-mistral')
            ? 'missing'
            : undefined,
      }),
    );
    expect(plainText(alone.html)).toContain('over the one pair that has all of them');
    expect(plainText(alone.html)).toContain(
      'is not tested: one pair has an order and nothing to test it by.',
    );
    expect(csvRecords(tables.get('tables/relationships-trend.csv') ?? '')[0]?.['page_l']).toBe('');
  });

  it('as a table, mean and draws', async () => {
    const table = tableNamed(section, 'relationships');
    const own = (await source.results(RELATIONSHIPS_STAGE)).current.find(
      ({ task }) => task.order.folder === 'small-llama+small-mistral' && task.direction === 'B->A',
    );
    const friend = own?.result.result.relationships.find(({ relationship }) => relationship === 'friend');
    const who = {
      model_a: 'small-llama',
      model_b: 'small-mistral',
      direction: 'B to A',
      relationship: 'friend',
    };
    expect(recordWith(table, { ...who, draw: 'mean' })).toMatchObject({
      ...{
        source_model: 'small-mistral',
        syncr2: `${friend?.value}`,
        standard_error: `${friend?.standardError}`,
      },
      ...{ mean_r2: `${friend?.meanR2}`, test_rows_smallest_split: '23', samples: '1493' },
    });
    expect(recordWith(table, { ...who, draw: 1 })).toMatchObject({
      syncr2: `${friend?.draws[0]}`,
      standard_error: '',
      mean_r2: '',
    });
    expect(recordWith(table, { ...who, draw: 3 })['syncr2']).toBe(`${friend?.draws[2]}`);
  });

  it('says how many pairs are shown where a direction of one is missing', async () => {
    const some = fullSample({
      stateOf: (stage, task) =>
        ['relationships', 'sensitivity'].includes(stage) &&
        task.label.startsWith('small-mistral+small-llama B->A')
          ? 'missing'
          : undefined,
    });
    for (const [one, stem] of [
      [relationships, 'relationships'],
      [text, 'text-baseline'],
    ] as const) {
      const { html, figures } = await openSection(one, some);
      expect(plainText(html)).toContain('ondition interactive; 2 of 3 pairs of models; ');
      expect(notesOf(figures.get(stem) as FigureSpec)).toContain('2 of 3 pairs of models');
    }
    expect(section.html).not.toContain('pairs of models');
  });

  it('is not there for a study that compares none', async () => {
    expect((await openSection(relationships, sampleReport())).html).toBe('');
  });
});
