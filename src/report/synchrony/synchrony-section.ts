// SyncR² with errors, and the layer × layer maps of each seat order side by side.

import type { Condition } from '../../conditions/condition.ts';
import {
  bootstrapText,
  bootstrapTexts,
  decimals,
  directionTitle,
  intervalText,
  samplesText,
  settingsText,
  syncR2Text,
} from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { ReportInput, SeatOrderResult } from '../page/types.ts';
import { directionStem, highestConditionNumber, pairPagePath, seatOrderStem } from './synchrony-tables.ts';

/** The drawn figures as SVG, by stem of their file names. */
export type DrawnFigures = ReadonlyMap<string, string>;

/** Name of the figure with the best target of each source layer. */
export function bestTargetsStem(order: SeatOrderResult): string {
  return `${seatOrderStem(order)}+best-targets`;
}

export function syncR2Section(input: ReportInput): Markup {
  const seeds = input.synchrony.splitSeeds.length;
  const error =
    seeds > 1 ? `± is the standard error over ${seeds} split seeds.` : 'One split seed gives no error.';
  return html`
<section id="syncr2">
<h2>SyncR²</h2>
<p class="source" id="syncr2-pairs">Synchrony of each pair of models: the mean over both directions and all simulated
seat orders. ${error}</p>
${pairTable(input, seeds)}
<h3>By direction</h3>
${folded(
  input.seatOrders.length > ORDERS_IN_VIEW && 'Every direction of every seat order',
  html`<p class="source" id="syncr2-directions">Source → target, with seats; A speaks first in every round. ${error}
${intervalNote(input)}</p>
<div class="scroll" tabindex="0"><table aria-describedby="syncr2-directions">
<thead><tr><th scope="col">Source → target</th><th scope="col">Condition</th><th scope="col" class="number">SyncR²</th>
<th scope="col" class="number">Interval</th><th scope="col">Samples, n</th><th scope="col" class="number">Condition number</th></tr></thead>
<tbody>${input.seatOrders.flatMap((order) => order.directions.map(directionRow))}
</tbody></table></div>`,
)}
${sourceLine(input)}
<p class="source">The same numbers in full: <a href="tables/syncr2-pairs.csv">syncr2-pairs.csv</a>,
<a href="tables/syncr2-directions.csv">syncr2-directions.csv</a>,
<a href="tables/best-targets.csv">best-targets.csv</a>.</p>
</section>`;
}

/** With more seat orders than this the directions are folded away. */
const ORDERS_IN_VIEW = 16;

function folded(summary: string | false, body: Markup): Markup {
  return summary ? html`<details><summary>${summary}</summary>${body}</details>` : body;
}

/** Models, settings and versions behind the numbers above. */
function sourceLine(input: ReportInput): Markup {
  const { synchrony, versions } = input;
  const models = input.models
    .map(({ name, info }) => `${name} (revision ${info.revision.slice(0, 12)})`)
    .join(', ');
  return html`<p class="source">From: ${models}; simulation seeds ${input.simulation.seeds.join(', ')}; λ =
${synchrony.lambda}, groups by ${synchrony.groupBy}, split seeds ${synchrony.splitSeeds.join(', ')}; interbrain
${versions.interbrain}, Node.js ${versions.node}, ONNX Runtime ${versions.onnxruntime}.</p>`;
}

/** The pair's name, as a link where it has a page. */
function pairLink({ pairPages }: ReportInput, models: readonly [string, string]): Markup {
  const name = html`${models[0]} × ${models[1]}`;
  const has = pairPages?.some((page) => page.models.join('\n') === models.join('\n'));
  return has ? html`<a href="${encodeURI(pairPagePath(models))}">${name}</a>` : name;
}

/** More conditions than this have a row each, unless there are more pairs still. */
const CONDITIONS_ACROSS = 4;

function pairTable(input: ReportInput, seeds: number): Markup {
  const { pairs } = input;
  const conditions = [...new Set(pairs.map((pair) => pair.condition))];
  const names = [...new Map(pairs.map(({ models }) => [models.join('\n'), models])).values()];
  const cell = (models: readonly string[], condition: Condition): Markup => {
    const found = pairs.find((p) => p.condition === condition && p.models.join('\n') === models.join('\n'));
    return html`<td class="number">${found ? withError(found.value, found.standardError, seeds) : '–'}</td>`;
  };
  const across = conditions.length <= CONDITIONS_ACROSS || names.length > conditions.length;
  const heads = across ? conditions.map((one) => html`${one}`) : names.map((one) => pairLink(input, one));
  const rows = across
    ? names.map(
        (models) => html`
<tr><th scope="row">${pairLink(input, models)}</th>${conditions.map((one) => cell(models, one))}</tr>`,
      )
    : conditions.map(
        (condition) => html`
<tr><th scope="row">${condition}</th>${names.map((models) => cell(models, condition))}</tr>`,
      );
  return html`
<div class="scroll" tabindex="0"><table class="big" aria-describedby="syncr2-pairs">
<thead><tr><th scope="col">${across ? 'Models' : 'Condition'}</th>${heads.map(
    (head) => html`<th scope="col" class="number">${head}</th>`,
  )}</tr></thead>
<tbody>${rows}
</tbody></table></div>`;
}

