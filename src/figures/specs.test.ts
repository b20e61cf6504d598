// What figures say to Vega-Lite: which field goes where, in which order, colour and range; and the words around numbers.

import { describe, expect, it } from 'vitest';
import { sampleSynchrony } from '../../test/sample-synchrony.ts';
import { clusterMap, outline } from './cluster-map.ts';
import { conditionDots } from './condition-dots.ts';
import { correlationCurves } from './correlation-curves.ts';
import { coefficientText, correlationText, pairLabel, pText } from './correlation-text.ts';
import { curves } from './curves.ts';
import { estimateDots } from './estimate-dots.ts';
import { interactionStrips } from './interaction-strips.ts';
import { layerSeries } from './layer-series.ts';
import { binCounts, nullHistogram } from './null-histogram.ts';
import {
  directionTitle,
  endsText,
  intervalOrigins,
  intervalText,
  percent,
  rangeText,
  reducedText,
  seats,
  settingsText,
  syncR2Text,
  withError,
} from './number-text.ts';
import { pairMatrix } from './pair-matrix.ts';
import { relationshipDistribution } from './relationship-distribution.ts';
import { roundCurves } from './round-curves.ts';
import { leastSquares, paddedDomain, scaleOf } from './scatter-geometry.ts';
import { COLOURS, layerTicks, namedColours } from './spec.ts';
import { heatmapCells, sharedDomain, synchronyHeatmap } from './synchrony-heatmap.ts';

const words = { title: 'A title', notes: ['a note', 'another'] };

