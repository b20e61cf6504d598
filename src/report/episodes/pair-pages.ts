// One page per pair of models: from the layer maps to the layer pairs, to the episodes, to the turns with the scores
// beside them.

import { overallScore } from '../../evaluation/dimensions.ts';
import { episodeScore } from '../../evaluation/performance.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals, directionTitle, intervalText, withError } from '../../figures/number-text.ts';
import { shownPair } from '../../pairs/layers.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import type { DrawnFigures } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { type PageSection, pageText } from '../page/page.ts';
import { toyStatement } from '../page/toys.ts';
import { gatherCorrelation } from '../performance/gather-correlation.ts';
import { section } from '../section.ts';
import { type ModelNames, type Shared, samePair } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { seedsOf } from '../synchrony/figure-notes.ts';
import { seatOrderFigures } from '../synchrony/maps-section.ts';
import {
  directionsIn,
  gatherMeasures,
  type Measures,
  madeWith,
  type SeatOrderResult,
} from '../synchrony/measures.ts';
import { directionStem, pairPagePath } from '../synchrony/stems.ts';
import { chooseSome, gatherTranscripts, ofPair, type Transcript } from './gather-transcripts.ts';
import { episodeAnchor, transcriptArticle } from './transcript.ts';

interface PairPages {
  readonly measures: Measures;
  readonly episodes: readonly Transcript[];
  readonly correlation: CorrelationResult | undefined;
  /** How many conversations a page shows. */
  readonly transcripts: number;
}

/** Nothing on the first page but links to these. */
export const pairPages = section({
  id: 'pairs',
  title: 'Pairs of models',
  needs: ['episodes', 'measure', 'judgements', 'correlation'],
  gather: async (source: ReportSource): Promise<PairPages> => ({
    measures: await gatherMeasures(source),
    episodes: await gatherTranscripts(source),
    correlation: await gatherCorrelation(source),
    transcripts: source.study.report.transcripts,
  }),
  body: () => null,
  pages: (data, shared, figures) =>
    shared.pairs.map((models) => [pairPagePath(models), pairPage(models, data, shared, figures)] as const),
});

/** The page as HTML; figures and tables are found one folder up. */
function pairPage(models: ModelNames, data: PairPages, shared: Shared, figures: DrawnFigures): string {
  const heading = pairLabel(models);
  const orders = data.measures.orders.filter((order) => samePair(order.models, models));
  const episodes = ofPair(data.episodes, models);
  const shown = chooseSome(episodes, data.transcripts);
  const sections: PageSection[] = [
    { id: 'summary', title: 'In short', body: summary(models, data, episodes.length, shared) },
    { id: 'maps', title: 'Layer by layer', body: maps(orders, figures, shared) },
    { id: 'episodes', title: 'Episodes', body: episodeList(episodes, shown) },
    { id: 'transcripts', title: 'Conversations', body: conversations(episodes, shown) },
  ];
  return pageText({
    title: `${heading}: ${shared.study}`,
    heading,
    statement: toyStatement(shared),
    sections,
    version: shared.versions.interbrain,
  });
}

function summary(models: ModelNames, data: PairPages, episodes: number, shared: Shared): Markup {
  return html`
<section id="summary">
<h2>In short</h2>
<p>A pair of the study <a href="../index.html">${shared.study}</a>, ${models[0] === models[1] ? 'one seat order, the model with itself' : 'in both seat orders'}: ${episodes} episodes.</p>
<dl>${[...synchronyRows(models, data.measures), ...performanceRows(models, data.correlation)].map(
    ([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`,
  )}</dl>
</section>`;
}

type Row = readonly [term: string, text: string];

function synchronyRows(models: ModelNames, measures: Measures): Row[] {
  return measures.pairs
    .filter((pair) => samePair(pair.models, models))
    .map((pair) => {
      const own = directionsIn(measures).filter(
        ({ order }) => order.condition === pair.condition && samePair(order.models, models),
      );
      const seeds = seedsOf(own.map(({ result }) => madeWith(result)));
      const error = seeds > 1 ? ` (published standard error over ${seeds} split seeds)` : '';
      return [`SyncR², ${pair.condition}`, `${withError(pair, seeds)}${error}`];
    });
}

function performanceRows(models: ModelNames, correlation: CorrelationResult | undefined): Row[] {
  const found = correlation?.pairs.find((pair) => samePair(pair.models, models));
  if (!found) return [];
  const { performance, judged, failed, dimensions } = found;
  const failures = failed > 0 ? `, ${failed} failed` : '';
  return [
    ['Social performance', `${decimals(performance, 2)} (mean of ${judged} judged episodes${failures})`],
    ...Object.entries(dimensions).map(([name, score]): Row => [name, decimals(score, 2)]),
  ];
}

function maps(orders: readonly SeatOrderResult[], figures: DrawnFigures, shared: Shared): Markup | null {
  if (orders.length === 0) return null;
  return html`
