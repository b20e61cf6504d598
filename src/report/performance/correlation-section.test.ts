// Synchrony and social performance: every coefficient in its place, Pearson's beside Spearman's.

import { beforeAll, describe, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { familySample, fullSample, sampleReport } from '../../../test/sample-report.ts';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { coefficientText, correlationText, pText } from '../../figures/correlation-text.ts';
import { type Correlation, partialCorrelation, pearson } from '../../statistics/correlation.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import { correlateOverModels } from '../../statistics/model-jackknife.ts';
import type { GroupCorrelation } from '../../statistics/model-pairs.ts';
import type { Qap } from '../../statistics/qap.ts';
import { topKCurve } from '../sensitivity/curves.ts';
import { gatherPart, pairParts } from '../sensitivity/parts.ts';
import { sharedOf } from '../shared.ts';
import { performance } from './correlation-section.ts';
import { gatherCorrelation } from './gather-correlation.ts';

let section: SampleSection;
let result: CorrelationResult;
beforeAll(async () => {
  section = await openSection(performance, familySample());
  const found = await gatherCorrelation(familySample());
  if (!found) throw new Error('the sample has correlations');
  result = found;
});

const groupOf = (name: string): GroupCorrelation => {
  const found = result.groups.find(({ group }) => group === name);
  if (!found) throw new Error(`no group ${name}`);
  return found;
};
const two = (value: number) => value.toFixed(2).replace('-', '−');
const interval = (one: Correlation | null) =>
  one?.interval ? `[${two(one.interval.low)}, ${two(one.interval.high)}]` : '–';
const p = (one: Correlation | null) => pText(one?.p ?? Number.NaN).replace('= ', '');
const permuted = (qap: Qap | null) =>
  qap && !Number.isNaN(qap.p)
    ? `${pText(qap.p).replace('= ', '')} (${qap.exact ? `all ${qap.permutations + 1}` : qap.permutations})`
    : '–';

describe('the section', () => {
  it('gives r and ρ of every group with n, interval, p and p by permutation', () => {
    const [table] = htmlTables(section.html);
    if (!table) throw new Error('no table');
    expect(table.rows.map(([name]) => name)).toEqual(['mistral', 'llama', 'cross', 'overall']);
    for (const { group, pairs, pearson: r, spearman: rho, givenSamples: given } of result.groups) {
      expect(rowNamed(table, group)).toEqual({
        Pairs: group,
        n: `${pairs.length}`,
        r: coefficientText(r.correlation?.r ?? 0),
        Interval: interval(r.correlation),
        p: p(r.correlation),
        'p, permuted': permuted(r.qap),
        ρ: coefficientText(rho.correlation?.r ?? 0),
        'p 2': p(rho.correlation),
        'p, permuted 2': permuted(rho.qap),
        'r given log n': coefficientText(given?.correlation?.r ?? 0),
        'Interval 2': interval(given?.correlation ?? null),
        'p, permuted 3': permuted(given?.qap ?? null),
      });
    }
    const ofAll = (value: (pair: CorrelationResult['pairs'][number]) => number) => result.pairs.map(value);
    expect(groupOf('overall').givenSamples?.correlation?.r).toBeCloseTo(
      partialCorrelation(
        ofAll((pair) => pair.synchrony),
        ofAll((pair) => pair.performance),
        [ofAll((pair) => Math.log(pair.samples))],
      ).r,
      12,
    );
    // What is exchanged shows.
    const { pearson: r, spearman: rho } = groupOf('cross');
    expect(p(r.correlation)).not.toBe(p(rho.correlation));
    expect(permuted(r.qap)).not.toBe(permuted(rho.qap));
  });

  it('counts episodes and failures, and warns', () => {
    const text = plainText(section.html);
    const judged = result.pairs.reduce((sum, pair) => sum + pair.judged, 0);
    expect(text).toContain(`mean score of its ${judged} judged episodes (judge: some-judge)`);
    expect(text).toContain('3 judgements failed and count nowhere.');
    for (const { group, warnings } of result.groups)
      for (const warning of warnings) expect(text).toContain(`${group}: ${warning}.`);
    expect(text).toContain('the same for all pairs, so without r: social_rules');
    expect(text).toContain('the 95 % intervals are by leaving out all pairs of one model after another');
    expect(text).toContain('overall: the pairs have 1400 to 1620 samples a direction');
    expect(text).toContain('llama: there is no interval: 3 models, and it takes 4.');
  });

  it('gives partial correlations', () => {
    const table = htmlTables(section.html)[1];
    if (!table) throw new Error('no table');
    for (const {
      group,
      pairs,
      partial: [given],
    } of result.groups)
      expect(rowNamed(table, group)).toEqual({
        ...{
          Pairs: group,
          n: `${pairs.length}`,
          'given IFEval': `${coefficientText(given?.correlation?.r ?? 0)} ${interval(given?.correlation ?? null)}`,
        },
        ...{ p: p(given?.correlation ?? null), 'p, permuted': permuted(given?.qap ?? null) },
      });
  });

  it('gives every dimension, what one model does to it, and all pairs', () => {
    const [, , dimensions, without, pairs] = htmlTables(section.html);
    if (!dimensions || !without || !pairs) throw new Error('no tables');
    const { dimensions: own, leaveOneOut } = groupOf('llama');
    const goal = own.find(({ name }) => name === 'goal');
    expect(rowNamed(dimensions, 'goal')['llama, n = 6']).toBe(
      `${correlationText({ correlation: goal?.correlation ?? null }, 6).replace(', n = 6', '')}; adjusted ${pText(goal?.adjustedP ?? 0).replace('= ', '')}`,
    );
    expect(rowNamed(dimensions, 'social_rules')['llama, n = 6']).toBe('–');
    const left = leaveOneOut.find(({ model }) => model === 'llama-m')?.correlation;
    expect(rowNamed(without, 'llama-m')['llama']).toBe(
      `${coefficientText(left?.r ?? 0)}, p ${pText(left?.p ?? 0)}, n = 3`,
    );
    expect(rowNamed(without, 'llama-m')['mistral']).toBe('');
    const pair = result.pairs[4];
    if (!pair) throw new Error('no pair');
    expect(rowNamed(pairs, pair.models.join(' × '))).toEqual({
      Pair: pair.models.join(' × '),
      'SyncR²': `${pair.synchrony.toFixed(3)} ± ${pair.standardError.toFixed(3)}`,
      n: `${Math.round(pair.samples)}`,
      Score: pair.performance.toFixed(2),
      Judged: '363',
      Failed: '0',
      IFEval: two(pair.abilities['IFEval'] ?? 0),
    });
    expect(rowNamed(pairs, result.pairs[0]?.models.join(' × ') ?? '')['Failed']).toBe('3');
    expect(section.html).toContain('<a href="pairs/mistral-s+mistral-m.html">mistral-s × mistral-m</a>');
  });

  it('says of a study that is not correlated nothing', async () => {
    const none = await openSection(performance, sampleReport());
    expect([none.html, none.figures.size, none.tables.size]).toEqual(['', 0, 0]);
  });

  it('says so where a study names no abilities, and where a group has too few pairs', async () => {
    const { html, figures } = await openSection(
      performance,
      fullSample({ settings: { pairs: [['a', 'b']] } }),
    );
    const [table] = htmlTables(html);
    expect(table && rowNamed(table, 'overall')).toMatchObject({
      n: '1',
      r: '–',
      Interval: '–',
      p: '–',
      ρ: '–',
    });
    expect(figures.has('correlation-top-k')).toBe(false);
    expect(html).not.toContain('By the number of target layers');
  });
});

describe('its figures', () => {
  it('scatter: performance across, SyncR² upward, a series per group', () => {
    const spec = figureNamed(section, 'synchrony-performance');
    const points = (spec.layer?.at(-1)?.data?.values ?? []) as readonly {
      label: string;
      performance: number;
      synchrony: number;
      series: string;
    }[];
    expect(points).toEqual(
      result.pairs.map(({ models: [a, b], performance: x, synchrony }) => ({
        ...{ label: `${a} × ${b}`, performance: x, synchrony },
        series: expect.stringContaining(
          a.split('-')[0] === b.split('-')[0] ? `${a.split('-')[0]}: r = ` : 'cross: r = ',
        ),
      })),
    );
    const [lines] = spec.layer ?? [];
    expect(lines?.encoding?.x).toMatchObject({
      field: 'performance',
      axis: { title: 'social performance: mean score by some-judge' },
    });
    expect(lines?.encoding?.y).toMatchObject({ field: 'synchrony', axis: { title: 'SyncR²' } });
    const { pearson: r } = groupOf('overall');
    expect(lines?.encoding?.color?.scale?.domain?.at(-1)).toBe(
      `overall: ${correlationText(r, 21)}, p ${pText(r.qap?.p ?? 0)} by permuting models`,
    );
    // The line through all pairs is dashed, and a least-squares line goes through the means.
    const ends = (lines?.data?.values ?? []) as readonly {
      series: string;
      dashed: boolean;
      performance: number;
      synchrony: number;
    }[];
    const own = ends.filter(({ dashed }) => dashed);
    expect(own).toHaveLength(2);
    const meanOf = (key: 'performance' | 'synchrony') =>
      result.pairs.reduce((sum, pair) => sum + pair[key], 0) / 21;
    const [start, end] = own;
    if (!start || !end) throw new Error('no line');
    const slope = (end.synchrony - start.synchrony) / (end.performance - start.performance);
    expect(start.synchrony + slope * (meanOf('performance') - start.performance)).toBeCloseTo(
      meanOf('synchrony'),
      12,
    );
    const [x, y] = [result.pairs.map((pair) => pair.performance), result.pairs.map((pair) => pair.synchrony)];
    const deviation = (values: readonly number[]) =>
      Math.sqrt(values.reduce((sum, value) => sum + (value - values.reduce((a, b) => a + b) / 21) ** 2, 0));
    expect(slope).toBeCloseTo((pearson(x, y).r * deviation(y)) / deviation(x), 9);
    expect([spec.title.subtitle].flat().join(' ')).toContain('[ ]: 95 % interval, by leaving out each model');
  });

  it('dimensions: r with its interval, coloured by evidence', () => {
    const spec = figureNamed(section, 'dimension-correlations');
    expect(spec.hconcat?.map(({ title }) => title?.text)).toEqual([
      'mistral, n = 6',
      'llama, n = 6',
      'cross, n = 9',
      'overall, n = 21',
    ]);
    const { pearson: r, dimensions } = groupOf('overall');
    const goal = dimensions.find(({ name }) => name === 'goal');
    expect(spec.hconcat?.[3]?.data?.values).toEqual([
      {
        dimension: 'overall score',
        r: r.correlation?.r,
        low: r.correlation?.interval?.low,
        high: r.correlation?.interval?.high,
        significance: evidence(r.correlation?.p, Number.NaN),
      },
      {
        dimension: 'goal',
        r: goal?.correlation?.r,
        low: goal?.correlation?.interval?.low,
        high: goal?.correlation?.interval?.high,
        significance: evidence(goal?.correlation?.p, goal?.adjustedP),
      },
    ]);
    expect(spec.hconcat?.[0]?.layer?.[2]?.encoding?.x?.field).toBe('r');
    expect(spec.hconcat?.[0]?.layer?.[1]?.encoding).toMatchObject({
      x: { field: 'low' },
      x2: { field: 'high' },
    });
    expect(spec.hconcat?.[0]?.layer?.[1]?.encoding?.y?.scale?.domain).toEqual([
      'overall score',
      'goal',
      'social_rules',
    ]);
  });

  const evidence = (own: number | undefined, adjusted: number | undefined) =>
    (adjusted ?? 1) < 0.05
      ? 'p < 0.05 adjusted over dimensions'
      : (own ?? 1) < 0.05
        ? 'p < 0.05, not adjusted'
        : 'p ≥ 0.05';

  it('by k: r of SyncR² with k target layers, clamped', async () => {
    const source = familySample();
    const parts = pairParts(await gatherPart(source, 'aggregation'), sharedOf(source));
    const expected = result.groups.flatMap(({ group, pairs }) =>
      [1, 2].map((k) => {
        const own = pairs.map((models) => parts.find((part) => part.models.join() === models.join()));
        const synchrony = own.map((part) =>
          part ? (topKCurve(part, INTERACTIVE, true).points[k - 1]?.value ?? Number.NaN) : Number.NaN,
        );
        const scores = pairs.map(
          (models) =>
            result.pairs.find((pair) => pair.models.join() === models.join())?.performance ?? Number.NaN,
        );
        return { group, k, n: pairs.length, correlation: correlateOverModels(pairs, synchrony, scores) };
      }),
    );
    const spec = figureNamed(section, 'correlation-top-k');
    expect(spec.data?.values).toEqual(
      expected.map(({ group, k, n, correlation: { r, p: own, interval: ends } }) => ({
        ...{
          name: `${group}, n = ${n} pairs`,
          x: k,
          r,
          significant: own < 0.05,
          low: ends?.low ?? r,
          high: ends?.high ?? r,
        },
      })),
    );
    const table = tableNamed(section, 'correlation-top-k');
    const last = expected.at(-1);
    expect(recordWith(table, { group: 'overall', k: 2 })).toEqual({
      ...{
        group: 'overall',
        k: '2',
        pairs: '21',
        r: `${last?.correlation.r}`,
        p: `${last?.correlation.p}`,
        df: '19',
      },
      ...{
        ...intervalCells(last?.correlation.interval),
      },
    });
    const notes = [spec.title.subtitle].flat().join(' ').replaceAll(' · ', '; ');
    for (const note of [
      'k = 1 is SyncR²',
      'bars: 95 % intervals, by leaving out each model',
      'λ = 0.1',
      'split seeds 0, 1, 2',
    ])
      expect(notes).toContain(note);
  });
});

/** Empty where there is no interval. */
function intervalCells(one: Correlation['interval'] | undefined) {
  const { low, high, kind, standardError, degreesOfFreedom, groups } = one ?? {};
  return {
    ...{ interval_low: `${low ?? ''}`, interval_high: `${high ?? ''}`, interval_kind: kind ?? '' },
    interval_se: `${standardError ?? ''}`,
    ...{ degrees_of_freedom: `${degreesOfFreedom ?? ''}`, left_out_groups: `${groups ?? ''}` },
  };
}

describe('its tables', () => {
  const columns = (one: Correlation | null | undefined) => ({
    ...{ n: `${one?.n}`, df: `${one?.df}`, r: `${one?.r}`, p: `${one?.p}` },
    ...intervalCells(one?.interval),
  });
  const qap = (one: Qap | null | undefined) => ({
    p_permuted: `${one?.p}`,
    permutations: `${one?.permutations}`,
    all_permutations: `${one?.exact}`,
  });

  it('by group and statistic', () => {
    const table = tableNamed(section, 'correlation');
    expect(csvRecords(table)).toHaveLength(12);
    const {
      pearson: r,
      spearman: rho,
      partial: [given],
      dimensions,
      leaveOneOut,
    } = groupOf('cross');
    expect(recordWith(table, { group: 'cross', statistic: 'pearson' })).toEqual({
      group: 'cross',
      statistic: 'pearson',
      ...columns(r.correlation),
      ...qap(r.qap),
    });
    expect(recordWith(table, { group: 'cross', statistic: 'spearman' })).toEqual({
      group: 'cross',
      statistic: 'spearman',
      ...columns(rho.correlation),
      ...qap(rho.qap),
    });
    const { givenSamples } = groupOf('cross');
    expect(recordWith(table, { group: 'cross', statistic: 'pearson given log n' })).toEqual({
      ...{ group: 'cross', statistic: 'pearson given log n' },
      ...columns(givenSamples?.correlation),
      ...qap(givenSamples?.qap),
    });
    expect(recordWith(table, { group: 'overall', statistic: 'pearson' })).toMatchObject({
      ...{ interval_kind: 'models-jackknife-t', degrees_of_freedom: '5', left_out_groups: '6' },
    });
    expect(recordWith(tableNamed(section, 'correlation-partial'), { group: 'cross' })).toEqual({
      group: 'cross',
      given: 'IFEval',
      ...columns(given?.correlation),
      ...qap(given?.qap),
    });
    const goal = dimensions.find(({ name }) => name === 'goal');
    expect(
      recordWith(tableNamed(section, 'correlation-dimensions'), { group: 'cross', dimension: 'goal' }),
    ).toEqual({
      ...{
        group: 'cross',
        dimension: 'goal',
        ...columns(goal?.correlation),
        p_adjusted: `${goal?.adjustedP}`,
      },
    });
    const left = leaveOneOut.find(({ model }) => model === 'mistral-l');
    expect(
      recordWith(tableNamed(section, 'correlation-leave-one-out'), { group: 'cross', without: 'mistral-l' }),
    ).toEqual({
      ...{ group: 'cross', without: 'mistral-l', ...columns(left?.correlation) },
    });
  });

  it('by pair', () => {
    const table = tableNamed(section, 'correlation-pairs');
    expect(csvRecords(table)).toHaveLength(21);
    const pair = result.pairs[0];
    expect(recordWith(table, { model_1: 'mistral-s', model_2: 'mistral-s' })).toEqual({
      ...{
        model_1: 'mistral-s',
        model_2: 'mistral-s',
        syncr2: `${pair?.synchrony}`,
        standard_error: `${pair?.standardError}`,
        samples: `${pair?.samples}`,
      },
      ...{ performance: `${pair?.performance}`, judged: '359', failed: '3' },
      ...{ goal: `${pair?.dimensions['goal']}`, social_rules: '0', IFEval: `${pair?.abilities['IFEval']}` },
    });
  });
});
