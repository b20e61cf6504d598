// One page per pair of models: from the layer maps to the layer pairs, to the episodes, to the turns with the scores
// beside them.

import { overallScore } from '../../evaluation/dimensions.ts';
import { episodeScore } from '../../evaluation/performance.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { decimals, directionTitle } from '../../figures/number-text.ts';
import { pairName } from '../../recordings/layout.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { html, type Markup } from '../page/html.ts';
import { pageText, type Section } from '../page/page.ts';
import type { PairEpisode, PairPage, ReportInput, SeatOrderResult } from '../page/types.ts';
import { type DrawnFigures, seatOrderFigures } from '../synchrony/synchrony-section.ts';
import { directionStem } from '../synchrony/synchrony-tables.ts';
import { transcriptArticle } from './transcript.ts';

/** The page as HTML; figures and tables are found one folder up. */
export function pairPageText(
  pair: PairPage,
  input: ReportInput,
  figures: DrawnFigures,
  statement: Markup | null,
): string {
  const heading = pair.models.join(' × ');
  const orders = input.seatOrders.filter(({ models }) => isPair(models, pair.models));
  const sections: Section[] = [
    { id: 'summary', title: 'In short', body: summary(pair, input) },
    { id: 'maps', title: 'Layer by layer', body: maps(orders, figures, input) },
    { id: 'episodes', title: 'Episodes', body: episodeList(pair) },
    { id: 'transcripts', title: 'Conversations', body: conversations(pair) },
  ];
  return pageText({
    title: `${heading}: ${input.study}`,
    heading,
    statement,
    sections,
    version: input.versions.interbrain,
  });
}

function isPair([a, b]: readonly [string, string], [first, second]: readonly [string, string]): boolean {
  return (a === first && b === second) || (a === second && b === first);
}

type Judged = Extract<Judgement, { status: 'judged' }>;

function isJudged(judgement: Judgement | undefined): judgement is Judged {
  return judgement?.status === 'judged';
}

function summary(pair: PairPage, input: ReportInput): Markup {
  const synchrony = input.pairs.filter(({ models }) => isPair(models, pair.models));
  const performance = input.correlation?.pairs.find(({ models }) => isPair(models, pair.models));
  const seeds = input.synchrony.splitSeeds.length;
  const rows: (readonly [string, string])[] = synchrony.map(({ condition, value, standardError }) => [
    `SyncR², ${condition}`,
    seeds > 1
      ? `${decimals(value)} ± ${decimals(standardError)} (standard error over ${seeds} split seeds)`
      : decimals(value),
  ]);
  if (performance) {
    const { judged, failed } = performance;
    const failures = failed > 0 ? `, ${failed} failed` : '';
    rows.push([
      'Social performance',
      `${decimals(performance.performance, 2)} (mean of ${judged} judged episodes${failures})`,
    ]);
    for (const [name, score] of Object.entries(performance.dimensions)) rows.push([name, decimals(score, 2)]);
  }
  return html`
<section id="summary">
<h2>In short</h2>
<p>A pair of the study <a href="../index.html">${input.study}</a>, in both seat orders: ${pair.episodes.length} episodes.</p>
<dl>${rows.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>
</section>`;
}

function maps(orders: readonly SeatOrderResult[], figures: DrawnFigures, input: ReportInput): Markup {
  return html`
<section id="maps">
<h2>Layer by layer</h2>
<p>How well each layer of one model predicts each layer of the other; the black boxes are the layer pairs listed below
each map. All <a href="#episodes">episodes</a> of a seat order went into its maps.
<a href="../index.html#reading">How to read them</a>.</p>
${orders.map(
  (order) => html`${seatOrderFigures(order, figures, input, '../')}
${order.directions.map((result) => layerPairTable(order, result))}`,
)}
</section>`;
}

/** The boxed cells of a map. */
function layerPairTable(order: SeatOrderResult, result: SynchronyResult): Markup {
  const { targetLayers, syncR2, meanR2, bootstrap } = result;
  const stem = directionStem(order, result);
  const intervals = new Map(bootstrap?.cells.map((cell) => [cell.source * targetLayers + cell.target, cell]));
  const rows = syncR2.bestTarget.map((target, source) => {
    const cell = source * targetLayers + target;
    const interval = intervals.get(cell);
    const [low, high] = interval?.bca ?? interval?.percentile ?? [Number.NaN, Number.NaN];
    return html`
<tr><th scope="row">${source + 1} → ${target + 1}</th><td class="number">${decimals(meanR2[cell] ?? Number.NaN)}</td>
<td class="number">${Number.isNaN(low) ? '–' : `[${decimals(low)}, ${decimals(high)}]`}</td></tr>`;
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

/** Of an episode's transcript on the page. */
function anchor({ models, seed, interaction }: Pick<PairEpisode, 'models' | 'seed' | 'interaction'>): string {
  return `episode-${encodeURIComponent(`${pairName(models)}-${seed}-${interaction}`)}`;
}

function episodeList({ episodes, transcripts }: PairPage): Markup {
  const shown = new Set(transcripts.map(({ episode }) => anchor(episode)));
  const scored = episodes.some(({ judgement }) => judgement !== undefined);
  const row = (episode: PairEpisode): Markup => {
    const id = anchor(episode);
    const { models, seed, interaction, rounds, ending } = episode;
    const name = shown.has(id) ? html`<a href="#${id}">${interaction}</a>` : interaction;
    return html`
<tr><th scope="row">${name}</th><td>${models.join(', ')}</td><td class="number">${seed}</td><td class="number">${rounds}</td>
<td>${ending === 'rounds' ? 'rounds over' : ending}</td>${scored && scoreCells(episode.judgement)}</tr>`;
  };
  return html`
<section id="episodes">
<h2>Episodes</h2>
<p class="source" id="episode-table">All episodes of the pair${scored ? ', with the mean score of each agent and of both' : ''}.
A speaks first. Linked ones stand <a href="#transcripts">below</a> in full; all lie in <code>episodes/</code> of the run.</p>
<details${episodes.length <= 60 && html` open`}><summary>${episodes.length} episodes</summary>
<div class="scroll" tabindex="0"><table aria-describedby="episode-table">
<thead><tr><th scope="col">Interaction</th><th scope="col">A, B</th><th scope="col" class="number">Seed</th>
<th scope="col" class="number">Rounds</th><th scope="col">Ended</th>${
    scored &&
    html`<th scope="col" class="number">A</th><th scope="col" class="number">B</th><th scope="col" class="number">Both</th>`
  }</tr></thead>
<tbody>${episodes.map(row)}
</tbody></table></div></details>
</section>`;
}

function scoreCells(judgement: Judgement | undefined): Markup {
  if (!isJudged(judgement))
    return html`<td class="words" colspan="3">${judgement ? `failed: ${judgement.failure}` : 'not judged'}</td>`;
  const cells = [...judgement.agents.map(overallScore), episodeScore(judgement)];
  return html`${cells.map((score) => html`<td class="number">${decimals(score, 2)}</td>`)}`;
}

function conversations({ transcripts, episodes }: PairPage): Markup | null {
  if (transcripts.length === 0) return null;
  return html`
<section id="transcripts">
<h2>Conversations</h2>
<p>${transcripts.length} of ${episodes.length} episodes, spread over seat orders and interactions whatever their scores.
Each agent saw its own goal alone. <a href="#episodes">All episodes</a>.</p>
${transcripts.map((transcript) => transcriptArticle(transcript, { id: anchor(transcript.episode) }))}
</section>`;
}
