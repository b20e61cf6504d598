// How far a judge's scores are from people's, a histogram per dimension (paper Figure 10).

import type { JudgeAgreement } from '../statistics/judge-agreement.ts';
import { decimals } from './number-text.ts';
import { type Channel, type FigureSpec, figure, type View } from './spec.ts';

/**
 * Vega-Lite spec. The band is one standard deviation of the people's ratings to either side.
 *
 * @param toy whether toys were judged
 */
export function judgeDifferences(agreement: JudgeAgreement, judge: string, toy: boolean): FigureSpec {
  const values = differenceRows(agreement);
  const largest = Math.max(1, ...values.map(({ difference }) => Math.ceil(Math.abs(difference))));
  const share = decimals(100 * agreement.withinOneDeviation, 1);
  return figure({
    description: `Histograms of the difference between the scores of ${judge} and the mean of people's, by dimension.`,
    title: {
      text: `${judge} minus people`,
      subtitle: [
        ...(toy ? ['Toy models: the numbers test the instrument'] : []),
        `difference to the mean of the people who rated a unit; ${share} % of all scores`,
        'lie within one standard deviation of people’s ratings (grey band)',
      ],
    },
    data: { values },
    facet: { field: 'dimension', type: 'nominal', title: null, header: { labelFontSize: 11 } },
    columns: 2,
    spec: histogram(largest),
    resolve: { scale: { y: 'independent' } },
  });
}

function differenceRows({ dimensions }: JudgeAgreement) {
  return dimensions.flatMap(({ dimension, n, differences, humanDeviation }) =>
    differences.map((difference) => ({
      dimension: `${dimension.replaceAll('_', ' ')} (n = ${n})`,
      difference,
      deviation: Number.isFinite(humanDeviation) ? humanDeviation : 0,
    })),
  );
}

/** Bars around whole differences up to the largest one, behind them the band. */
function histogram(largest: number): View {
  const step = Math.ceil(largest / 5);
  const ticks = Array.from({ length: 2 * largest + 1 }, (_, i) => i - largest).filter((v) => v % step === 0);
  const extent = [-largest - 0.5, largest + 0.5] as const;
  const x: Channel = {
    axis: { values: ticks, format: 'd' },
    type: 'quantitative',
    scale: { domain: extent, nice: false },
    title: 'judge − people',
  };
  return {
    width: 240,
    height: 100,
    layer: [
      bandLayer(x),
      {
        mark: { type: 'bar', color: '#0072b2' },
        encoding: {
          x: { ...x, field: 'difference', bin: { step: 1, anchor: 0.5, extent } },
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
  };
}

/** One standard deviation to either side. */
function bandLayer(x: Channel): View {
  return {
    transform: [
      { aggregate: [{ op: 'max', field: 'deviation', as: 'high' }] },
      { calculate: '-datum.high', as: 'low' },
    ],
    mark: { type: 'rect', color: '#e4e4e4', clip: true },
    encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
  };
}
