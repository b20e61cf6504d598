// What the text alone predicts, and what is left of synchrony without it.

import { estimateDots } from '../../figures/estimate-dots.ts';
import {
  decimals,
  directionTitle,
  intervalOrigins,
  intervalText,
  rangeText,
} from '../../figures/number-text.ts';
import type { StoredPart } from '../../studies/sensitivity/part-files.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { intervalColumns } from '../page/interval-columns.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { each, errorSentence, seedsOf, sharedNotes } from '../synchrony/figure-notes.ts';
import { gatherMeasures } from '../synchrony/measures.ts';
import { estimateText, intervalsOf } from './estimate-text.ts';
import { gatherPart, type PairPart, type Part, pairParts, pairValue, partsMadeWith } from './parts.ts';
import { ESTIMATE, estimateColumns, partRows, partTable } from './sensitivity-tables.ts';
import { type SharedText, sharedTextOf, shareText } from './text-left.ts';

const STEM = 'text-baseline';

const QUANTITIES = [
  ['states', 'source’s states: SyncR²'],
  ['shared', 'text that both have read'],
  ['heard', 'that and what the source then said'],
  ['left', 'states, with the shared text taken off both sides'],
] as const;

type Stored = StoredPart<'text'>;

export const text = section({
  id: 'text',
  title: 'What the text alone predicts',
  needs: ['sensitivity', 'measure'],
  gather: async (source: ReportSource): Promise<Part<'text'>> => ({
    directions: await gatherPart(source, 'text'),
    measures: await gatherMeasures(source),
  }),
  figures,
  tables,
  body,
});

function figures({ directions, measures }: Part<'text'>, shared: Shared): Figure[] {
  const pairs = pairParts(directions, shared);
  if (pairs.length === 0) return [];
  const dots = pairs.flatMap((pair) =>
    QUANTITIES.map(([key, name]) => {
      const { value, standardError } = pairValue(pair, (result) => result[key]);
      return { row: pair.name, name, value, error: standardError };
    }),
  );
  const notes = [
    ...sharedNotes(partsMadeWith(directions, measures), shared, { pairs: pairs.length }),
    'text: ridge by cross-validation, best target layer',
  ];
  const title = 'What the text predicts of the target’s states';
  return [[STEM, estimateDots(dots, { title, notes }, 'SyncR², or R² at the best target layer')]];
}

/** Null for a study that did not compare with text. */
function body({ directions }: Part<'text'>, shared: Shared, drawn: DrawnFigures): Markup | null {
  const pairs = pairParts(directions, shared);
  const all = directions.map(({ stored }) => stored);
  if (all.length === 0) return null;
  const seeds = seedsOf(all);
  return html`
<section id="text">
<h2>What the text alone predicts</h2>
<p>When one speaks and then the other, both have read nearly the same words, and that alone lets the state of one predict the
state of the other. So the same regression once more, from ${each(all.map(({ result }) => result.features))} features of the text in place of the source’s
states: words by the hashing trick, of the whole dialogue and of its last two utterances; lengths; the round; scenario,
relationship and characters by name. It counts as one source layer: R² at its best target layer. The last column is SyncR²
between what is left of both sides’ states when what the shared text predicts of them is taken off.</p>
${pairs.map(sentence)}
<div class="scroll" tabindex="0"><table class="dense" aria-describedby="text-note">
<thead><tr><th scope="col">Source → target</th><th scope="col" class="number">SyncR² of states</th>
<th scope="col" class="number">Shared text</th><th scope="col" class="number">With what was said</th>
<th scope="col" class="number">Left without shared text</th></tr></thead>
<tbody>${pairs.map((pair) => pairRow(pair, seeds))}
${all.map((one) => directionRow(one, seeds))}
</tbody></table></div>
${note(all, seeds, pairCount(pairs.length, shared))}${figureOf(drawn, STEM, html`${figureLinks(STEM)}; interbrain ${shared.versions.interbrain}.`)}
<p class="source">What is left need not be interaction: the features do not see word order or meaning, and what they miss of the text both
models may still share. What is gone need not be mere reading either: what is said is how the two interact.</p>
</section>`;
}

