// How to read the maps.

import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import { gatherMeasures } from '../synchrony/measures.ts';

export const reading = section({
  id: 'reading',
  title: 'How to read the maps',
  needs: ['measure'],
  gather: async (source) => (await gatherMeasures(source)).orders.length > 0,
  body: (isMeasured) => (isMeasured ? body() : null),
});

function body(): Markup {
  return html`
<section id="reading">
<h2>How to read the maps</h2>
<ul>
<li><strong>A cell</strong> is one layer of the source (across) and one layer of the target (upward). A ridge
regression from the source’s state to the target’s was fitted on some interactions and tested on others. Colour is R²
on the test rows, averaged over the target’s dimensions and the split seeds: 1 is a perfect prediction, 0 is no better
than naming the target’s mean.</li>
<li><strong>A → B</strong> takes both states from the same round: A is about to speak, then B is about to answer.
<strong>B → A</strong> takes B’s state and A’s in the next round. A control condition shifts or replaces one of the
two.</li>
<li><strong>Gray</strong> cells are below 0: the fitted map does worse than the mean.</li>
<li><strong>A black box</strong> marks the best target of each source layer. SyncR² is the mean of the boxed values over
source layers, with those below 0 counted as 0.</li>
<li><strong>What it does not tell.</strong> Both speakers read the same scenario and the same dialogue, and that alone
lets one state predict the other. How much of it comes from taking part in the conversation shows only in comparison
with control conditions.</li>
</ul>
</section>`;
}
