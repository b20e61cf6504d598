// The section "Is it interaction?" of the first page, which sums up a page of its own.

import { pairLabel } from '../../figures/correlation-text.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import { gatherPart, type PartDirection, pairParts } from '../sensitivity/parts.ts';
import { type SharedText, sharedTextOf } from '../sensitivity/text-left.ts';
import { pairCount, type Shared, samePair } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { gatherMeasures, type Measures } from '../synchrony/measures.ts';
import { type Conclusion, concludeFrom } from './conclusions.ts';
import { interactionFigures, PAIRS_STEM } from './interaction-figures.ts';
import { interactionPage } from './interaction-page.ts';
import { interactionTables } from './interaction-tables.ts';
import { gatherSignificance, type PairSignificance, type SignificanceReport } from './significance.ts';

export interface Interaction {
  /** Undefined if no pair is tested. */
  readonly report: SignificanceReport | undefined;
  readonly text: readonly PartDirection<'text'>[];
  readonly measures: Measures;
}

export const interaction = section({
  id: 'interaction',
  title: 'Is it interaction?',
  needs: ['significance', 'measure', 'sensitivity'],
  gather: async (source: ReportSource): Promise<Interaction> => ({
    report: await gatherSignificance(source),
    text: await gatherPart(source, 'text'),
    measures: await gatherMeasures(source),
  }),
  figures: ({ report }, shared) => (report ? interactionFigures(report, shared) : []),
  tables: ({ report }) => (report ? interactionTables(report) : []),
  body: ({ report, text }, shared, figures) => (report ? body(report, text, shared, figures) : null),
  pages({ report, text, measures }, shared, figures) {
    if (!report) return [];
    const conclude = (pair: PairSignificance) => conclusionOf(pair, report, text, shared);
    return [['interaction.html', interactionPage({ report, measures, conclude, shared, figures })]];
  },
});

/** What the text baselines say of the pair, if they were made in all its directions. */
function sharedText(
  { models }: PairSignificance,
  text: readonly PartDirection<'text'>[],
  shared: Shared,
  level: number,
): SharedText | undefined {
  const part = pairParts(text, shared).find((one) => samePair(one.models, models));
  return part && sharedTextOf(part, level);
}

function conclusionOf(
  pair: PairSignificance,
  { alpha, level }: SignificanceReport,
  text: readonly PartDirection<'text'>[],
  shared: Shared,
): Conclusion {
  return concludeFrom(pair.conditions, alpha, sharedText(pair, text, shared, level));
}

function body(
  report: SignificanceReport,
  text: readonly PartDirection<'text'>[],
  shared: Shared,
  figures: DrawnFigures,
): Markup {
  const tested = pairCount(report.pairs.length, shared);
  return html`
<section id="interaction">
<h2>Is it interaction?</h2>
${report.pairs.map(
  (pair) => html`
<p><strong>${pairLabel(pair.models)}.</strong> ${conclusionOf(pair, report, text, shared).verdict}</p>`,
)}${
  tested.length > 0 &&
  html`
<p>${tested.join('')} are tested in all their directions.</p>`
}
${figureOf(figures, PAIRS_STEM, html`All model pairs. ${figureLinks(PAIRS_STEM)}`)}
<p><a href="interaction.html">All conditions side by side, with their tests and what they rest on</a></p>
</section>`;
}
