// SyncR² by lag as a table of the page.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { decimals, intervalText, lambdaText } from '../../figures/number-text.ts';
import { html, type Markup } from '../page/html.ts';
import type { Shared } from '../shared.ts';
import { each, splitsText } from '../synchrony/figure-notes.ts';
import { pairLink } from '../synchrony/pair-link.ts';
import { type LagDirection, lagIntervals, lagRows, pairLags } from './lags.ts';

/** Null without a lag. */
export function lagTable(directions: readonly LagDirection[], shared: Shared): Markup | null {
  const pairs = pairLags(directions, shared);
  if (pairs.length === 0) return null;
  const numbers = pairs.flatMap((pair) => pair.directions);
  const lags = [...new Set(pairs.flatMap(({ points }) => points.map(({ lag }) => lag)))];
  const origins = lagIntervals(pairs);
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="lags-note">
<thead><tr><th scope="col">Models</th>${lags.map(
    (lag) => html`<th scope="col" class="number">${lag === 0 ? INTERACTIVE : `lag ${lag}`}</th>`,
  )}</tr></thead>
<tbody>${pairs.map(
    ({ models, points }) => html`
<tr><th scope="row">${pairLink(models)}</th>${lags.map((lag) => {
      const point = points.find((one) => one.lag === lag);
      if (!point) return html`<td class="number">–</td>`;
      const { value, interval } = point;
      return html`<td class="number">${decimals(value)} ${interval ? intervalText(interval) : ''}</td>`;
    })}</tr>`,
  )}
</tbody></table></div>
<p class="source" id="lags-note">SyncR² by lag, each lag fitted and tested on the rows that all of them have: ${lagRows(pairs)}.
A lag has fewer rows than the interactive condition, and fewer training rows alone lower SyncR²; so these numbers are not
those above. ${origins.length > 0 ? `In brackets: ${origins.join('; ')}, the fitted maps held fixed. ` : ''}Mean over
directions and seat orders; groups by ${each(numbers.map(({ groupBy }) => groupBy))}; ${splitsText(numbers)};
${lambdaText(numbers.map(({ lambda }) => lambda))}. In full: <a href="tables/lags.csv">lags.csv</a>.</p>`;
}
