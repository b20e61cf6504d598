// Conditions side by side: pairs, lags, maps, against the measures they are made from.

import { beforeAll, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection } from '../../../test/open-section.ts';
import { fullSample, sampleCorrelation } from '../../../test/sample-report.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import { LAGS } from '../../studies/stages/lags.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import type { ReportSource } from '../source.ts';
import { conditions } from './conditions-section.ts';

let source: ReportSource;
let section: SampleSection;
let results: readonly { readonly names: readonly [string, string]; readonly result: SynchronyResult }[];
beforeAll(async () => {
  source = fullSample();
  section = await openSection(conditions, source);
  results = (await source.results(MEASURE)).current.map(({ task, result }) => ({
    names: task.order.names,
    result,
  }));
});

const PAIRS = [
  ['small-llama', 'small-llama'],
  ['small-llama', 'small-mistral'],
  ['small-mistral', 'small-mistral'],
] as const;

function pairOf([a, b]: readonly [string, string], condition: string): { value: number; error: number } {
  const own = results.filter(
    ({ names, result }) => result.condition === condition && [...names].sort().join() === [a, b].join(),
  );
  return {
    value: own.reduce((sum, { result }) => sum + result.syncR2.value, 0) / own.length,
    error: Math.sqrt(own.reduce((sum, { result }) => sum + result.syncR2.standardError ** 2, 0)) / own.length,
  };
}

interface Dot {
  readonly row: string;
  readonly name: string;
  readonly x: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
const dotsOf = (spec: FigureSpec, layer?: number) =>
  ((layer === undefined ? spec.data : spec.layer?.[layer]?.data)?.values ?? []) as readonly Dot[];
const notesOf = (spec: FigureSpec) => [spec.title.subtitle].flat().join(' ').replaceAll(' · ', '; ');

it('draws pairs and means over groups of pairs, without lags', () => {
  const spec = figureNamed(section, 'conditions+pairs');
  const names = ['interactive', 'passive', 'passive-same-format', 'pseudo-dyad', 'shuffled'];
  for (const pair of PAIRS)
    for (const name of names) {
      const { value, error } = pairOf(pair, name);
      const dot = dotsOf(spec).find((one) => one.row === pair.join(' × ') && one.name === name);
      expect(dot?.value, `${pair} ${name}`).toBeCloseTo(value, 12);
      expect((dot?.high ?? 0) - (dot?.value ?? 0)).toBeCloseTo(error, 12);
      expect((dot?.value ?? 0) - (dot?.low ?? 0)).toBeCloseTo(error, 12);
    }
  // The sample's correlation has one group, of all pairs.
  const mean = dotsOf(spec).filter(({ row }) => row === 'mean of overall (3 pairs)');
  expect(mean.map(({ name }) => name)).toEqual(names);
  const values = PAIRS.map((pair) => pairOf(pair, 'passive').value);
  const average = values.reduce((a, b) => a + b) / 3;
  const passive = mean.find(({ name }) => name === 'passive');
  expect(passive?.value).toBeCloseTo(average, 12);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / 2);
  expect((passive?.high ?? 0) - average).toBeCloseTo(deviation / Math.sqrt(3), 12);
  expect(dotsOf(spec)).toHaveLength(4 * names.length);
  const notes = notesOf(spec);
  for (const note of [
    'toy models',
    'bars: ± published standard error over split seeds 0, 1, 2',
    'groups by interaction',
    'λ = 0.1',
    'means: ± standard error over pairs',
  ])
    expect(notes).toContain(note);
  expect(notes).not.toContain('condition interactive');
  const counts = results.map(({ result }) => result.samples);
  expect(notes).toContain(`n = ${Math.min(...counts)}–${Math.max(...counts)} by condition and direction`);
});

it('draws means by family where the study names them', async () => {
  const families = { llama: ['small-llama'], mistral: ['small-mistral'] };
  const named = fullSample({ makers: { correlation: () => sampleCorrelation(PAIRS, families) } });
  const spec = figureNamed(await openSection(conditions, named), 'conditions+pairs');
  // A family of one pair has no mean.
  expect([...new Set(dotsOf(spec).map(({ row }) => row))]).toEqual([
    'mean of overall (3 pairs)',
    ...PAIRS.map((pair) => pair.join(' × ')),
  ]);
});