describe('pieces of all figures', () => {
  it('ticks: every layer of a few, each second to twenty, each fourth beyond', () => {
    expect(layerTicks(12)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(layerTicks(13)).toEqual([1, 2, 4, 6, 8, 10, 12]);
    expect(layerTicks(20).at(-1)).toBe(20);
    expect(layerTicks(21)).toEqual([1, 4, 8, 12, 16, 20]);
    expect(layerTicks(6, 2)).toEqual([1, 2, 4, 6]);
    expect(layerTicks(13, 2)).toEqual([1, 4, 8, 12]);
    expect(layerTicks(32, 2)).toEqual([1, 8, 16, 24, 32]);
  });

  it('colours: six that stay apart, then a scheme', () => {
    expect(namedColours(['a', 'b'])).toEqual({ domain: ['a', 'b'], range: ['#0072b2', '#d55e00'] });
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(namedColours(six).range).toEqual(COLOURS);
    expect(namedColours([...six, 'g'])).toEqual({ domain: [...six, 'g'], scheme: 'tableau20' });
  });
});

describe('words around numbers', () => {
  it('names source and target by direction', () => {
    const names = { sourceModel: 'from', targetModel: 'to' };
    expect(directionTitle({ direction: 'A->B', ...names })).toBe('from (A) → to (B)');
    expect(directionTitle({ direction: 'B->A', ...names })).toBe('from (B) → to (A)');
    expect([seats('A->B'), seats('B->A')]).toEqual([['A', 'B'], ['B', 'A']]); // biome-ignore format: short
  });

  it('gives errors only where there are several seeds', () => {
    const value = { value: 0.31249, standardError: 0.0042 };
    expect(withError(value, 3)).toBe('0.312 ± 0.004');
    expect(withError(value, 1)).toBe('0.312');
    const { splits, syncR2 } = sampleSynchrony();
    expect(syncR2Text({ ...syncR2, ...value }, splits)).toBe(
      '0.312 ± 0.004 (published standard error over 3 split seeds)',
    );
    expect(syncR2Text({ ...syncR2, ...value }, splits.slice(1))).toContain('over 2 split seeds');
    expect(syncR2Text({ ...syncR2, ...value }, splits.slice(2))).toBe(
      '0.312 (one split seed, so no error is known)',
    );
  });

  it('says how many principal components there are, once where both sides have as many', () => {
    expect(reducedText({})).toEqual([]);
    expect(reducedText({ reduced: { asked: 64, source: 48, target: 48 } })).toEqual([
      '48 principal components of either side',
    ]);
    expect(reducedText({ reduced: { asked: 64, source: 48, target: 64 } })).toEqual([
      '48 principal components of the source, 64 of the target',
    ]);
  });

  it('writes the ends of an interval', () => {
    expect(intervalText({ low: -0.3, high: 0.4 })).toBe('[−0.300, 0.400]');
    expect([intervalText(null), intervalText(undefined), endsText(null)]).toEqual(['–', '–', '–']);
    expect(endsText([0.1, 0.25], 2)).toBe('[0.10, 0.25]');
  });

  it('says how intervals were made, once for each kind', () => {
    const of = (degreesOfFreedom: number, groups: number, groupBy: string) => ({
      interval: { level: 0.9, groups, degreesOfFreedom },
      groupBy,
    });
    expect(
      intervalOrigins([of(16, 42, 'interaction'), of(15, 40, 'interaction'), of(3, 9, 'scenario')]),
    ).toEqual([
      '90 % interval, t with 15–16 degrees of freedom, leaving out each of 40–42 held-out interactions',
      '90 % interval, t with 3 degrees of freedom, leaving out each of 9 held-out groups (scenario)',
    ]);
  });

  it('names the settings in their order', () => {
    const result = sampleSynchrony({ condition: 'passive', seeds: [4] });
    expect(settingsText(result)).toEqual([
      'condition passive',
      'n = 1500 (1200 train + 300 test)',
      'groups by interaction',
      'split seed 4',
      'λ = 0.1',
    ]);
    expect(settingsText({ ...result, solver: 'published-float32' }).at(-1)).toBe(
      'solver published-float32: not to be relied on',
    );
    const unlike = {
      ...sampleSynchrony(),
      splits: sampleSynchrony().splits.map((split, i) => ({ ...split, trainSamples: 1200 - i })),
    };
    expect(settingsText(unlike)[1]).toBe('n = 1500 (1198–1200 train + 300 test)');
  });

  it('writes shares and ranges', () => {
    expect([percent(0.95), percent(1 / 3), percent(1 / 3, 3)]).toEqual(['95 %', '33.3333 %', '33.3 %']);
    expect([rangeText([3, 1, 2]), rangeText([2, 2])]).toEqual(['1–3', '2']);
  });

  it('writes correlations: no ±1 of what is less, p below a thousandth', () => {
    expect(pairLabel(['a', 'b'])).toBe('a × b');
    expect([0.994, 0.995, -0.9999, 1].map(coefficientText)).toEqual(['0.99', '0.9950', '−0.9999', '1.00']);
    expect([0.0009, 0.001, 0.0991, 0.1, 0.5].map(pText)).toEqual([
      '< 0.001',
      '= 0.001',
      '= 0.099',
      '= 0.10',
      '= 0.50',
    ]);
    const interval = {
      ...{ low: 0.23, high: 0.99, kind: 'models-jackknife-t' as const, standardError: 0.4 },
      ...{ degreesOfFreedom: 3, groups: 4, level: 0.95 },
    };
    const correlation = { r: 0.88, p: 0.021, n: 6, df: 4, interval };
    expect(correlationText({ correlation }, 6)).toBe('r = 0.88 [0.23, 0.99], p = 0.021, n = 6');
    expect(correlationText({ correlation: { ...correlation, interval: null } }, 3)).toBe(
      'r = 0.88, p = 0.021, n = 3',
    );
    expect(correlationText({ correlation: null }, 2)).toBe('n = 2: too few pairs');
    expect(correlationText({ correlation: { ...correlation, r: Number.NaN } }, 5)).toBe(
      'n = 5: no r, since one of both does not vary',
    );
  });
});

describe('geometry of the scatter plot', () => {
  it('pads by an eighth of the range', () => {
    expect(paddedDomain([1, 2])).toEqual([0.88, 2.12]);
    expect(paddedDomain([5])).toEqual([4.5, 5.5]);
    expect(paddedDomain([0])).toEqual([-1, 1]);
    expect(paddedDomain([])).toEqual([0, 1]);
  });

  it('goes from values to pixels and back', () => {
    const scale = scaleOf([10, 20], 100);
    expect([scale.to(10), scale.to(12), scale.from(20), scale.from(100)]).toEqual([0, 20, 12, 20]);
  });

  it('draws the line with the least squares', () => {
    expect(leastSquares([[0, 1], [1, 3], [2, 5]])).toEqual({ slope: 2, intercept: 1 }); // biome-ignore format: short
    const { slope, intercept } = leastSquares([[0, 0], [1, 3], [2, 3]]) ?? {}; // biome-ignore format: short
    expect([slope, intercept]).toEqual([expect.closeTo(1.5, 12), expect.closeTo(0.5, 12)]);
    expect(leastSquares([[1, 0], [1, 3]])).toBeUndefined(); // biome-ignore format: short
  });
});

describe('cluster map', () => {
  it('outlines what cells do not share', () => {
    // The upper two cells of the second row of three columns.
    expect(outline([4, 5], [2, 3])).toEqual([
      { x: 1.5, x2: 1.5, y: 1.5, y2: 2.5 },
      { x: 2.5, x2: 2.5, y: 1.5, y2: 2.5 },
      { x: 1.5, x2: 2.5, y: 1.5, y2: 1.5 },
      { x: 1.5, x2: 1.5, y: 2.5, y2: 3.5 },
      { x: 2.5, x2: 2.5, y: 2.5, y2: 3.5 },
      { x: 1.5, x2: 2.5, y: 3.5, y2: 3.5 },
    ]);
  });

  it('has one colour scale about 0, from ±4 to ±12', () => {
    const domainOf = (t: readonly number[]) =>
      clusterMap(
        { t, sourceLayers: 1, targetLayers: 2, sourceModel: 'a', targetModel: 'b', clusters: [] },
        words,
      ).layer?.[0]?.encoding?.color?.scale?.domain;
    expect([domainOf([1, -2]), domainOf([1, -7.5]), domainOf([1, 50])]).toEqual([[-4, 4], [-7.5, 7.5], [-12, 12]]); // biome-ignore format: short
  });
});

describe('dots, bars and lines', () => {
  it('condition dots: top to bottom as given, a bar without length where there is no interval', () => {
    const spec = conditionDots(
      [
        { condition: 'b', value: 0.3, interval: [0.2, 0.5], directions: [{ title: 'x', value: 0.29 }] },
        { condition: 'a', value: 0.1, interval: null, directions: [] },
      ],
      words,
    );
    const [small, bars, dots] = spec.layer ?? [];
    expect(bars?.encoding?.y?.sort).toEqual(['b', 'a']);
    expect(bars?.data?.values).toEqual([
      { condition: 'b', value: 0.3, low: 0.2, high: 0.5 },
      { condition: 'a', value: 0.1, low: 0.1, high: 0.1 },
    ]);
    expect([bars?.encoding?.x?.field, bars?.encoding?.x2?.field, dots?.encoding?.x?.field]).toEqual([
      'low',
      'high',
      'value',
    ]);
    expect(small?.data?.values).toEqual([{ condition: 'b', title: 'x', value: 0.29 }]);
    expect(spec.description).toBe('A title: b 0.300, a 0.100. a note; another.');
  });

  it('estimate dots: ± one error, the axis bent where a bar goes far below 0', () => {
    const dot = { row: 'r', name: 'n', value: 0.5, error: 0.1 };
    const spec = estimateDots([dot, { ...dot, row: 'q', name: 'm', value: 0.2 }], words, 'R²');
    expect(spec.data?.values).toEqual([
      { ...dot, low: 0.4, high: 0.6 },
      { ...dot, row: 'q', name: 'm', value: 0.2, low: 0.1, high: expect.closeTo(0.3, 12) },
    ]);
    const [zero, bars, dots] = spec.layer ?? [];
    expect(zero?.encoding).toEqual({ x: { datum: 0 } });
    expect(bars?.encoding).toMatchObject({
      x: { field: 'low', axis: { title: 'R²' }, scale: { zero: true } },
      x2: { field: 'high' },
      y: { field: 'row', sort: ['r', 'q'] },
      yOffset: { field: 'name', sort: ['n', 'm'] },
      color: { scale: { domain: ['n', 'm'] } },
    });
    expect(dots?.encoding?.x?.field).toBe('value');
    const bent = estimateDots([{ ...dot, value: -1.45 }], words).layer?.[1]?.encoding?.x;
    expect(bent).toMatchObject({
      scale: { type: 'symlog', constant: 0.5 },
      axis: { title: 'SyncR² (logarithmic beyond ±0.5)' },
    });
    expect(estimateDots([{ ...dot, value: -1.4 }], words).layer?.[1]?.encoding?.x?.scale).toEqual({
      zero: true,
    });
  });

  it('curves: errors as bars, points apart as diamonds', () => {
    const spec = curves(
      [{ name: 'a', points: [{ x: 1, value: 0.5, error: 0.1 }], apart: [{ x: 7, value: 0.3, error: 0.2 }] }],
      { title: 'n', values: [1] },
      words,
    );
    expect(spec.layer?.map(({ mark, encoding }) => [mark?.type, encoding?.y?.field])).toEqual([
      ['line', 'value'],
      ['rule', 'low'],
      ['point', 'value'],
      ['rule', 'low'],
      ['point', 'value'],
    ]);
    expect(spec.layer?.[1]?.data?.values).toEqual([{ name: 'a', x: 1, value: 0.5, low: 0.4, high: 0.6 }]);
    expect(spec.layer?.[4]?.data?.values).toEqual([
      { name: 'a', x: 7, value: 0.3, low: expect.closeTo(0.1, 12), high: 0.5 },
    ]);
    expect(spec.layer?.[1]?.encoding?.y2?.field).toBe('high');
    expect(spec.layer?.[0]?.encoding?.x).toMatchObject({
      scale: { type: 'linear', zero: false },
      axis: { title: 'n', values: [1], format: '~f' },
    });
  });

  it('correlations by k: filled where p is below 0.05, lines beside each other', () => {
    const point = { name: 'a', x: 1, r: 0.5, p: 0.049, interval: [0.1, 0.8] as const };
    const spec = correlationCurves(
      [point, { ...point, x: 13, p: 0.05, interval: null }, { ...point, name: 'b' }],
      words,
    );
    expect(spec.data?.values).toEqual([
      { name: 'a', x: 1, r: 0.5, significant: true, low: 0.1, high: 0.8 },
      { name: 'a', x: 13, r: 0.5, significant: false, low: 0.5, high: 0.5 },
      { name: 'b', x: 1, r: 0.5, significant: true, low: 0.1, high: 0.8 },
    ]);
    const [zero, first, second] = spec.layer ?? [];
    expect(zero?.encoding).toEqual({ y: { datum: 0 } });
    expect([first, second].map((line) => line?.transform)).toEqual([
      [{ filter: 'datum.name === "a"' }],
      [{ filter: 'datum.name === "b"' }],
    ]);
    expect([first, second].map((line) => line?.layer?.[0]?.mark?.['xOffset'])).toEqual([-2.5, 2.5]);
    expect(first?.layer?.[0]?.encoding?.y?.scale?.domain).toEqual([-1, 1]);
    expect(first?.layer?.[0]?.encoding?.x?.axis?.values).toEqual([1, 2, 4, 6, 8, 10, 12]);
    expect(first?.layer?.[3]?.transform).toEqual([{ filter: '!datum.significant' }]);
  });

  it('series by layer: a band of ± one error, baselines dashed', () => {
    const spec = layerSeries(
      [
        { name: 'a', points: [{ layer: 2, value: 0.5, error: 0.1 }] },
        { name: 'a', points: [{ layer: 2, value: 0.7, error: 0 }], dashed: true },
      ],
      'R²',
      words,
    );
    expect(spec.data?.values).toEqual([
      { name: 'a', layer: 2, value: 0.5, dashed: false, low: 0.4, high: 0.6 },
      { name: 'a', layer: 2, value: 0.7, dashed: true, low: 0.7, high: 0.7 },
    ]);
    expect(spec.layer?.map(({ mark, encoding }) => [mark?.type, encoding?.y?.field])).toEqual([['area', 'low'], ['line', 'value'], ['line', 'value'], ['point', 'value']]); // biome-ignore format: short
    expect(spec.layer?.[0]?.encoding).toMatchObject({
      x: { field: 'layer', scale: { domain: [1, 2] } },
      y: { scale: { zero: true }, axis: { title: 'R²' } },
      y2: { field: 'high' },
    });
  });

  it('relationships: a point for each pair, joined, with the mean; with more pairs their quartiles', () => {
    const points = (count: number) =>
      ['friend', 'family'].flatMap((relationship, j) =>
        Array.from({ length: count }, (_, i) => ({
          ...{ relationship, pair: `p${i}`, value: 0.1 * i + j, error: 0.02 },
        })),
      );
    const few = relationshipDistribution(points(2), words);
    expect(few.layer?.map(({ mark }) => mark?.type)).toEqual(['line', 'rule', 'point', 'point']);
    const [lines, errors, dots, means] = few.layer ?? [];
    expect(lines?.encoding).toMatchObject({ x: { sort: ['friend', 'family'] }, color: { field: 'pair' } });
    expect(errors?.data?.values[1]).toMatchObject({
      ...{ value: 0.1, lower: expect.closeTo(0.08, 12), upper: expect.closeTo(0.12, 12) },
    });
    expect(dots?.encoding?.y?.field).toBe('value');
    expect(means?.data?.values).toMatchObject([
      { relationship: 'friend', mean: 0.05 },
      { relationship: 'family', mean: 1.05 },
    ]);
    const many = relationshipDistribution(points(8), words);
    expect(many.layer?.map(({ mark }) => mark?.type)).toEqual(['rule', 'bar', 'tick', 'line', 'point', 'point']); // biome-ignore format: short
    // NumPy: quantile([0, 0.1, …, 0.7], [0.25, 0.5, 0.75])
    expect(many.layer?.[1]?.data?.values[0]).toMatchObject({
      ...{ low: 0, q1: expect.closeTo(0.175, 12), median: expect.closeTo(0.35, 12) },
      ...{ q3: expect.closeTo(0.525, 12), high: expect.closeTo(0.7, 12) },
    });
    // Lines stay one per pair without colours that tell them apart.
    expect(many.layer?.[3]?.encoding?.detail).toEqual({ field: 'pair' });
    expect(many.layer?.[3]?.encoding?.color).toEqual({ value: '#0072b2' });
  });
});

describe('histogram of strangers', () => {
  it('counts every value once, the highest in the last bin', () => {
    const bins = binCounts([0, 0.1, 0.1, 4]);
    expect(bins.map(({ count }) => count)).toEqual([1, 2, 1]);
    expect(bins[1]).toMatchObject({ from: 0.1, to: 0.2 });
    expect(bins[2]?.from).toBeCloseTo(3.9, 12);
    expect(() => binCounts([])).toThrow(/no values to draw/);
  });

  it('writes the observed value on the side where there is room', () => {
    const label = (observed: number) => nullHistogram([0.1, 0.2], observed, words).layer?.[2]?.mark;
    expect(label(0.5)).toMatchObject({ align: 'right', dx: -6 });
    expect(label(0.01)).toMatchObject({ align: 'left', dx: 6 });
    const spec = nullHistogram([0.1, 0.2], 0.5, words);
    expect(spec.layer?.[1]?.data?.values).toEqual([{ observed: 0.5, label: 'observed 0.500' }]);
    expect(spec.layer?.[0]?.encoding).toMatchObject({
      x: { field: 'from', axis: { title: 'SyncR² with strangers' } },
      x2: { field: 'to' },
      y: { field: 'count', axis: { title: 'draws' } },
      y2: { datum: 0 },
    });
    expect(spec.description).toBe('A title: observed 0.500 against 2 draws. a note; another.');
  });
});

describe('matrix of pairs', () => {
  it('puts the earlier model of the study in the row', () => {
    const spec = pairMatrix(
      [
        { models: ['b', 'a'], value: 0.314, interval: [0.2, 0.41] },
        { models: ['b', 'b'], value: 0.02, interval: null },
      ],
      ['a', 'b'],
      words,
    );
    expect(spec.data?.values).toEqual([
      { row: 'a', column: 'b', value: 0.314, text: '0.31', ends: '0.20…0.41' },
      { row: 'b', column: 'b', value: 0.02, text: '0.02', ends: '' },
    ]);
    expect(spec.encoding).toMatchObject({
      x: { field: 'column', sort: ['a', 'b'] },
      y: { field: 'row', sort: ['a', 'b'] },
    });
    expect(spec.layer?.[0]?.encoding?.color?.scale?.domain).toEqual([0, 0.314]);
    expect(spec.layer?.map(({ encoding }) => encoding?.text?.field)).toEqual([undefined, 'text', 'ends']);
    expect(spec.layer?.[1]?.encoding?.color?.condition?.test).toBe(`datum.value < ${0.3 * 0.314}`);
    const low = pairMatrix([{ models: ['a', 'a'], value: 0.01, interval: null }], ['a'], words);
    expect(low.layer?.[0]?.encoding?.color?.scale?.domain).toEqual([0, 0.05]);
  });
});

describe('heatmap', () => {
  it('prints light letters on dark cells of small maps, by the shared scale', () => {
    const result = sampleSynchrony({ layers: [3, 2] });
    const spec = synchronyHeatmap(result, { domain: [0, 0.5] });
    expect(spec.layer?.[0]?.encoding?.color).toMatchObject({
      field: 'r2',
      scale: { domain: [0, 0.5], clamp: true },
      legend: { title: 'test R²' },
    });
    expect(spec.layer?.[2]?.encoding?.color?.condition).toEqual({
      test: 'datum.r2 >= 0 && datum.r2 < 0.11',
      value: '#ffffff',
    });
    expect(spec.layer?.[2]?.encoding?.text?.field).toBe('text');
    expect([spec.width, spec.height]).toEqual([{ step: 44 }, { step: 44 }]);
    expect(synchronyHeatmap(sampleSynchrony({ layers: [13, 3] })).layer).toHaveLength(2);
    expect(synchronyHeatmap(sampleSynchrony({ layers: [9, 3] })).width).toEqual({ step: 34 });
  });

  it('has 1-based layers, source by source', () => {
    const result = sampleSynchrony({ layers: [2, 3] });
    expect(heatmapCells(result).map(({ source, target }) => [source, target])).toEqual([[1, 1], [1, 2], [1, 3], [2, 1], [2, 2], [2, 3]]); // biome-ignore format: short
    expect(sharedDomain([result])[1]).toBeGreaterThanOrEqual(Math.max(...result.meanR2));
  });
});

describe('rounds and interactions', () => {
  it('puts the points of one round beside each other, and has no bar without an interval', () => {
    const spec = roundCurves(
      [
        { name: 'one', points: [{ round: 2, value: 0.3, interval: [0.2, 0.5] }], within: 0.28 },
        { name: 'two', points: [{ round: 2, value: 0.1, interval: null }], within: null },
      ],
      words,
    );
    const [within, line, bars, points] = spec.layer ?? [];
    expect(within?.data?.values).toEqual([{ name: 'one', within: 0.28 }]);
    const [first, second] = (points?.data?.values ?? []) as Record<string, number>[];
    expect(first).toMatchObject({ name: 'one', round: 2, value: 0.3, low: 0.2, high: 0.5 });
    expect(second).toMatchObject({ name: 'two', round: 2, value: 0.1, low: 0.1, high: 0.1 });
    expect([first?.['x'], second?.['x']]).toEqual([expect.closeTo(1.965, 9), expect.closeTo(2.035, 9)]);
    expect(bars?.encoding).toMatchObject({ y: { field: 'low' }, y2: { field: 'high' } });
    expect(line?.encoding?.x?.axis?.values).toEqual([2]);
  });

  it('bends the axis for an interaction far below 0, and only then', () => {
    const scaleAt = (scores: readonly number[]) =>
      interactionStrips([{ name: 'a', scores, mean: 0.2 }], words).layer?.[1]?.encoding?.x?.scale;
    expect(scaleAt([0.1, -1.4])).toEqual({ zero: true });
    expect(scaleAt([0.1, -1.6])).toMatchObject({ type: 'symlog' });
  });
});
