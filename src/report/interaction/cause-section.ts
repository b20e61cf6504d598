// Does it cause anything? What becomes of the listener when the speaker's states are changed (docs/method.md §20).

import { decimals, pText } from '../../figures/number-text.ts';
import type { Contrast, Effect, Follows, Mean } from '../../interventions/effects.ts';
import { encodeCsv } from '../page/csv.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { section, type TextFile } from '../section.ts';
import {
  type Cause,
  CONTROL_WORDS,
  firstControl,
  gatherCause,
  KIND_WORDS,
  MEASURE_WORDS,
  type OrderCause,
  type Told,
} from './cause-data.ts';
import { causeFigures, causeStem, mapped } from './cause-figures.ts';

export const cause = section({
  id: 'cause',
  title: 'Does it cause anything?',
  needs: ['interventions', 'effects'],
  gather: gatherCause,
  figures: causeFigures,
  tables: causeTables,
  body: (all, _, figures) => (all.orders.length === 0 ? null : body(all, figures)),
});

function body(all: Cause, figures: DrawnFigures): Markup {
  return html`
<section id="cause">
<h2>Does it cause anything?</h2>
<p>That one agent’s states predict the other’s does not say that they bring them about. So some were changed: at one
layer and the last token before the speaker’s line. Then it spoke, the other read and answered, and ${playedOn(all)},
all with the same random numbers. What is compared is what the map’s own directions do and what as large a change does that
knows nothing of the listener.</p>
${all.orders.map((order) => orderText(order, all.level, figures))}
${all.told.length > 0 && html`<h3>Told three ways</h3>${all.told.map(toldTable)}`}
<p class="source">All effects: <a href="tables/cause.csv">cause.csv</a>; how far the listener follows the map:
<a href="tables/cause-follows.csv">cause-follows.csv</a>.</p>
</section>`;
}

/** How far the episodes went on. */
function playedOn({ laterRounds }: Cause): string {
  if (laterRounds === undefined) return 'the rest was played on';
  if (laterRounds === 0) return 'no more was played';
  return `${laterRounds === 1 ? 'one round more was' : `${laterRounds} rounds more were`} played`;
}

function orderText(order: OrderCause, level: number, figures: DrawnFigures): Markup {
  const { names, result } = order;
  const [a, b] = names;
  const [speaker, listener] = result.speaker === 'A' ? [a, b] : [b, a];
  const caption = (stem: string) => figureOf(figures, stem, html`${figureLinks(stem)}.`);
  return html`
<h3>${speaker} speaks, ${listener} listens (${names.join(' → ')})</h3>
${result.layers.map(({ layer }) => html`<p>${sentencesOf(order, layer, level).join(' ')}</p>`)}
<p>${mediationText(order)} ${repeatedText(order)}</p>
${effectTable(order)}
${caption(causeStem(order, 'remove'))}
${caption(causeStem(order, 'steer'))}
${caption(causeStem(order, 'map'))}`;
}

const withEnds = ({ value, low, high }: Mean) =>
  low === null || high === null ? small(value) : `${small(value)} [${small(low)}, ${small(high)}]`;

/** As many digits as a small effect needs. */
function small(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 0.01 ? decimals(value) : value.toPrecision(2).replace(/^-/, '−');
}

const qText = (q: number) => pText(q).replace(/^p/, 'q');

/** The words of a layer follow from its tests: an effect, none that was seen and what could have been, or too few. */
export function sentencesOf(order: OrderCause, layer: number, level: number): string[] {
  const { result } = order;
  const r2 = result.layers.find((one) => one.layer === layer)?.r2 ?? 0;
  const about = mapped(result);
  const effect = result.effects.find(
    (one) =>
      one.layer === layer &&
      one.round === null &&
      one.measure === 'listener' &&
      one.kind === about?.kind &&
      one.dose === about.dose,
  );
  const head = `Layer ${layer + 1} predicts the listener with R² ${decimals(r2)}.`;
  const contrast = effect && firstControl(effect);
  if (!effect || !contrast) return [head];
  const done = effect.dose === null ? KIND_WORDS[effect.kind] : `${effect.dose} ${KIND_WORDS[effect.kind]}`;
  const moves = `With ${done} the listener’s next-token distribution moves by ${withEnds(effect.mean)} nats.`;
  const varied = effect.contrasts.filter(
    ({ control }) => control === 'varied' && control !== contrast.control,
  );
  const sentences = [contrast, ...varied].map((one) => contrastSentence(one, level));
  return [head, moves, ...sentences, ...followSentence(result.follows, layer, level)];
}

function contrastSentence({ control, difference, p, q, detectable }: Contrast, level: number): string {
  const against = CONTROL_WORDS[control];
  if (p === null || q === null) return `Against ${against} there are too few interactions to say.`;
  const numbers = `${withEnds(difference)} nats, ${pText(p)}, ${qText(q)}, ${difference.interactions} interactions`;
  if (q <= 1 - level && difference.value > 0)
    return `That is more than with ${against} (${numbers}): something of what predicts the listener also moves it.`;
  if (q <= 1 - level)
    return `That is less than with ${against} (${numbers}): the directions that predict are not those that move.`;
  if (detectable === 0)
    return `Neither it nor ${against} moved the listener in any of ${difference.interactions} interactions.`;
  const seen =
    detectable === null
      ? ''
      : `; a difference of ${small(detectable)} would have been found in 80 of 100 such studies`;
  return `It is not shown to be more than with ${against} (${numbers}${seen}).`;
}

