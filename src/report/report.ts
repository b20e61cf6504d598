// A study's results -> one page that anyone can open, with its figures and tables beside it.

import { bestTarget } from '../figures/best-target.ts';
import { renderPng, renderSvg } from '../figures/render.ts';
import { sharedDomain, synchronyHeatmap } from '../figures/synchrony-heatmap.ts';
import { html, type Markup, trusted } from './html.ts';
import {
  episodeCount,
  introduction,
  notesSection,
  readingSection,
  recomputeSection,
  toyNames,
  toyStatement,
} from './prose.ts';
import { settingsSection } from './settings-section.ts';
import { STYLE } from './style.ts';
import { bestTargetsStem, type DrawnFigures, heatmapSection, syncR2Section } from './synchrony-section.ts';
import { directionStem, reportTables } from './tables.ts';
import { transcriptSection } from './transcript.ts';
import type { ReportFiles, ReportInput } from './types.ts';

/**
 * Makes the page and what belongs to it; writes nothing. The same input gives the same bytes. The page needs no
 * other file, no script and no network: its figures stand in it.
 */
export async function buildReport(input: ReportInput): Promise<ReportFiles> {
  const figures = await drawFigures(input);
  const files = new Map<string, string | Uint8Array>();
  files.set('index.html', page(input, figures));
  for (const [stem, svg] of figures) {
    files.set(`figures/${stem}.svg`, svg);
    files.set(`figures/${stem}.png`, await renderPng(svg));
  }
  for (const [path, table] of reportTables(input)) files.set(path, table);
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
  return figures;
}

// Nothing is loaded and nothing runs, even if some text found a way through the escaping.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

function page(input: ReportInput, figures: DrawnFigures): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${input.study}: neural synchrony</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<p class="kind">Neural synchrony between language models</p>
<h1>${input.study}</h1>
${toyStatement(input)}
${contents(input)}
</header>
<main>
<section id="about">
<h2>What this is</h2>
${introduction(input)}
</section>
${syncR2Section(input)}
${heatmapSection(input, figures)}
${readingSection()}
${transcriptSection(input.transcripts, episodeCount(input))}
${settingsSection(input)}
${recomputeSection(input)}
${notesSection(input)}
</main>
<footer>Made by interbrain ${input.versions.interbrain}.</footer>
</body>
</html>
`;
  return document.text;
}

function contents(input: ReportInput): Markup {
  const entries: readonly (readonly [string, string])[] = [
    ['syncr2', 'SyncR²'],
    ['maps', 'Layer by layer'],
    ['reading', 'How to read the maps'],
    ...(input.transcripts.length > 0 ? [['transcripts', 'Conversations'] as const] : []),
    ['run', 'What was run'],
    ['recompute', 'How to compute it again'],
    ['notes', 'Notes'],
  ];
  const items = entries.map(([id, text]) => html`<li><a href="#${id}">${text}</a></li>`);
  return html`<nav aria-label="Contents"><ul>${items}</ul></nav>`;
}
