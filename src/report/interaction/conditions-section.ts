// Conditions side by side: their maps (the paper's Figure 3), SyncR² without social engagement (Figure 4a) and by lag
// (Figure 4b).

import { type Condition, traitsOf } from '../../conditions/condition.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { gatherCorrelation } from '../performance/gather-correlation.ts';
import { section } from '../section.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { gatherMeasures } from '../synchrony/measures.ts';
import {
  type ConditionsData,
  conditionFigures,
  DOTS_STEM,
  directionMaps,
  measuredConditions,
} from './condition-figures.ts';
import { gatherLags, LAG_STEM, lagTables } from './lags.ts';
import { lagTable } from './lags-table.ts';
import { gatherSignificance } from './significance.ts';

export const conditions = section({
  id: 'conditions',
  title: 'Condition by condition',
  needs: ['measure', 'lags', 'significance', 'correlation'],
  gather: async (source: ReportSource): Promise<ConditionsData> => ({
    measures: await gatherMeasures(source),
    lags: await gatherLags(source),
    significance: await gatherSignificance(source),
    correlation: await gatherCorrelation(source),
  }),
  figures: conditionFigures,
  tables: lagTables,
  body,
});

/** Up to so many seat orders their maps stand in the page; beyond it they lie in the folder of figures. */
const SEAT_ORDERS_WITH_MAPS = 4;

/** Null for a study of one condition. */
function body({ measures, lags }: ConditionsData, shared: Shared, figures: DrawnFigures): Markup | null {
  const measured = measuredConditions(measures);
  if (measured.length < 2) return null;
  const { simulation, versions } = shared;
  const drawn = (stem: string, wide = false) =>
    figureOf(
      figures,
      stem,
      html`${figureLinks(stem)}; simulation seeds ${simulation.seeds.join(', ')}; interbrain ${versions.interbrain}.`,
      { wide },
    );
  const maps = directionMaps(measures).map(({ stem }) => stem);
  const shown = maps.length <= 2 * SEAT_ORDERS_WITH_MAPS;
  return html`
<section id="conditions">
<h2>Condition by condition</h2>
<p>What is paired in each condition:</p>
<dl>${measured.map(meaningOf)}</dl>
<div class="figures">${[DOTS_STEM, LAG_STEM].map((stem) => drawn(stem))}</div>
${lagTable(lags, shared)}
<details${shown && html` open`}><summary>Layer maps of all conditions, ${maps.length} directions</summary>
${
  shown
    ? maps.map((stem) => drawn(stem, true))
    : html`<ul>${maps.map((stem) => html`<li>${stem}: ${figureLinks(stem)}</li>`)}</ul>`
}</details>
</section>`;
}

function meaningOf(condition: Condition): Markup {
  return html`<dt>${condition}</dt><dd>${traitsOf(condition).meaning}</dd>`;
}
