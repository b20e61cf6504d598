// The layer × layer maps of each seat order side by side, with the best target of each source layer.

import { bestTarget } from '../../figures/best-target.ts';
import {
  directionTitle,
  intervalOrigins,
  intervalText,
  settingsText,
  syncR2Text,
} from '../../figures/number-text.ts';
import { sharedDomain, synchronyHeatmap } from '../../figures/synchrony-heatmap.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { anyToy } from '../page/toys.ts';
import { type Figure, section } from '../section.ts';
import type { Shared } from '../shared.ts';
import { directionsIn, gatherMeasures, type Measures, type SeatOrderResult } from './measures.ts';
import { pairLink } from './pair-link.ts';
import { bestTargetsStem, directionStem } from './stems.ts';
import { r2Table } from './syncr2-tables.ts';

export const maps = section({
  id: 'maps',
  title: 'Layer by layer',
  needs: ['measure'],
  gather: gatherMeasures,
  figures: (measures, shared) => measures.orders.flatMap((order) => orderFigures(order, shared)),
  tables: (measures) =>
    directionsIn(measures).map(
      ({ order, result }) => [`tables/r2+${directionStem(order, result)}.csv`, r2Table(result)] as const,
    ),
  body,
});

/** With more seat orders than this the maps stand on the pairs' pages alone. */
const MAPS_ON_PAGE = 8;

function orderFigures(order: SeatOrderResult, shared: Shared): Figure[] {
  const toy = anyToy(shared, order.models);
  const domain = sharedDomain(order.directions);
  return [
    ...order.directions.map(
      (result): Figure => [directionStem(order, result), synchronyHeatmap(result, { domain, toy })],
    ),
    [bestTargetsStem(order), bestTarget(order.directions, toy)],
  ];
}

function body({ orders }: Measures, shared: Shared, figures: DrawnFigures): Markup | null {
  if (orders.length === 0) return null;
  if (orders.length > MAPS_ON_PAGE)
    return html`
<section id="maps">
<h2>Layer by layer</h2>
<p>How well each layer of one model predicts each layer of the other stands on the page of each pair:</p>
<ul>${shared.pairs.map((models) => html`<li>${pairLink(models)}</li>`)}</ul>
</section>`;
  return html`
<section id="maps">
<h2>Layer by layer</h2>
<p>How well each layer of one model predicts each layer of the other. Both maps of a seat order have one colour
scale. <a href="#reading">How to read them</a> stands below.</p>
${orders.map((order) => seatOrderFigures(order, figures, shared))}
</section>`;
}

/** @param root the way from the page to the report's folder: `../` from a page in a folder of its own */
export function seatOrderFigures(
  order: SeatOrderResult,
  figures: DrawnFigures,
  shared: Shared,
  root: string = '',
): Markup {
  const [a, b] = order.models;
  const versions = `interbrain ${shared.versions.interbrain}`;
  const best = bestTargetsStem(order);
  return html`
<h3>${a} speaks first, ${b} second: ${order.condition}</h3>
<div class="figures">${order.directions.map((result) => heatmapFigure(order, result, figures, versions, root))}
</div>
<details><summary>R² at the best target of each source layer, with every split seed</summary>${figureOf(
    figures,
    best,
    html`${figureLinks(best, root)}; ${versions}.`,
  )}</details>`;
}

function heatmapFigure(
  order: SeatOrderResult,
  result: SynchronyResult,
  figures: DrawnFigures,
  versions: string,
  root: string,
): Markup | null {
  const stem = directionStem(order, result);
  const error = syncR2Text(result.syncR2, result.splits);
  const { intervals, groupBy } = result;
  const origin = intervals && intervalOrigins([{ interval: intervals.syncR2, groupBy }]);
  const interval = intervals && `; ${intervalText(intervals.syncR2)}: ${origin}`;
  const caption = html`${directionTitle(result)}: SyncR² ${error}${interval ?? ''}; ${settingsText(result).join('; ')}; ${versions}.
${figureLinks(stem, root)}, <a href="${root}tables/r2+${encodeURI(stem)}.csv">all values</a>`;
  return figureOf(figures, stem, caption);
}
