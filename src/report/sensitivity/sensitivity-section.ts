// How SyncR² depends on what the measure chooses: the paper's Figures 7, 8 and 9, and choices that it does not look at.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { withError } from '../../figures/number-text.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import { errorSentence, seedsOf, sharedNotes } from '../synchrony/figure-notes.ts';
import { pairUnder } from '../synchrony/measures.ts';
import { bestAlone, type Choices, choiceRows, gatherChoices, madeWithOf } from './choices.ts';
import { lambdaCurves, topKCurve } from './curves.ts';
import { groupingsFigures, groupingsTable } from './groupings.ts';
import { pairParts, type Value } from './parts.ts';
import { choiceFigures } from './sensitivity-figures.ts';
import { choiceTables } from './sensitivity-tables.ts';

export const sensitivity = section({
  id: 'sensitivity',
  title: 'How much depends on choices',
  needs: ['sensitivity', 'measure'],
  gather: gatherChoices,
  figures: (choices, shared) => [...choiceFigures(choices, shared), ...groupingsFigures(choices, shared)],
  tables: choiceTables,
  body,
});

/** Null for a study that looked at none of it. */
function body(choices: Choices, shared: Shared, figures: DrawnFigures): Markup | null {
  const stems = choiceFigures(choices, shared).map(([stem]) => stem);
  if (stems.length === 0 && choices.groupings.length === 0) return null;
  const { measures, weights } = choices;
  const versions = `interbrain ${shared.versions.interbrain}`;
  return html`
<section id="sensitivity">
<h2>How much depends on choices</h2>
<p>SyncR² is made of choices: each source layer’s best target layer, 0 in place of what is below it, target layers chosen by
the test rows, every dimension counted alike. Here are the same maps and rows with other ones.</p>
${choiceTable(choices, shared)}
${leftOutNote(choices)}
${lambdaCurves(measures, shared).length === 0 ? html`<p class="source">λ is one number here; <code>synchrony: { lambda: [0.1, 10, 1000, cv] }</code> shows what others do.</p>` : null}
${stems.includes('sensitivity+choices') || pairParts(weights, shared).length > 0 ? standardisedNote() : null}
<div class="figures">${stems.map((stem) => figureOf(figures, stem, html`${figureLinks(stem)}; ${versions}.`))}</div>
${tableLinks(choices, shared)}
${groupingsTable(choices, shared, figures)}
</section>`;
}

/** Columns by name, of each pair. */
function tableRows(choices: Choices, shared: Shared): Map<string, Map<string, Value>> {
  const rows = new Map<string, Map<string, Value>>();
  const add = (name: string, what: string, value: Value) =>
    rows.set(name, (rows.get(name) ?? new Map<string, Value>()).set(what, value));
  for (const { name, estimates } of choiceRows(choices, shared))
    for (const { what, ...value } of estimates) if (what !== 'SyncR²') add(name, what, value);
  for (const pair of pairParts(choices.aggregation, shared)) {
    const unclamped = bestAlone(pair, false);
    if (unclamped) add(pair.name, 'not clamped', unclamped);
    const last = topKCurve(pair, INTERACTIVE, true).points.at(-1);
    if (last && typeof last.error === 'number')
      add(pair.name, 'mean of all target layers', { value: last.value, standardError: last.error });
  }
  return rows;
}

function choiceTable(choices: Choices, shared: Shared): Markup | null {
  const rows = tableRows(choices, shared);
  if (rows.size === 0) return null;
  const { aggregation, targets, weights, measures } = choices;
  const numbers = madeWithOf([...aggregation, ...targets, ...weights], measures);
  const seeds = seedsOf(numbers);
  const columns = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
  const cell = (value: Value | undefined) =>
    html`<td class="number">${value ? withError(value, seeds) : '–'}</td>`;
  const notes = sharedNotes(numbers, shared).filter((note) => /^(n =|groups|λ)/.test(note));
  const shown = shared.pairs.filter((pair) => rows.has(pair.join(' × ')));
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="sensitivity-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">SyncR²</th>${columns.map(
    (what) => html`<th scope="col" class="number">${capital(what)}</th>`,
  )}</tr></thead>
<tbody>${shown.map((pair) => {
    const row = rows.get(pair.join(' × '));
    return html`
<tr><th scope="row">${pair.join(' × ')}</th>${cell(pairUnder(measures, pair, INTERACTIVE))}${columns.map(
      (what) => cell(row?.get(what)),
    )}</tr>`;
  })}
</tbody></table></div>
<p class="source" id="sensitivity-note">${errorSentence(seeds)}
Mean over directions and seat orders; condition interactive; ${[...pairCount(shown.length, shared), ...notes].join('; ')}.</p>`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function standardisedNote(): Markup {
  return html`<p class="source">Targets brought to variance 1 first would change nothing: the penalty is the same for all dimensions, so
each one’s prediction scales with it, and its R² stays.</p>`;
}

/** Numbers of samples that were asked for and are not there. */
function leftOutNote({ sizes }: Choices): Markup | null {
  const leftOut = sizes.flatMap(({ stored }) => stored.result.leftOut);
  if (leftOut.length === 0) return null;
  const counts = [...new Set(leftOut.map(({ samples }) => samples))].sort((a, b) => a - b);
  return html`<p class="source">There are not enough samples for n = ${counts.join(', ')}${
    counts.length > 1 ? ', at least not in every direction' : ''
  }.</p>`;
}

function tableLinks(choices: Choices, shared: Shared): Markup {
  const names = choiceTables(choices, shared)
    .map(([path]) => path)
    .filter((path) => !path.endsWith('groupings.csv'));
  const links = names.map((path) => html` <a href="${path}">${path.replace('tables/', '')}</a>`);
  return html`<p class="source">By direction, with intervals where there are any:${links}</p>`;
}
