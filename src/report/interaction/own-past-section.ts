// "Beyond the own past": what a state's own past, its partner and the text that both have read explain of it, and what is left
// for the partner.

import { QUANTITY_NAMES, type QuantityName } from '../../controls/variance-partition.ts';
import { shownLayer } from '../../episodes/recorded-layers.ts';
import {
  decimals,
  directionTitle,
  intervalOrigins,
  intervalText,
  rangeText,
} from '../../figures/number-text.ts';
import { type PartitionBar, variancePartition } from '../../figures/variance-partition.ts';
import type { DirectionOwnPast } from '../../studies/own-past-files.ts';
import { encodeCsv } from '../page/csv.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import { toyNote } from '../page/toys.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import { each, splitsText } from '../synchrony/figure-notes.ts';
import { bareDirectionStem } from '../synchrony/stems.ts';
import {
  type Estimates,
  estimateText,
  gatherOwnPast,
  meansOf,
  type OwnPastDirection,
  type PairOwnPast,
  pairOwnPast,
} from './own-past.ts';

const PARTITION_STEM = 'own-past';

export const ownPast = section({
  id: 'own-past',
  title: 'Beyond the own past',
  needs: ['own-past'],
  gather: gatherOwnPast,
  figures,
  tables,
  body: (all, shared, drawn) => (all.length === 0 ? null : body(all, shared, drawn)),
});

const layersStem = ({ models, result: { direction } }: OwnPastDirection) =>
  `${bareDirectionStem(models, direction)}+own-past`;

function barOf(name: string, numbers: Estimates): PartitionBar {
  const of = (quantity: QuantityName) => numbers[quantity].value;
  return {
    name,
    ownPastAlone: of('ownPastAlone'),
    shared: of('shared'),
    textAlone: of('textAlone'),
    partnerAlone: of('partnerAlone'),
    all: of('all'),
  };
}

/** A bar for each source layer, at its target layer. */
function layerBars(result: DirectionOwnPast): PartitionBar[] {
  const { layerPairs, bestTarget, sourceRecorded, targetRecorded } = result;
  return layerPairs
    .filter(({ source, target }) => bestTarget[source] === target)
    .map(({ source, target, r2 }) => ({
      name: `layer ${shownLayer(sourceRecorded, source)} → ${shownLayer(targetRecorded, target)}`,
      ownPastAlone: r2.all - r2.partnerText,
      shared: r2.ownPastPartner + r2.ownPastText + r2.partnerText - 2 * r2.all,
      textAlone: r2.all - r2.ownPastPartner,
      partnerAlone: r2.all - r2.ownPastText,
      all: r2.all,
    }));
}

function notesOf(results: readonly DirectionOwnPast[], shared: Shared): string[] {
  return [
    ...toyNote(shared),
    `n = ${rangeText(results.map(({ samples }) => samples))} rows with an own past`,
    splitsText(results),
    `groups by ${each(results.map(({ groupBy }) => groupBy))}`,
    'λ of every block by cross-validation',
  ];
}

function figures(all: readonly OwnPastDirection[], shared: Shared): Figure[] {
  if (all.length === 0) return [];
  const pairs = pairOwnPast(all, shared);
  const bars =
    pairs.length > 1
      ? pairs.map(({ name, numbers }) => barOf(name, numbers))
      : [
          ...pairs.map(({ name, numbers }) => barOf(name, numbers)),
          ...all.map(({ result }) => barOf(directionTitle(result), meansOf([result]))),
        ];
  const notes = notesOf(
    all.map(({ result }) => result),
    shared,
  );
  const whole = variancePartition(bars, { title: 'What explains the partner’s next state', notes });
  return [
    [PARTITION_STEM, whole],
    ...all.map((one): Figure => {
      const title = `${directionTitle(one.result)}: what explains the target, by source layer`;
      return [
        layersStem(one),
        variancePartition(layerBars(one.result), { title, notes: notesOf([one.result], shared) }),
      ];
    }),
  ];
}

const NAMES: Readonly<Record<QuantityName, string>> = {
  ownPast: 'own_past',
  partner: 'partner',
  text: 'text',
  ownPastPartner: 'own_past_and_partner',
  ownPastText: 'own_past_and_text',
  partnerText: 'partner_and_text',
  all: 'all',
  beyondOwnPast: 'partner_beyond_own_past',
  beyondText: 'partner_beyond_text',
  beyondBoth: 'partner_beyond_both',
  ownPastAlone: 'own_past_alone',
  partnerAlone: 'partner_alone',
  textAlone: 'text_alone',
  shared: 'shared',
};

function tables(all: readonly OwnPastDirection[], shared: Shared): TextFile[] {
  if (all.length === 0) return [];
  const rows = (who: readonly string[], numbers: Estimates, samples: string) =>
    QUANTITY_NAMES.map((name) => [
      ...who,
      ...[samples, NAMES[name], numbers[name].value, ...intervalColumns(numbers[name].interval)],
    ]);
  const pairs = pairOwnPast(all, shared).flatMap(({ models, numbers, directions }) =>
    rows([...models, '', '', ''], numbers, rangeText(directions.map(({ samples }) => samples))),
  );
  const directions = all.flatMap(({ models, result }) =>
    rows(
      [...models, result.direction, result.sourceModel, result.targetModel],
      meansOf([result]),
      String(result.samples),
    ),
  );
  const who = ['model_1', 'model_2', 'direction', 'source_model', 'target_model'];
  return [
    [
      'tables/own-past.csv',
      encodeCsv([...who, 'n', 'quantity', 'value', ...INTERVAL], [...pairs, ...directions]),
    ],
    ['tables/own-past-layers.csv', layerTable(all)],
  ];
}

