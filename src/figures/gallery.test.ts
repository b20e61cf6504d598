// Every figure as a picture that one can open, in the shapes that the report’s own gallery does not show: gallery/. After a
// change on purpose, look at what has changed and write it anew: npx vitest run src/figures/gallery.test.ts -u

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sampleCorrelation } from '../../test/sample-report.ts';
import { sampleSynchrony } from '../../test/sample-synchrony.ts';
import { judgeAgreement } from '../statistics/judge-agreement.ts';
import { bestTarget } from './best-target.ts';
import { clusterMap } from './cluster-map.ts';
import { conditionDots } from './condition-dots.ts';
import { conditionMaps } from './condition-maps.ts';
import { correlationCurves } from './correlation-curves.ts';
import { curves } from './curves.ts';
import { depthMap } from './depth-map.ts';
import { dimensionCorrelations } from './dimension-correlations.ts';
import { effectMap } from './effect-map.ts';
import { episodeScatter } from './episode-scatter.ts';
import { estimateDots } from './estimate-dots.ts';
import { interactionStrips } from './interaction-strips.ts';
import { judgeDifferences } from './judge-differences.ts';
import { layerSeries } from './layer-series.ts';
import { nullHistogram } from './null-histogram.ts';
import { pairMatrix } from './pair-matrix.ts';
import { relationshipDistribution } from './relationship-distribution.ts';
import { renderSvg } from './render.ts';
import { roundCurves } from './round-curves.ts';
import type { FigureSpec } from './spec.ts';
import { synchronyHeatmap } from './synchrony-heatmap.ts';
import { synchronyPerformance } from './synchrony-performance.ts';
import { variancePartition } from './variance-partition.ts';

const words = { title: 'A title', notes: ['a note', 'another note'] };
const names = (count: number) => Array.from({ length: count }, (_, i) => `model-${i + 1}`);
const points = (shift: number) =>
  [1, 10, 100].map((x) => ({ x, value: 0.1 * x ** 0.3 + shift, error: 0.01 + shift / 10 }));
const ratings = (rater: string, scores: readonly number[]) =>
  scores.map((score, i) => ({
    ...{ interaction: `talk-${i}`, modelA: 'a', modelB: 'b', seed: '0', agent: 'A' as const },
    ...{ rater, dimension: i % 2 === 0 ? 'goal' : 'social_rules', score },
  }));
const agreement = judgeAgreement(
  [...ratings('p1', [1, 3, 5, 7, 9, 2]), ...ratings('p2', [1, 3, 5, 7, 9, 4])],
  ratings('j', [2, 4, 6, 8, 3, 8]),
);
const pairs = names(3).flatMap((a, i) =>
  names(3)
    .slice(i)
    .map((b): [string, string] => [a, b]),
);

