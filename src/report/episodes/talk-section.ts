// How the models talked: what everything else on the page was measured on.

import type { Trait } from '../../episodes/talk.ts';
import type { TalkCounts } from '../../episodes/talk-statistics.ts';
import { decimals, percent } from '../../figures/number-text.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import { estimateText } from '../sensitivity/estimate-text.ts';
import { type PairPart, pairParts, pairValue } from '../sensitivity/parts.ts';
import type { Shared } from '../shared.ts';
import { gatherTalk, type ModelTalk, type PairTalk, type Talk, talkWarnings } from './gather-talk.ts';

export const talk = section({
  id: 'talk',
  title: 'How they talked',
  needs: ['episodes', 'repeats'],
  gather: gatherTalk,
  tables: (data) => (data.models.length === 0 ? [] : [['tables/talk.csv', talkCsv(data)]]),
  body: (data, shared) => (data.models.length === 0 ? null : body(data, shared)),
});

/** Traits with their heading in the table. */
const COLUMNS: readonly (readonly [Trait, string])[] = [
  ['assistant talk', 'Assistant talk'],
  ['recites its prompt', 'Recited'],
  ['a name in front', 'Names'],
  ['narrates', 'Narration'],
  ['empty', 'Empty'],
  ['cut', 'Cut'],
];

const share = (part: number, whole: number) => (whole === 0 ? '–' : percent(part / whole, 2));
const mean = (sum: number, count: number, digits: number) =>
  count === 0 ? '–' : decimals(sum / count, digits);

function body(data: Talk, shared: Shared): Markup {
  const warnings = talkWarnings(data);
  return html`
<section id="talk">
<h2>How they talked</h2>
<p>Everything on this page was measured on these conversations. The shares below are counted over the utterances as the
partner heard them. ${promptsSentence(data)}</p>
${warnings.length > 0 && html`<ul class="warnings">${warnings.map((line) => html`<li>${line}</li>`)}</ul>`}
<div class="scroll" tabindex="0"><table class="dense" aria-describedby="talk-note">
<thead><tr><th scope="col">Model</th><th scope="col" class="number">Utterances</th>
<th scope="col" class="number">Words each</th><th scope="col" class="number">Repeated</th>
${COLUMNS.map(([, heading]) => html`<th scope="col" class="number">${heading}</th>`)}
<th scope="col" class="number">Distinct bigrams</th><th scope="col" class="number">Answer</th></tr></thead>
<tbody>${data.models.map(modelRow)}
</tbody></table></div>
<p class="source" id="talk-note">Repeated: the same words as an earlier line of either agent. Recited: eight words in a row from the agent’s own
prompt. Distinct bigrams: of all pairs of neighbouring words of an agent in an episode, the share that are different, mean over
episodes. Answer: share of utterances that have more words in common with the partner’s last line than with its other lines
of the episode (ties count half; 50 % is chance). These are rules over English words (docs/method.md §2). <a href="tables/talk.csv">talk.csv</a></p>
<h3>Conversations</h3>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">A, B</th><th scope="col" class="number">Episodes</th><th scope="col" class="number">Utterances per episode</th>
<th scope="col" class="number">Over within two</th><th scope="col" class="number">A left</th><th scope="col" class="number">B left</th>
<th scope="col" class="number">Rounds over</th><th scope="col" class="number">Left in round</th></tr></thead>
<tbody>${data.orders.map(orderRow)}
</tbody></table></div>
${repeatsTable(data, shared)}
</section>`;
}

/** In which words each model was told who it is. */
function promptsSentence({ models }: Talk): string {
  const names = new Map<string, string[]>();
  for (const { name, prompts } of models) names.set(prompts, [...(names.get(prompts) ?? []), name]);
  const [all] = names.size === 1 ? names.keys() : [];
  if (all !== undefined) return `Prompts: ${all}.`;
  return `Prompts: ${[...names].map(([prompts, own]) => `${own.join(', ')}: ${prompts}`).join('; ')}.`;
}

