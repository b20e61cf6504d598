// What belongs to the numbers and stands nowhere else.

import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { Shared } from '../shared.ts';
import { seedsOf } from '../synchrony/figure-notes.ts';
import { directionsIn, gatherMeasures, type Measures, madeWith } from '../synchrony/measures.ts';

export const notes = section({
  id: 'notes',
  title: 'Notes',
  needs: ['measure'],
  gather: gatherMeasures,
  body: (measures, shared) => (measures.orders.length === 0 ? null : body(measures, shared)),
});

function body(measures: Measures, { pairs }: Shared): Markup {
  const seeds = seedsOf(directionsIn(measures).map(({ result }) => madeWith(result)));
  return html`
<section id="notes">
<h2>Notes</h2>
<ul>
<li>The best target of a source layer is chosen by R² on the test rows, as in the paper. SyncR² is therefore a little
higher than it would be with a choice made on other rows.</li>
${
  seeds > 1
    ? html`<li>The error covers ${seeds} divisions of the same episodes into training and test. It does not cover other
scenarios, other simulation seeds or other training runs of a model.</li>`
    : html`<li>There is one split seed, so nothing here has an error.</li>`
}
${pairs.length > 1 && html`<li>Pairs that share a model are not independent of each other.</li>`}
${leftOutNotes(measures)}
<li>The condition number in the table is that of the centred training Gram matrix plus λ, the highest over layers and split seeds.
The higher it is, the more digits
the fit may lose; the normal equations are solved in float64, which has about 16.</li>
</ul>
</section>`;
}

/** What conditions had to leave out, one item for each condition, direction and seat order. */
function leftOutNotes(measures: Measures): Markup[] {
  return directionsIn(measures).flatMap(({ order, result: { condition, direction, leftOut } }) => {
    if (!leftOut) return [];
    const { samples, episodes, reason } = leftOut;
    const of = `${order.models.join(', ')}, ${direction.replace('->', ' → ')}`;
    return [
      html`<li>Condition ${condition} (${of}) leaves out ${samples} sample${samples !== 1 && 's'}, among them all of
${episodes} episode${episodes !== 1 && 's'}: ${reason}.</li>`,
    ];
  });
}