function followSentence(follows: readonly Follows[], layer: number, level: number): string[] {
  const one = follows.find((all) => all.layer === layer && all.kind === 'steer' && all.control === null);
  if (one === undefined || one.p === null) return [];
  const { slope, p } = one;
  const numbers = `${withEnds(slope)}, ${pText(p)}`;
  if (p <= 1 - level && slope.value > 0)
    return [`Steered, the listener moves where the map says, by this share of what it says: ${numbers}.`];
  return [
    `Steered, the listener is not shown to move where the map says (share of what it says: ${numbers}).`,
  ];
}

function mediationText({ result: { mediation } }: OrderCause): string {
  const { sameWords, otherWords } = mediation;
  const all = sameWords.arms + otherWords.arms;
  if (all === 0) return '';
  return `Two models that exchange nothing but text can reach each other through it alone: what of a changed state does not become words changes nothing in the listener, by construction. In ${sameWords.arms} of ${all} cases the speaker said the same words, and the listener’s distribution moved by at most ${small(sameWords.most)} nats; in the ${otherWords.arms} others by ${small(otherWords.mean)} on average. What is left to ask is which part of the state becomes words that move the listener, and the table tells that.`;
}

function repeatedText({ result: { playedOn, repeated } }: OrderCause): string {
  return `Played on without a change, ${repeated} of ${playedOn} went on word by word as recorded.`;
}

function effectTable({ result }: OrderCause): Markup {
  const shown = result.effects.filter(
    ({ round, measure }) => round === null && (measure === 'listener' || measure === 'speaker'),
  );
  const rows = shown.filter(({ measure }) => measure === 'listener');
  const speakerOf = (one: Effect) =>
    shown.find(
      (other) =>
        other.measure === 'speaker' &&
        other.layer === one.layer &&
        other.kind === one.kind &&
        other.dose === one.dose,
    );
  return html`
<details><summary>Every intervention against its controls</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Layer</th><th scope="col">What is done</th><th scope="col" class="number">KL of the speaker</th>
<th scope="col" class="number">KL of the listener</th><th scope="col">Less its controls (q)</th></tr></thead>
<tbody>${rows.map((one) => {
    const speaker = speakerOf(one);
    const less = one.contrasts.map(
      ({ control, difference, q }) =>
        html`${CONTROL_WORDS[control]}: ${withEnds(difference)}${q === null ? '' : ` (${qText(q)})`}<br>`,
    );
    return html`
<tr><td>${one.layer + 1}</td><td>${KIND_WORDS[one.kind]}${one.dose === null ? '' : `, ${one.dose}`}</td>
<td class="number">${speaker ? withEnds(speaker.mean) : '–'}</td><td class="number">${withEnds(one.mean)}</td><td>${less}</td></tr>`;
  })}
</tbody></table></div></details>`;
}

function toldTable({ names, interaction, round, layer, before, ways }: Told): Markup {
  const line = ({ seat, text }: Told['before'][number]) => html`<p><b>${seat}</b> ${text}</p>`;
  return html`
<p>${names.join(' → ')}, ${interaction}, changed in round ${round} at layer ${layer}.</p>
${before.length > 0 && html`<details><summary>What was said before</summary>${before.map(line)}</details>`}
<div class="scroll" tabindex="0"><table>
<thead><tr>${ways.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody><tr>${ways.map(({ lines }) => html`<td style="vertical-align: top; white-space: normal; min-width: 15em">${lines.map(line)}</td>`)}</tr></tbody>
</table></div>`;
}

function causeTables({ orders }: Cause): TextFile[] {
  if (orders.length === 0) return [];
  const rows = orders.flatMap(({ names, result }) =>
    result.effects.flatMap(({ layer, round, kind, dose, measure, mean, controls, contrasts }) =>
      contrasts.map(({ control, difference, p, q, detectable }) => {
        const other = controls.find((one) => one.control === control);
        return [
          ...[
            ...names,
            result.speaker,
            layer + 1,
            round,
            kind,
            dose,
            measure,
            MEASURE_WORDS[measure] ?? measure,
          ],
          ...[mean.value, mean.low, mean.high, control, other?.value ?? null],
          ...[difference.value, difference.low, difference.high, difference.interactions, p, q, detectable],
        ];
      }),
    ),
  );
  const header = [
    ...['model A', 'model B', 'speaker', 'layer', 'round', 'kind', 'dose', 'measure', 'unit'],
    ...['mean', 'low', 'high', 'control', 'control mean'],
    ...['difference', 'difference low', 'difference high', 'interactions', 'p', 'q', 'detectable'],
  ];
  const follows = orders.flatMap(({ names, result }) =>
    result.follows.map(({ layer, kind, control, slope, p }) => [
      ...[...names, layer + 1, kind, control, slope.value, slope.low, slope.high, slope.interactions, p],
    ]),
  );
  const followHeader = [
    'model A',
    'model B',
    'layer',
    'kind',
    'control',
    'slope',
    'low',
    'high',
    'interactions',
    'p',
  ];
  return [
    ['tables/cause.csv', encodeCsv(header, rows)],
    ['tables/cause-follows.csv', encodeCsv(followHeader, follows)],
  ];
}
