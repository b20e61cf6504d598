// Synchrony against social performance (paper §5): scatter plot, correlations by family group, partial correlations
// (Table 1), dimensions, and what one model does to it all.

import { pairLabel } from '../../figures/correlation-text.ts';
import { dimensionCorrelations } from '../../figures/dimension-correlations.ts';
import { lambdaText, percent, rangeText } from '../../figures/number-text.ts';
import { synchronyPerformance } from '../../figures/synchrony-performance.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNames } from '../page/toys.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import { gatherPart, type PartDirection } from '../sensitivity/parts.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { splitsText } from '../synchrony/figure-notes.ts';
import {
  gatherMeasures,
  interactiveResults,
  type MadeWith,
  type Measures,
  madeWith,
} from '../synchrony/measures.ts';
import { correlationTables } from './correlation-csv.ts';
import { dimensionTable, groupTable, leaveOneOutTable, pairTable, partialTable } from './correlation-html.ts';
import { gatherCorrelation } from './gather-correlation.ts';
import {
  type TopKCorrelation,
  topKCorrelationCsv,
  topKCorrelationFigure,
  topKCorrelations,
} from './top-k-correlation.ts';

export interface Performance {
  readonly correlation: CorrelationResult | undefined;
  readonly measures: Measures;
  readonly aggregation: readonly PartDirection<'aggregation'>[];
}

const PERFORMANCE_STEM = 'synchrony-performance';
const DIMENSIONS_STEM = 'dimension-correlations';
const TOP_K_STEM = 'correlation-top-k';

export const performance = section({
  id: 'performance',
  title: 'Synchrony and social performance',
  needs: ['correlation', 'measure', 'sensitivity'],
  gather: async (source: ReportSource): Promise<Performance> => ({
    correlation: await gatherCorrelation(source),
    measures: await gatherMeasures(source),
    aggregation: await gatherPart(source, 'aggregation'),
  }),
  figures,
  tables,
  body,
});

/** What SyncR² was made with, for subtitles. */
function settingsOf({ measures }: Performance, { simulation, scenarios }: Shared): string[] {
  const numbers = interactiveResults(measures).map(madeWith);
  return [
    'condition interactive',
    ...sampleNote(numbers),
    `${scenarios.interactions} interactions, simulation seed${simulation.seeds.length > 1 ? 's' : ''} ${simulation.seeds.join(', ')}`,
    ...(numbers.length > 0 ? [splitsText(numbers), lambdaText(numbers.map(({ lambda }) => lambda))] : []),
  ];
}

/** How many samples the directions have: one number where they are equal, as they should be to be correlated. */
function sampleNote(numbers: readonly MadeWith[]): string[] {
  return numbers.length === 0 ? [] : [`n = ${rangeText(numbers.map(({ samples }) => samples))} a direction`];
}

function topKOf({ aggregation, correlation }: Performance, shared: Shared): TopKCorrelation[] {
  return correlation ? topKCorrelations(correlation, aggregation, shared) : [];
}

function figures(data: Performance, shared: Shared): Figure[] {
  const { correlation, measures, aggregation } = data;
  if (!correlation || correlation.pairs.length === 0) return [];
  const options = { toy: toyNames(shared).length > 0, settings: settingsOf(data, shared) };
  const byK = topKOf(data, shared);
  return [
    [PERFORMANCE_STEM, synchronyPerformance(correlation, options)],
    ...(byK.length > 0
      ? [[TOP_K_STEM, topKCorrelationFigure(byK, { correlation, aggregation, measures }, shared)] as const]
      : []),
    [DIMENSIONS_STEM, dimensionCorrelations(correlation, options)],
  ];
}

function tables(data: Performance, shared: Shared): TextFile[] {
  if (!data.correlation) return [];
  const byK = topKOf(data, shared);
  return [
    ...correlationTables(data.correlation),
    ...(byK.length > 0 ? [['tables/correlation-top-k.csv', topKCorrelationCsv(byK)] as const] : []),
  ];
}

function body(data: Performance, shared: Shared, drawn: DrawnFigures): Markup | null {
  const { correlation } = data;
  if (!correlation) return null;
  const { pairs, judge, level } = correlation;
  const judged = pairs.reduce((sum, pair) => sum + pair.judged, 0);
  const settings = settingsOf(data, shared).join('; ');
  const figure = (stem: string) =>
    figureOf(drawn, stem, html`${settings}; interbrain ${shared.versions.interbrain}. ${figureLinks(stem)}`);
  return html`
<section id="performance">
<h2>Synchrony and social performance</h2>
<p>Does synchrony tell how well two models get on? Each point is a pair of models: its SyncR² and the mean score of its
${judged} judged episodes (judge: ${judge}), over interactions, seeds and both seat orders.${failedText(correlation)}</p>
${figure(PERFORMANCE_STEM)}
<h3>Correlations</h3>
<p class="source" id="correlation-table">Pearson’s r and Spearman’s ρ. Pairs that share a model are not independent: the ${percent(level)}
intervals are by leaving out all pairs of one model after another (Fisher’s z, t with one degree of freedom less than
there are models), and two-sided p by t is too small; “permuted” is p when the models’ labels
are permuted, each model’s pair with itself included, and models of a family stay in it across families.</p>
${groupTable(correlation)}
${partialTable(correlation)}
<h3>By dimension</h3>
${figure(DIMENSIONS_STEM)}
${dimensionTable(correlation)}
${topKPart(figure(TOP_K_STEM))}
${leaveOneOutTable(correlation)}
${pairTable(correlation)}
${tableLinks(correlation)}
</section>`;
}

function tableLinks(correlation: CorrelationResult): Markup {
  const links = correlationTables(correlation).map(
    ([path], i) => html`${i > 0 && ', '}<a href="${path}">${path.replace('tables/', '')}</a>`,
  );
  return html`<p class="source">The same numbers in full: ${links}.</p>`;
}

/** Null where no study looked at it. */
function topKPart(figure: Markup | null): Markup | null {
  if (figure === null) return null;
  return html`
<h3>By the number of target layers</h3>
<p>SyncR² takes each source layer’s best target layer alone. With the mean of the k best ones in its place:</p>
${figure}
<p class="source"><a href="tables/correlation-top-k.csv">correlation-top-k.csv</a></p>`;
}

function failedText({ pairs, leftOut }: CorrelationResult): string {
  const failed = [...pairs, ...leftOut].reduce((sum, pair) => sum + pair.failed, 0);
  const none = leftOut.map(({ models }) => pairLabel(models)).join(', ');
  return (
    (failed > 0
      ? ` ${failed} judgement${failed > 1 ? 's' : ''} failed and count${failed > 1 ? '' : 's'} nowhere.`
      : '') + (none === '' ? '' : ` Left out, since none of their episodes is judged: ${none}.`)
  );
}