<section id="maps">
<h2>Layer by layer</h2>
<p>How well each layer of one model predicts each layer of the other; the black boxes are the layer pairs listed below
each map. All <a href="#episodes">episodes</a> of a seat order went into its maps.
<a href="../index.html#reading">How to read them</a>.</p>
${orders.map(
  (order) => html`${seatOrderFigures(order, figures, shared, '../')}
${order.directions.map((result) => layerPairTable(order, result))}`,
)}
</section>`;
}

/** The boxed cells of a map. */
function layerPairTable(order: SeatOrderResult, result: SynchronyResult): Markup {
  const { targetLayers, syncR2, meanR2, intervals: found } = result;
  const stem = directionStem(order, result);
  const intervals = new Map(found?.cells.map((cell) => [cell.source * targetLayers + cell.target, cell]));
  const rows = syncR2.bestTarget.map((target, source) => {
    const cell = source * targetLayers + target;
    const interval = intervals.get(cell);
    return html`
<tr><th scope="row">${shownPair(result, cell).join(' → ')}</th><td class="number">${decimals(meanR2[cell] ?? Number.NaN)}</td>
<td class="number">${intervalText(interval)}</td></tr>`;
  });
  return html`
<details id="layers-${encodeURIComponent(stem)}"><summary>${directionTitle(result)}: the best target of each source layer</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Source → target layer</th><th scope="col" class="number">R²</th><th scope="col" class="number">Interval</th></tr></thead>
<tbody>${rows}
</tbody></table></div>
<p class="source"><a href="../tables/r2+${encodeURI(stem)}.csv">All layer pairs with every split seed</a>; the
<a href="#episodes">episodes</a> behind them.</p></details>`;
}

function episodeList(all: readonly Transcript[], shown: readonly Transcript[]): Markup {
  const scored = all.some(({ judgement }) => judgement !== undefined);
  const anchors = new Set(shown.map(({ episode }) => episodeAnchor(episode)));
  return html`
<section id="episodes">
<h2>Episodes</h2>
<p class="source" id="episode-table">All episodes of the pair${scored ? ', with the mean score of each agent and of both' : ''}.
A speaks first. Linked ones stand <a href="#transcripts">below</a> in full; all lie in <code>episodes/</code> of the run.</p>
<details${all.length <= 60 && html` open`}><summary>${all.length} episodes</summary>
<div class="scroll" tabindex="0"><table aria-describedby="episode-table">
<thead><tr><th scope="col">Interaction</th><th scope="col">A, B</th><th scope="col" class="number">Seed</th>
<th scope="col" class="number">Rounds</th><th scope="col">Ended</th>${
    scored &&
    html`<th scope="col" class="number">A</th><th scope="col" class="number">B</th><th scope="col" class="number">Both</th>`
  }</tr></thead>
<tbody>${all.map((one) => episodeRow(one, anchors, scored))}
</tbody></table></div></details>
</section>`;
}

function episodeRow(
  { episode, judgement }: Transcript,
  anchors: ReadonlySet<string>,
  scored: boolean,
): Markup {
  const { models, seed, interaction, turns, ending } = episode;
  const id = episodeAnchor(episode);
  const name = anchors.has(id) ? html`<a href="#${id}">${interaction}</a>` : interaction;
  return html`
<tr><th scope="row">${name}</th><td>${models.join(', ')}</td><td class="number">${seed}</td><td class="number">${turns.at(-1)?.round ?? 0}</td>
<td>${ending === 'rounds' ? 'rounds over' : ending}</td>${scored && scoreCells(judgement)}</tr>`;
}

function scoreCells(judgement: Judgement | undefined): Markup {
  if (judgement?.status !== 'judged')
    return html`<td class="words" colspan="3">${judgement ? `failed: ${judgement.failure}` : 'not judged'}</td>`;
  const cells = [...judgement.agents.map(overallScore), episodeScore(judgement)];
  return html`${cells.map((score) => html`<td class="number">${decimals(score, 2)}</td>`)}`;
}

function conversations(all: readonly Transcript[], shown: readonly Transcript[]): Markup | null {
  if (shown.length === 0) return null;
  return html`
<section id="transcripts">
<h2>Conversations</h2>
<p>${shown.length} of ${all.length} episodes, spread over seat orders and interactions whatever their scores.
Each agent saw its own goal alone. <a href="#episodes">All episodes</a>.</p>
${shown.map((transcript) => transcriptArticle(transcript, { id: episodeAnchor(transcript.episode) }))}
</section>`;
}