function note(all: readonly Stored[], seeds: number, pairs: readonly string[]): Markup {
  const intervals = intervalsOf(
    all.flatMap(({ result: { shared, left }, groupBy }) =>
      [shared, left].map((estimate) => ({ groupBy, estimate })),
    ),
  );
  return html`<p class="source" id="text-note">${errorSentence(seeds)}
${intervals.length > 0 ? `In brackets: ${intervalOrigins(intervals).join('; ')}, the fitted maps held fixed.` : ''}
Condition interactive; ${pairs.map((count) => `${count}; `)}n = ${rangeText(all.map(({ samples }) => samples))}; groups by ${each(all.map(({ groupBy }) => groupBy))}; λ = ${each(all.map(({ lambda }) => lambda))} for states, by
cross-validation over training groups for text (${lambdaRange(all)}). <a href="tables/text-baseline.csv">text-baseline.csv</a></p>`;
}

/** Coverage of the parts' own intervals. */
function levelOf(directions: readonly Stored[]): number {
  return directions.flatMap(({ result }) => result.left.interval?.level ?? [])[0] ?? 0.95;
}

function sentence(pair: PairPart<'text'>): Markup {
  const text = sharedTextOf(pair, levelOf(pair.directions));
  const { states, shared, left, leftInterval } = text;
  const than =
    shared >= states
      ? 'as much as or more than the states of the source do'
      : 'less than the states of the source do';
  return html`<p>${pair.name}: the shared text predicts ${than} (R² ${decimals(shared)} against SyncR² ${decimals(states)}); without it
SyncR² is ${decimals(left)}${leftInterval ? ` ${intervalText(leftInterval)}` : ''}${shareSentence(text)}</p>`;
}

/** Which share is left, and whether that is more than nothing. */
function shareSentence({ share, leftInterval }: SharedText): string {
  if (!leftInterval) return '. Without an interval this says not whether anything is left.';
  const ofAll = share ? `, ${shareText(share)} of SyncR²` : '';
  const found = leftInterval.low > 0 ? 'Something is left' : 'It may be nothing';
  return `${ofAll}. ${found}: the interval ${leftInterval.low > 0 ? 'excludes' : 'reaches'} 0.`;
}

function pairRow(pair: PairPart<'text'>, seeds: number): Markup {
  const { statesInterval, leftInterval } = sharedTextOf(pair, levelOf(pair.directions));
  const intervals = { states: statesInterval, left: leftInterval, shared: undefined, heard: undefined };
  return row(
    pair.name,
    QUANTITIES.map(([key]) => {
      const value = pairValue(pair, (result) => result[key]);
      const interval = intervals[key];
      return estimateText({ ...value, ...(interval && { interval }) }, seeds);
    }),
  );
}

function directionRow(stored: Stored, seeds: number): Markup {
  return row(
    directionTitle(stored),
    QUANTITIES.map(([key]) => estimateText(stored.result[key], seeds)),
  );
}

function row(name: string, cells: readonly string[]): Markup {
  return html`
<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
}

function lambdaRange(all: readonly Stored[]): string {
  const lambdas = all.flatMap(({ result }) => [...result.shared.lambdas, ...result.heard.lambdas]);
  const [low, high] = [Math.min(...lambdas), Math.max(...lambdas)];
  return low === high ? `λ = ${low}` : `λ from ${low} to ${high}`;
}

function tables({ directions }: Part<'text'>): TextFile[] {
  return partTable(
    'text-baseline',
    ['from', 'features', ...ESTIMATE],
    partRows(directions, (result, stored) => {
      const { states, shared, heard, left, features } = result;
      const { share } = sharedTextOf({ directions: [stored] }, levelOf([stored]));
      return [
        ['source states', null, ...estimateColumns(states)],
        ['shared text', features, ...estimateColumns(shared)],
        ['shared text and what was said', features, ...estimateColumns(heard)],
        ['source states, shared text taken off', null, ...estimateColumns(left)],
        ...(share
          ? [['share of SyncR² that is left', null, share.estimate, null, ...intervalColumns(share)]]
          : []),
      ];
    }),
  );
}
