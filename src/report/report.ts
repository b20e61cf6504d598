// A study's results -> one page that anyone can open, with its figures and tables beside it.

import type { TopLevelSpec } from 'vega-lite';
import { bestTarget } from '../figures/best-target.ts';
import { dimensionCorrelations } from '../figures/dimension-correlations.ts';
import { renderPng, renderSvg } from '../figures/render.ts';
import { sharedDomain, synchronyHeatmap } from '../figures/synchrony-heatmap.ts';
import { synchronyPerformance } from '../figures/synchrony-performance.ts';
import { mentalStateFigures, mentalStatesSection } from './episodes/mental-states-section.ts';
import { pairPageText } from './episodes/pair-page.ts';
import { transcriptSection } from './episodes/transcript.ts';
import { conditionFigures, conditionsSection } from './interaction/conditions-section.ts';
import { interactionFigures } from './interaction/interaction-figures.ts';
import { interactionPage, interactionSummary } from './interaction/interaction-page.ts';
import { html } from './page/html.ts';
import { pageText, type Section } from './page/page.ts';
import {
  episodeCount,
  introduction,
  notesSection,
  readingSection,
  recomputeSection,
  toyNames,
  toyStatement,
} from './page/prose.ts';
import { settingsSection } from './page/settings-section.ts';
import type { ReportFiles, ReportInput } from './page/types.ts';
import { abilitiesSection, abilitiesTable } from './performance/abilities-section.ts';
import {
  correlationSection,
  correlationSettings,
  DIMENSIONS_STEM,
  PERFORMANCE_STEM,
} from './performance/correlation-section.ts';
import { evaluationSection, evaluationTables } from './performance/evaluation-section.ts';
import { TOP_K_CORRELATION_STEM, topKCorrelationFigure } from './performance/top-k-correlation.ts';
import { relationshipFigures, relationshipsSection } from './sensitivity/relationships-section.ts';
import { sensitivityFigures, sensitivitySection } from './sensitivity/sensitivity-section.ts';
import { sensitivityTables } from './sensitivity/sensitivity-tables.ts';
import { textFigures, textSection } from './sensitivity/text-section.ts';
import { nonlinearFigures, nonlinearSection } from './synchrony/nonlinear-section.ts';
import {
  bestTargetsStem,
  type DrawnFigures,
  heatmapSection,
  syncR2Section,
} from './synchrony/synchrony-section.ts';
import { directionStem, pairPagePath, reportTables } from './synchrony/synchrony-tables.ts';

/**
 * Makes the page and what belongs to it; writes nothing. The same input gives the same bytes. The page needs no
 * other file, no script and no network: its figures stand in it.
 */
export async function buildReport(input: ReportInput): Promise<ReportFiles> {
  const figures = await drawFigures(input);
  const files = new Map<string, string | Uint8Array>();
  files.set('index.html', page(input, figures));
  for (const pair of input.pairPages ?? [])
    files.set(pairPagePath(pair.models), pairPageText(pair, input, figures, toyStatement(input)));
  if (input.significance) files.set('interaction.html', interactionPage(input, figures));
  for (const [stem, svg] of figures) {
    files.set(`figures/${stem}.svg`, svg);
    files.set(`figures/${stem}.png`, await renderPng(svg));
  }
  for (const [path, table] of [
    ...reportTables(input),
    ...sensitivityTables(input),
    ...evaluationTables(input),
  ])
    files.set(path, table);
  if (input.abilities?.length) files.set('tables/abilities.csv', abilitiesTable(input.abilities));
  return files;
}

async function drawFigures(input: ReportInput): Promise<DrawnFigures> {
  const toys = new Set(toyNames(input));
  const figures = new Map<string, string>();
  for (const order of input.seatOrders) {
    const toy = order.models.some((name) => toys.has(name));
    const domain = sharedDomain(order.directions);
    for (const result of order.directions) {
      const idPrefix = `figure-${figures.size}`;
      const svg = await renderSvg(synchronyHeatmap(result, { domain, toy }), { idPrefix });
      figures.set(directionStem(order, result), svg);
    }
    const idPrefix = `figure-${figures.size}`;
    figures.set(bestTargetsStem(order), await renderSvg(bestTarget(order.directions, toy), { idPrefix }));
  }
  const { correlation } = input;
  if (correlation && correlation.pairs.length > 0) {
    const options = { toy: toys.size > 0, settings: correlationSettings(input) };
    const draw = (spec: TopLevelSpec) => renderSvg(spec, { idPrefix: `figure-${figures.size}` });
    figures.set(PERFORMANCE_STEM, await draw(synchronyPerformance(correlation, options)));
    const byK = topKCorrelationFigure(input);
    if (byK) figures.set(TOP_K_CORRELATION_STEM, await draw(byK));
    figures.set(DIMENSIONS_STEM, await draw(dimensionCorrelations(correlation, options)));
  }
  const further = [
    ...(input.significance ? interactionFigures(input, input.significance) : []),
    ...nonlinearFigures(input),
    ...mentalStateFigures(input),
    ...sensitivityFigures(input),
    ...conditionFigures(input),
    ...textFigures(input),
    ...relationshipFigures(input),
  ];
  for (const [stem, spec] of further)
    figures.set(stem, await renderSvg(spec, { idPrefix: `figure-${figures.size}` }));
  return figures;
}

function page(input: ReportInput, figures: DrawnFigures): string {
  return pageText({
    title: `${input.study}: neural synchrony`,
    heading: input.study,
    statement: toyStatement(input),
    sections: sections(input, figures),
    version: input.versions.interbrain,
  });
}

/** In the order in which they are read. */
function sections(input: ReportInput, figures: DrawnFigures): Section[] {
  return [
    {
      id: 'about',
      title: 'What this is',
      body: html`
<section id="about">
<h2>What this is</h2>
${introduction(input)}
</section>`,
    },
    { id: 'syncr2', title: 'SyncR²', body: syncR2Section(input) },
    { id: 'interaction', title: 'Is it interaction?', body: interactionSummary(input, figures) },
    { id: 'conditions', title: 'Condition by condition', body: conditionsSection(input, figures) },
    { id: 'text', title: 'What the text alone predicts', body: textSection(input, figures) },
    {
      id: 'performance',
      title: 'Synchrony and social performance',
      body: correlationSection(input, figures),
    },
    { id: 'maps', title: 'Layer by layer', body: heatmapSection(input, figures) },
    { id: 'reading', title: 'How to read the maps', body: readingSection() },
    { id: 'nonlinear', title: 'Ridge maps and networks', body: nonlinearSection(input, figures) },
    { id: 'sensitivity', title: 'How much depends on choices', body: sensitivitySection(input, figures) },
    { id: 'relationships', title: 'By relationship', body: relationshipsSection(input, figures) },
    { id: 'mental-states', title: 'Named mental states', body: mentalStatesSection(input, figures) },
    { id: 'evaluation', title: 'How well they did', body: evaluationSection(input) },
    {
      id: 'transcripts',
      title: 'Conversations',
      body: transcriptSection(input.transcripts, episodeCount(input)),
    },
    { id: 'abilities', title: 'Abilities', body: abilitiesSection(input) },
    { id: 'run', title: 'What was run', body: settingsSection(input) },
    { id: 'recompute', title: 'How to compute it again', body: recomputeSection(input) },
    { id: 'notes', title: 'Notes', body: notesSection(input) },
  ];
}
