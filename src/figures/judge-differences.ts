// How far a judge's scores are from people's, a histogram per dimension (paper Figure 10).

import type { TopLevelSpec } from 'vega-lite';
import type { JudgeAgreement } from '../statistics/judge-agreement.ts';
import { decimals } from './number-text.ts';

/**
 * Vega-Lite spec. The band is one standard deviation of the people's ratings to either side.
 *
 * @param toy whether toys were judged
 */
export function judgeDifferences(agreement: JudgeAgreement, judge: string, toy: boolean): TopLevelSpec {
  const values = agreement.dimensions.flatMap(({ dimension, n, differences, humanDeviation }) =>
    differences.map((difference) => ({
      dimension: `${dimension.replaceAll('_', ' ')} (n = ${n})`,
      difference,
      deviation: Number.isFinite(humanDeviation) ? humanDeviation : 0,
    })),
  );
  const largest = Math.max(1, ...values.map(({ difference }) => Math.ceil(Math.abs(difference))));
  const step = Math.ceil(largest / 5);
  const ticks = Array.from({ length: 2 * largest + 1 }, (_, i) => i - largest).filter((v) => v % step === 0);
  const x = {
    axis: { values: ticks, format: 'd' },
    type: 'quantitative',
    scale: { domain: [-largest - 0.5, largest + 0.5], nice: false },
  };
  const share = decimals(100 * agreement.withinOneDeviation, 1);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `Histograms of the difference between the scores of ${judge} and the mean of people's, by dimension.`,
    title: {
      text: `${judge} minus people`,
      subtitle: [
        ...(toy ? ['Toy models: the numbers test the instrument'] : []),
        `difference to the mean of the people who rated a unit; ${share} % of all scores`,
        'lie within one standard deviation of people’s ratings (grey band)',
      ],
    },
    padding: 8,
    data: { values },
    facet: { field: 'dimension', type: 'nominal', title: null, header: { labelFontSize: 11 } },
    columns: 2,
    spec: {
      width: 240,
      height: 100,
      layer: [
        {
          transform: [
            { aggregate: [{ op: 'max', field: 'deviation', as: 'high' }] },
            { calculate: '-datum.high', as: 'low' },
          ],
          mark: { type: 'rect', color: '#e4e4e4', clip: true },
          encoding: { x: { field: 'low', ...x, title: 'judge − people' }, x2: { field: 'high' } },
        },
        {
          mark: { type: 'bar', color: '#0072b2' },
          encoding: {
            x: {
              ...x,
              field: 'difference',
              title: 'judge − people',
              bin: { step: 1, anchor: 0.5, extent: [-largest - 0.5, largest + 0.5] },
            },
            y: {
              aggregate: 'count',
              type: 'quantitative',
              title: 'units',
              axis: { tickCount: 4, format: 'd' },
            },
          },
        },
        { mark: { type: 'rule', color: '#444444' }, encoding: { x: { datum: 0, type: 'quantitative' } } },
      ],
    },
    resolve: { scale: { y: 'independent' } },
  } as unknown as TopLevelSpec;
}