function modelRow({ name, counts }: ModelTalk): Markup {
  const { utterances: said, traits } = counts;
  return html`
<tr><th scope="row">${name}</th><td class="number">${said}</td><td class="number">${mean(counts.words, said, 1)}</td>
<td class="number">${share(counts.repeated, said)}</td>
${COLUMNS.map(([trait]) => html`<td class="number">${share(traits[trait], said)}</td>`)}
<td class="number">${mean(counts.distinctBigrams, counts.withBigrams, 2)}</td>
<td class="number">${share(counts.answering, counts.comparable)}</td></tr>`;
}

function orderRow({ models, counts, episodes, overWithinTwo, endings }: PairTalk): Markup {
  return html`
<tr><th scope="row">${models.join(', ')}</th><td class="number">${episodes}</td>
<td class="number">${mean(counts.utterances, episodes, 1)}</td><td class="number">${share(overWithinTwo, episodes)}</td>
<td class="number">${endings['A left']}</td><td class="number">${endings['B left']}</td>
<td class="number">${endings.rounds}</td><td class="number">${mean(counts.leftInRounds, counts.left, 1)}</td></tr>`;
}

/** Of a study that leaves out repeated turns: what that changes. */
function repeatsTable({ repeats }: Talk, shared: Shared): Markup | null {
  const pairs = pairParts(repeats, shared);
  if (pairs.length === 0) return null;
  return html`
<h3>Without repeated turns</h3>
<div class="scroll" tabindex="0"><table aria-describedby="repeats-note">
<thead><tr><th scope="col">Pair</th><th scope="col" class="number">Samples left out</th><th scope="col" class="number">n</th>
<th scope="col" class="number">SyncR² without them</th><th scope="col" class="number">with them</th></tr></thead>
<tbody>${pairs.map(repeatsRow)}
</tbody></table></div>
<p class="source" id="repeats-note">Condition interactive, mean over directions and seat orders ± standard error over split seeds. Everywhere on this page
samples are left out of which a turn says again what either agent had said before. “With them” is measured with as many samples, so that the number of samples explains no difference.</p>`;
}

function repeatsRow(pair: PairPart<'repeats'>): Markup {
  const results = pair.directions.map(({ result }) => result);
  const sum = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const seeds = pair.directions[0]?.splitSeeds.length ?? 1;
  const samples = [...new Set(results.map((result) => result.samples))].join(', ');
  return html`
<tr><th scope="row">${pair.name}</th>
<td class="number">${sum((one) => one.dropped)} of ${sum((one) => one.all)}</td><td class="number">${samples}</td>
<td class="number">${estimateText(
    pairValue(pair, (one) => one.without),
    seeds,
  )}</td>
<td class="number">${estimateText(
    pairValue(pair, (one) => one.with),
    seeds,
  )}</td></tr>`;
}

const HEADER = [
  'models',
  'of',
  'episodes',
  'utterances',
  'words',
  'repeated',
  ...COLUMNS.map(([trait]) => trait),
];
const MORE = [
  'distinct_bigrams',
  'answering',
  'over_within_two',
  'a_left',
  'b_left',
  'rounds_over',
  'left_too_early',
];

function countsRow({ utterances, words, repeated, traits }: TalkCounts): CsvValue[] {
  return [utterances, words, repeated, ...COLUMNS.map(([trait]) => traits[trait])];
}

const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** Counts; means where the name says so. */
function talkCsv({ models, orders }: Talk): string {
  const rest = ({ distinctBigrams, withBigrams, answering, comparable }: TalkCounts) => [
    ratio(distinctBigrams, withBigrams),
    ratio(answering, comparable),
  ];
  const ofModels = models.map(({ name, counts }): CsvValue[] => [
    ...[name, 'model', counts.parts, ...countsRow(counts), ...rest(counts)],
    ...[null, null, null, null, counts.leftTooEarly],
  ]);
  const ofOrders = orders.map(({ models: names, counts, episodes, overWithinTwo, endings }): CsvValue[] => [
    ...[names.join('+'), 'seat order', episodes, ...countsRow(counts), ...rest(counts), overWithinTwo],
    ...[endings['A left'], endings['B left'], endings.rounds, counts.leftTooEarly],
  ]);
  return encodeCsv(
    [...HEADER, ...MORE].map((name) => name.replaceAll(' ', '_')),
    [...ofModels, ...ofOrders],
  );
}