function directionRow(result: SynchronyResult): Markup {
  const condition = highestConditionNumber(result);
  const { value, standardError } = result.syncR2;
  return html`
<tr><th scope="row">${directionTitle(result)}</th><td>${result.condition}</td>
<td class="number">${withError(value, standardError, result.splits.length)}</td>
<td class="number">${result.bootstrap ? intervalText(result.bootstrap) : '–'}</td><td>${samplesText(result).replace('n = ', '')}</td>
<td class="number">${Number.isNaN(condition) ? '–' : condition.toExponential(1)}</td></tr>`;
}

/** How the intervals were made; the number of interactions may differ between directions. */
function intervalNote({ seatOrders }: ReportInput): string {
  const results = seatOrders.flatMap(({ directions }) => directions);
  const notes = bootstrapTexts(
    results.flatMap(({ bootstrap, groupBy }) => (bootstrap ? [{ interval: bootstrap, groupBy }] : [])),
  );
  return notes.map((note) => `${note}, the fitted maps held fixed.`).join(' ');
}

function withError(value: number, standardError: number, seeds: number): string {
  return seeds > 1 ? `${decimals(value)} ± ${decimals(standardError)}` : decimals(value);
}

/** With more seat orders than this the maps stand on the pairs' pages alone. */
const MAPS_ON_PAGE = 8;

export function heatmapSection(input: ReportInput, figures: DrawnFigures): Markup {
  if (input.seatOrders.length > MAPS_ON_PAGE && input.pairPages)
    return html`
<section id="maps">
<h2>Layer by layer</h2>
<p>How well each layer of one model predicts each layer of the other stands on the page of each pair:</p>
<ul>${input.pairPages.map(({ models }) => html`<li>${pairLink(input, models)}</li>`)}</ul>
</section>`;
  return html`
<section id="maps">
<h2>Layer by layer</h2>
<p>How well each layer of one model predicts each layer of the other. Both maps of a seat order have one colour
scale. <a href="#reading">How to read them</a> stands below.</p>
${input.seatOrders.map((order) => seatOrderFigures(order, figures, input))}
</section>`;
}

/** @param root the way from the page to the report's folder: `../` from a page in a folder of its own */
export function seatOrderFigures(
  order: SeatOrderResult,
  figures: DrawnFigures,
  input: ReportInput,
  root: string = '',
): Markup {
  const [a, b] = order.models;
  const versions = `interbrain ${input.versions.interbrain}`;
  const best = bestTargetsStem(order);
  return html`
<h3>${a} speaks first, ${b} second: ${order.condition}</h3>
<div class="figures">${order.directions.map((result) => heatmapFigure(order, result, figures, versions, root))}
</div>
<details><summary>R² at the best target of each source layer, with every split seed</summary>
<figure>${drawn(figures, best)}
<figcaption>${figureLinks(best, root)}; ${versions}.</figcaption></figure></details>`;
}

function heatmapFigure(
  order: SeatOrderResult,
  result: SynchronyResult,
  figures: DrawnFigures,
  versions: string,
  root: string,
): Markup {
  const stem = directionStem(order, result);
  const error = syncR2Text(result.syncR2, result.splits);
  const { bootstrap, groupBy } = result;
  const interval = bootstrap && `; ${intervalText(bootstrap)}: ${bootstrapText(bootstrap, groupBy)}`;
  return html`
<figure>${drawn(figures, stem)}
<figcaption>${directionTitle(result)}: SyncR² ${error}${interval ?? ''}; ${settingsText(result).join('; ')}; ${versions}.
${figureLinks(stem, root)}, <a href="${root}tables/r2+${encodeURI(stem)}.csv">all values</a></figcaption></figure>`;
}

function drawn(figures: DrawnFigures, stem: string): Markup {
  return trusted(fluidSvg(figures.get(stem) ?? ''));
}