it('draws a line per pair by lag, all on as many rows; 0 is the interactive condition', async () => {
  const lags = (await source.results(LAGS)).current.map(({ task, result }) => ({
    names: task.order.names,
    result,
  }));
  const spec = figureNamed(section, 'conditions+lag');
  for (const pair of PAIRS) {
    const line = dotsOf(spec, 0).filter(({ name }) => name === pair.join(' × '));
    expect(line.map(({ x }) => x)).toEqual([0, 1, 3]);
    const own = lags.filter(({ names }) => [...names].sort().join() === [...pair].sort().join());
    for (const [i, lag] of [0, 1, 3].entries()) {
      const points = own.map(({ result }) => result.points.find((point) => point.lag === lag)!);
      const value = points.reduce((sum, point) => sum + point.value, 0) / points.length;
      expect(line[i]?.value).toBeCloseTo(value, 12);
      expect(line[i]?.low).toBeLessThan(value);
      expect(line[i]?.high).toBeGreaterThan(value);
    }
  }
  const notes = notesOf(spec);
  expect(notes).toContain('bars: 95 % interval, t with 16 degrees of freedom');
  expect(notes).toContain('n = 850–900 (680–720 train + 170–180 test) at every lag');
  expect(notes).not.toContain('published standard error');
  expect(spec.layer?.[0]?.encoding?.x).toMatchObject({
    scale: { type: 'linear' },
    axis: { title: 'lag k, in rounds (0: interactive)', values: [0, 1, 3] },
  });
});

it('draws the maps of each direction under every condition, with SyncR² under the name', () => {
  const spec = figureNamed(section, 'small-mistral+small-llama+B-to-A+conditions');
  const own = results
    .filter(
      ({ names, result }) => names.join() === 'small-mistral,small-llama' && result.direction === 'B->A',
    )
    .map(({ result }) => result);
  expect(own).toHaveLength(7);
  expect(spec.concat?.map(({ title }) => [title?.text, title?.subtitle])).toEqual(
    own.map(({ condition, syncR2 }) => [
      condition,
      `${syncR2.value.toFixed(3)} ± ${syncR2.standardError.toFixed(3)}`,
    ]),
  );
  for (const [i, result] of own.entries()) {
    const cells = (spec.concat?.[i]?.data?.values ?? []) as readonly {
      source: number;
      target: number;
      r2: number;
    }[];
    expect(cells.map(({ r2 }) => r2)).toEqual([...result.meanR2]);
    expect(cells.at(-1)).toMatchObject({ source: 3, target: 4 });
  }
  const domains = spec.concat?.map(({ layer }) => layer?.[0]?.encoding?.color?.scale?.domain);
  expect(new Set(domains?.map((domain) => JSON.stringify(domain))).size).toBe(1);
  expect(spec.title.text).toEqual(['small-llama (B) → small-mistral (A)']);
  expect(spec.concat?.[0]?.encoding?.x).toMatchObject({ field: 'source', axis: { title: 'source layer' } });
  expect(spec.concat?.[0]?.encoding?.y).toMatchObject({
    field: 'target',
    sort: 'descending',
    axis: { title: 'target layer' },
  });
  const notes = notesOf(spec);
  for (const note of [
    'under each name SyncR²',
    '± published standard error over split seeds 0, 1, 2',
    'λ = 0.1',
    'gray: R² below 0',
  ])
    expect(notes).toContain(note);
  expect(notes).not.toMatch(/bars|mean over/);
  expect([...section.figures.keys()].filter((stem) => stem.endsWith('+conditions'))).toHaveLength(8);
  expect(section.html).toContain('Layer maps of all conditions, 8 directions');
});

it('leaves the dots to the tests where one pair is tested, and copes with what is missing', async () => {
  const one = { settings: { pairs: [['a', 'b']] } };
  expect((await openSection(conditions, fullSample(one))).figures.has('conditions+pairs')).toBe(false);
  const untested = fullSample({
    ...one,
    stateOf: (stage) => (stage === 'significance' ? 'missing' : undefined),
  });
  expect((await openSection(conditions, untested)).figures.has('conditions+pairs')).toBe(true);
  // Of the pair of both models one direction of one condition is gone.
  const some = fullSample({
    stateOf: (stage, { label }) =>
      stage === 'measure' && label === 'small-llama+small-mistral A->B passive' ? 'stale' : undefined,
  });
  const { figures } = await openSection(conditions, some);
  const dots = dotsOf(figures.get('conditions+pairs') as FigureSpec).filter(({ name }) => name === 'passive');
  expect(dots.map(({ row }) => row)).toEqual([
    'mean of overall (2 pairs)',
    'small-llama × small-llama',
    'small-mistral × small-mistral',
  ]);
  expect(notesOf(figures.get('conditions+pairs') as FigureSpec)).not.toContain('of 3 pairs');
  expect(figures.get('small-llama+small-mistral+A-to-B+conditions')?.concat).toHaveLength(6);
  const gone = fullSample({
    stateOf: (stage, { label }) =>
      (stage === 'measure' || stage === 'lags') && label.startsWith('small-llama+small-mistral A->B')
        ? 'stale'
        : undefined,
  });
  const left = (await openSection(conditions, gone)).figures;
  for (const stem of ['conditions+pairs', 'conditions+lag'])
    expect(notesOf(left.get(stem) as FigureSpec)).toContain('2 of 3 pairs of models');
});