const FIGURES: Readonly<Record<string, () => FigureSpec>> = {
  'best-target': () =>
    bestTarget(
      [sampleSynchrony({ layers: [3, 4] }), sampleSynchrony({ direction: 'B->A', layers: [4, 3] })],
      true,
    ),
  'cluster-map': () =>
    clusterMap(
      {
        ...{ t: [-5, 1, 2, 3, 4, 20], sourceLayers: 2, targetLayers: 3, sourceModel: 'a', targetModel: 'b' },
        clusters: [{ cells: [4, 5] }, { cells: [0] }],
      },
      words,
    ),
  'condition-dots': () =>
    conditionDots(
      [
        { condition: 'interactive', value: 0.3, interval: [0.25, 0.38], directions: [{ title: 'a → b', value: 0.28 }, { title: 'b → a', value: 0.32 }] },
        { condition: 'passive', value: 0.2, interval: null, directions: [] },
      ], // biome-ignore format: a condition each
      words,
    ),
  'condition-maps': () =>
    conditionMaps(
      ['interactive', 'passive', 'lag-1', 'pseudo-dyad', 'shuffled'].map((condition, i) =>
        sampleSynchrony({ condition, layers: [2, 3], height: 0.6 - 0.1 * i }),
      ),
      words,
    ),
  'correlation-curves': () =>
    correlationCurves(
      [
        { name: 'all, n = 21', x: 1, r: 0.5, p: 0.01, interval: [0.1, 0.8] },
        { name: 'all, n = 21', x: 2, r: 0.4, p: 0.2, interval: [-0.1, 0.7] },
        { name: 'few, n = 3', x: 1, r: -0.5, p: Number.NaN, interval: null },
      ],
      words,
    ),
  curves: () =>
    curves(
      [
        { name: 'one', points: points(0) },
        { name: 'two', points: points(0.1) },
      ],
      { title: 'n', values: [1, 10, 100] },
      words,
    ),
  'curves+log+apart': () =>
    curves(
      [{ name: 'one', points: points(0), apart: [{ x: 30, value: 0.5, error: 0.05 }] }],
      { title: 'λ', log: true },
      words,
    ),
  'curves+many': () =>
    curves(
      names(8).map((name, i) => ({ name, points: points(0.05 * i) })),
      { title: 'k' },
      words,
    ),
  'depth-map': () =>
    depthMap(
      { depths: [0, 0.5, 1], meanR2: Float64Array.of(0.1, 0.3, -0.2, 0.4, 0.2, 0, 0.05, 0.1, 0.6) },
      words,
    ),
  'dimension-correlations': () =>
    dimensionCorrelations(sampleCorrelation(pairs), { toy: true, settings: ['a setting'] }),
  'episode-scatter': () =>
    episodeScatter(
      names(2).flatMap((pair, p) =>
        Array.from({ length: 12 }, (_, i) => {
          return { pair, synchrony: 0.03 * (((i * 5) % 12) - 5.5), score: 0.2 * (((i * 7 + p) % 12) - 5.5) };
        }),
      ),
      { estimate: 3.1, low: -0.4, high: 6.6 },
      words,
    ),
  'effect-map': () =>
    effectMap(
      [0, 1, 2].flatMap((layer) =>
        [2, 4].map((round) => ({
          ...{ layer: 4 * layer + 1, round, difference: 0.09 * layer - 0.004 * round, found: layer === 2 },
        })),
      ),
      'nats',
      words,
    ),
  'estimate-dots': () =>
    estimateDots(
      [
        { row: 'a × b', name: 'one', value: 0.2, error: 0.05 },
        { row: 'a × b', name: 'two', value: -0.1, error: 0.02 },
      ],
      words,
    ),
  'estimate-dots+bent': () =>
    estimateDots(
      [
        { row: 'a × b', name: 'one', value: 0.2, error: 0.05 },
        { row: 'a × b', name: 'two', value: -80, error: 2 },
      ],
      words,
      'R²',
    ),
  'interaction-strips': () =>
    interactionStrips(
      [
        { name: 'a → b', scores: [-0.1, 0.2, 0.3, 0.31], mean: 0.18 },
        { name: 'b → a', scores: [0.05, 0.4], mean: 0.3 },
      ],
      words,
    ),
  'interaction-strips+bent': () =>
    interactionStrips([{ name: 'a → b', scores: [-80, 0.2, 0.3], mean: 0.18 }], words),
  'judge-differences': () => judgeDifferences(agreement, 'some-judge', true),
  'layer-series': () =>
    layerSeries(
      [
        {
          name: 'one',
          points: [1, 2, 3].map((layer) => ({ layer, value: 0.1 * layer, error: 0.02 * layer })),
        },
        { name: 'one', points: [1, 2, 3].map((layer) => ({ layer, value: 0.4, error: 0 })), dashed: true },
      ],
      'R²',
      words,
    ),
  'null-histogram': () => nullHistogram([0.1, 0.11, 0.12, 0.12, 0.15], 0.3, words),
  'null-histogram+alike': () => nullHistogram([0.1, 0.1], 0.1, words),
  'pair-matrix': () =>
    pairMatrix(
      pairs.map((models, i) => ({
        models,
        value: 0.05 * i,
        interval: i === 1 ? null : [0.05 * i - 0.01, 0.05 * i + 0.02],
      })),
      names(3),
      words,
    ),
  'variance-partition': () =>
    variancePartition(
      [
        { name: 'a × b', ownPastAlone: 0.3, shared: 0.2, textAlone: 0.05, partnerAlone: 0.1, all: 0.65 },
        {
          name: 'below zero',
          ownPastAlone: 0.1,
          shared: -0.02,
          textAlone: -0.01,
          partnerAlone: 0,
          all: 0.07,
        },
      ],
      words,
    ),
  'relationship-distribution': () =>
    relationshipDistribution(
      ['stranger', 'friend', 'family'].flatMap((relationship, j) =>
        ['a × a', 'a × b'].map((pair, i) => ({
          ...{ relationship, pair, value: 0.2 + 0.05 * j - 0.08 * i * (j - 1), error: 0.01 + 0.01 * i },
        })),
      ),
      words,
    ),
  'relationship-distribution+many-pairs': () =>
    relationshipDistribution(
      ['stranger', 'acquaintance', 'friend', 'romantic'].flatMap((relationship, j) =>
        Array.from({ length: 21 }, (_, i) => ({
          ...{
            relationship,
            pair: `pair ${i}`,
            value: 0.2 + 0.03 * j + 0.12 * Math.sin(7 * i + j),
            error: 0.01,
          },
        })),
      ),
      words,
    ),
  'round-curves': () =>
    roundCurves(
      [
        {
          name: 'a × b',
          points: [1, 2, 3].map((round) => ({
            ...{ round, value: 0.5 - 0.1 * round },
            interval: round === 3 ? null : ([0.4 - 0.1 * round, 0.65 - 0.1 * round] as const),
          })),
          within: 0.32,
        },
        { name: 'b × b', points: [{ round: 2, value: 0.2, interval: [0, 0.25] }], within: null },
      ],
      words,
    ),
  'synchrony-heatmap': () => synchronyHeatmap(sampleSynchrony({ layers: [3, 2] }), { toy: true }),
  'synchrony-heatmap+many-layers': () => synchronyHeatmap(sampleSynchrony({ layers: [14, 13], seeds: [4] })),
  'synchrony-performance': () =>
    synchronyPerformance(sampleCorrelation(pairs, { one: ['model-1'], others: ['model-2', 'model-3'] }), {
      toy: true,
      settings: ['a setting'],
    }),
};

const GALLERY = join(import.meta.dirname, 'gallery');

it.each(Object.entries(FIGURES))('draws %s', async (name, spec) => {
  const svg = await renderSvg(spec(), { idPrefix: 'f' });
  await expect(`${svg.replaceAll('><', '>\n<')}\n`).toMatchFileSnapshot(join(GALLERY, `${name}.svg`));
});

it('holds nothing that is no longer drawn', () => {
  if (!existsSync(GALLERY)) return;
  expect(readdirSync(GALLERY).filter((file) => !Object.hasOwn(FIGURES, file.replace('.svg', '')))).toEqual(
    [],
  );
});
