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
import { gatherOwnPast, type OwnPastDirection, ownPastOf } from './own-past.ts';
import { gatherSignificance, type PairSignificance, type SignificanceReport } from './significance.ts';

export interface Interaction {
  /** Undefined if no pair is tested. */
  readonly report: SignificanceReport | undefined;
  readonly text: readonly PartDirection<'text'>[];
  readonly past: readonly OwnPastDirection[];
  readonly measures: Measures;
}

export const interaction = section({
  id: 'interaction',
  title: 'Is it interaction?',
  needs: ['significance', 'measure', 'sensitivity', 'own-past'],
  gather: async (source: ReportSource): Promise<Interaction> => ({
    report: await gatherSignificance(source),
    text: await gatherPart(source, 'text'),
    past: await gatherOwnPast(source),
    measures: await gatherMeasures(source),
  }),
  figures: ({ report }, shared) => (report ? interactionFigures(report, shared) : []),
  tables: ({ report }) => (report ? interactionTables(report) : []),
  body: (all, shared, figures) => (all.report ? body(all, all.report, shared, figures) : null),
  pages(all, shared, figures) {
    const { report, measures } = all;
    if (!report) return [];
    const conclude = (pair: PairSignificance) => conclusionOf(pair, all, report, shared);
    const pastOf = ({ models }: PairSignificance) => ownPastOf(models, all.past, shared);
    return [['interaction.html', interactionPage({ report, measures, conclude, pastOf, shared, figures })]];
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

/** What the tests of a pair come to, in words. */
export function conclusionOf(
  pair: PairSignificance,
  { text, past }: Pick<Interaction, 'text' | 'past'>,
  { alpha, level }: SignificanceReport,
  shared: Shared,
): Conclusion {
  const own = ownPastOf(pair.models, past, shared);
  return concludeFrom(pair.conditions, alpha, sharedText(pair, text, shared, level), own?.numbers);
}

function body(all: Interaction, report: SignificanceReport, shared: Shared, figures: DrawnFigures): Markup {
  const tested = pairCount(report.pairs.length, shared);
  const conclusions = report.pairs.map((pair) => [pair, conclusionOf(pair, all, report, shared)] as const);
  return html`
<section id="interaction">
<h2>Is it interaction?</h2>
${conclusions.map(
  ([pair, { lead, verdict }]) => html`
<p><strong>${pairLabel(pair.models)}.</strong> ${lead !== undefined && `${lead} `}${verdict}</p>`,
)}${
  tested.length > 0 &&
  html`
<p>${tested.join('')} are tested in all their directions.</p>`
}
${figureOf(figures, PAIRS_STEM, html`All model pairs. ${figureLinks(PAIRS_STEM)}`)}
<p><a href="interaction.html">All conditions side by side, with their tests and what they rest on</a></p>
</section>`;
}