/** R² of every layer pair that was looked at; layers are 1-based. */
function layerTable(all: readonly OwnPastDirection[]): string {
  const models = [
    'ownPast',
    'partner',
    'text',
    'ownPastPartner',
    'ownPastText',
    'partnerText',
    'all',
  ] as const;
  const rows = all.flatMap(({ models: [a, b], result }) =>
    result.layerPairs.map(({ source, target, r2 }) => [
      ...[a, b, result.direction],
      ...[shownLayer(result.sourceRecorded, source), shownLayer(result.targetRecorded, target)],
      Number(result.bestTarget[source] === target),
      ...models.map((model) => r2[model]),
    ]),
  );
  const columns = ['model_a', 'model_b', 'direction', 'source_layer', 'target_layer', 'best_target'];
  return encodeCsv([...columns, ...models.map((model) => NAMES[model])], rows);
}

const COLUMNS: readonly (readonly [title: string, of: QuantityName])[] = [
  ['R² of own past', 'ownPast'],
  ['of the text', 'text'],
  ['of the partner', 'partner'],
  ['of all three', 'all'],
  ['Partner beyond own past', 'beyondOwnPast'],
  ['beyond text', 'beyondText'],
  ['beyond both', 'beyondBoth'],
];

/** The interval goes to a line of its own where there is no room beside the number. */
function estimateCell({ value, interval }: Estimates[QuantityName]): Markup {
  return interval
    ? html`${decimals(value)} <span class="ends">${intervalText(interval)}</span>`
    : html`${decimals(value)}`;
}

/** Pairs, then their directions. */
export function ownPastTable(pairs: readonly PairOwnPast[], id: string): Markup {
  const row = (title: string, numbers: Estimates, n: string) => html`
<tr><th scope="row">${title}</th><td class="number">${n}</td>${COLUMNS.map(
    ([, of]) => html`<td class="number">${estimateCell(numbers[of])}</td>`,
  )}</tr>`;
  const intervals = intervalOrigins(
    pairs.flatMap(({ numbers, directions }) => {
      const { interval } = numbers.beyondBoth;
      return interval ? [{ interval, groupBy: directions[0]?.groupBy ?? '' }] : [];
    }),
  );
  return html`
<div class="scroll" tabindex="0"><table class="dense stacked" aria-describedby="${id}-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">n</th>${COLUMNS.map(
    ([title]) => html`<th scope="col" class="number">${title}</th>`,
  )}</tr></thead>
<tbody>${pairs.map(({ name, numbers, directions }) => [
    row(name, numbers, rangeText(directions.map(({ samples }) => samples))),
    ...directions.map((one) => row(directionTitle(one), meansOf([one]), String(one.samples))),
  ])}
</tbody></table></div>
<p class="source" id="${id}-note">R² of held-out rows, mean over source layers, each at the target layer that SyncR² chose; λ of own past, partner
and text each by cross-validation. <em>Beyond</em>: of what own past, text or both leave unexplained, the share that the partner’s state
explains (partial R²). ${intervals.join('; ')}${intervals.length > 0 ? '.' : 'There are no intervals.'}</p>`;
}

function body(all: readonly OwnPastDirection[], shared: Shared, drawn: DrawnFigures): Markup {
  const pairs = pairOwnPast(all, shared);
  const counted = pairCount(pairs.length, shared);
  return html`
<section id="own-past">
<h2>Beyond the own past</h2>
<p>A model that goes on speaking is much as it was a turn before. Here the target’s state is predicted from its own previous
state, from its partner’s, from the words that both have read, and from any of them together. What the partner adds to the
other two is what it alone tells; where own past or text measure with noise what all share, some of that remains in it.</p>
${figureOf(drawn, PARTITION_STEM, html`${figureLinks(PARTITION_STEM)}; interbrain ${shared.versions.interbrain}.`)}
${ownPastTable(pairs, 'own-past')}
${counted.length > 0 && html`<p>${counted.join('')} have all their directions.</p>`}
<ul>${pairs.map(({ name, net }) => html`<li>${netText(name, net)}</li>`)}</ul>
<details><summary>By source layer: ${all.length} directions</summary>
<div class="figures">${all.map((one) => figureOf(drawn, layersStem(one), html`${figureLinks(layersStem(one))}`))}</div></details>
<p class="source">In full: <a href="tables/own-past.csv">own-past.csv</a>, <a href="tables/own-past-layers.csv">own-past-layers.csv</a>.</p>
</section>`;
}

/** Both ways of influence. */
export function netText(name: string, { from, back, value, interval }: PairOwnPast['net']): string {
  const numbers = estimateText({ value, interval });
  const which = !interval
    ? 'without an interval nothing is concluded from it'
    : interval.low > 0
      ? `more passes ${from} than ${back}`
      : interval.high < 0
        ? `more passes ${back} than ${from}`
        : 'no difference that these data could show';
  return `${name}: partner beyond both, ${from} less ${back}: ${numbers}; ${which}.`;
}
