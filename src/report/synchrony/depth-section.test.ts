import { beforeAll, describe, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, plainText, recordWith } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { depth } from './depth-section.ts';

let section: SampleSection;
/** Of the interactive condition, by seat order. */
const byOrder = new Map<string, SynchronyResult[]>();
beforeAll(async () => {
  const source = fullSample();
  section = await openSection(depth, source);
  const { current } = await source.results(MEASURE);
  for (const { task, result } of current.filter((one) => one.task.condition === INTERACTIVE))
    byOrder.set(task.order.folder, [...(byOrder.get(task.order.folder) ?? []), result]);
});

/** R² of a direction at two relative depths, by the layers around them. */
function r2At({ meanR2, sourceLayers, targetLayers }: SynchronyResult, source: number, target: number) {
  const cell = (s: number, t: number) => meanR2[s * targetLayers + t] ?? Number.NaN;
  const [s, t] = [source * (sourceLayers - 1), target * (targetLayers - 1)];
  const [s0, t0] = [Math.min(Math.floor(s), sourceLayers - 2), Math.min(Math.floor(t), targetLayers - 2)];
  const along = (layer: number) => cell(layer, t0) + (t - t0) * (cell(layer, t0 + 1) - cell(layer, t0));
  return along(s0) + (s - s0) * (along(s0 + 1) - along(s0));
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of each pair: the mean over its directions, both seat orders among them. */
const pairsAt = (source: number, target: number) =>
  [
    ['small-llama+small-llama'],
    ['small-llama+small-mistral', 'small-mistral+small-llama'],
    ['small-mistral+small-mistral'],
  ].map((orders) =>
    meanOf(orders.flatMap((order) => (byOrder.get(order) ?? []).map((one) => r2At(one, source, target)))),
  );

describe('the mean map over relative depth', () => {
  it('has every pair with the same weight, in figure, table and JSON', () => {
    const table = tableNamed(section, 'depth-map');
    expect(csvRecords(table)).toHaveLength(21 * 21);
    const drawn = figureNamed(section, 'depth-map').data?.values as readonly {
      readonly source: number;
      readonly target: number;
      readonly r2: number;
      readonly best: boolean;
    }[];
    const json = JSON.parse(section.tables.get('tables/depth-map.json') ?? '');
    expect(json).toMatchObject({ format: 'interbrain-depth-map-1', condition: 'interactive' });
    for (const [source, target] of [
      [0, 1],
      [0.35, 0.8],
      [1, 0.5],
    ] as const) {
      const pairs = pairsAt(source, target);
      const mean = meanOf(pairs);
      const record = recordWith(table, { source_depth: source, target_depth: target });
      expect(Number(record['r2'])).toBeCloseTo(mean, 12);
      const squares = pairs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      expect(Number(record['sd_over_pairs'])).toBeCloseTo(Math.sqrt(squares / 2), 12);
      expect(record['pairs']).toBe('3');
      const cell = drawn.find((one) => one.source === source && one.target === target);
      expect(cell?.r2).toBeCloseTo(mean, 12);
      const [i, j] = [json.depths.indexOf(source), json.depths.indexOf(target)];
      expect(json.meanR2[i][j]).toBeCloseTo(mean, 12);
      for (const [p, value] of pairs.entries()) expect(json.pairs[p].r2[i][j]).toBeCloseTo(value, 12);
    }
    expect(json.pairs[1].models).toEqual(['small-llama', 'small-mistral']);
    expect(json.pairs[1].samples).toEqual(
      ['small-llama+small-mistral', 'small-mistral+small-llama'].flatMap((order) =>
        (byOrder.get(order) ?? []).map(({ samples }) => samples),
      ),
    );
  });

  it('marks the best target depth of each source depth', () => {
    const drawn = figureNamed(section, 'depth-map').data?.values as readonly {
      readonly source: number;
      readonly r2: number;
      readonly best: boolean;
    }[];
    for (const source of [0, 0.5, 1]) {
      const own = drawn.filter((one) => one.source === source);
      const [best, ...more] = own.filter((one) => one.best);
      expect(more).toEqual([]);
      expect(best?.r2).toBe(Math.max(...own.map(({ r2 }) => r2)));
    }
  });

  it('says which pairs, n and λ', () => {
    const text = plainText(section.html);
    const subtitle = [figureNamed(section, 'depth-map').title.subtitle].flat().join(' ');
    const counts = [...byOrder.values()].flat().map(({ samples }) => samples);
    expect(new Set(counts).size).toBe(2);
    for (const words of [text, subtitle])
      for (const note of [
        ...[
          'mean over 3 pairs of models',
          ...counts.map((n) => `n = ${n} (`),
          'λ = 0.1',
          'split seeds 0, 1, 2',
        ],
      ])
        expect(words).toContain(note);
    expect(text).toContain('pairs: small-llama × small-llama, small-llama × small-mistral, small-mistral ×');
  });

  it('leaves pairs out that are not complete, and says so; one pair has no mean', async () => {
    const stateOf = (stage: string, task: { readonly label: string }) =>
      stage === 'measure' && task.label.startsWith('small-mistral+small-llama B->A') ? 'missing' : undefined;
    const partly = plainText((await openSection(depth, fullSample({ stateOf }))).html);
    expect(partly).toContain('mean over 2 pairs of models');
    expect(partly).toContain('2 of 3 pairs of models');
    const one = await openSection(depth, sampleReport());
    expect([one.html, one.figures.size, one.tables.size]).toEqual(['', 0, 0]);
  });
});
