// What the text alone predicts, and what is left of synchrony without it.

import type { TopLevelSpec } from 'vega-lite';
import { estimateDots } from '../../figures/estimate-dots.ts';
import { bootstrapTexts, decimals, directionTitle, intervalText } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import type { Estimate, StoredPart } from '../../studies/sensitivity/part-files.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { ReportInput } from '../page/types.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';
import { type PairPart, pairParts, pairValue, rangeText, sharedNotes } from './sensitivity-numbers.ts';

const STEM = 'text-baseline';

const QUANTITIES = [
  ['states', 'source’s states: SyncR²'],
  ['shared', 'text that both have read'],
  ['heard', 'that and what the source then said'],
  ['left', 'states, with the shared text taken off both sides'],
] as const;

export function textFigures(input: ReportInput): Map<string, TopLevelSpec> {
  const pairs = pairParts(input, 'text');
  if (pairs.length === 0) return new Map();
  const dots = pairs.flatMap((pair) =>
    QUANTITIES.map(([key, name]) => {
      const { value, standardError } = pairValue(pair, (result) => result[key]);
      return { row: pair.name, name, value, error: standardError };
    }),
  );
  const title = 'What the text predicts of the target’s states';
  const spec = estimateDots(
    dots,
    { title, notes: [...sharedNotes(input), 'text: ridge by cross-validation, best target layer'] },
    'SyncR², or R² at the best target layer',
  );
  return new Map([[STEM, spec]]);
}

/** Null for a study that did not compare with text. */
export function textSection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const pairs = pairParts(input, 'text');
  const all = (input.sensitivity ?? []).flatMap(({ parts }) => parts.text ?? []);
  const [first] = all;
  if (!first || pairs.length === 0) return null;
  const seeds = first.splitSeeds.length;
  const intervals = all.flatMap(({ result, groupBy }) =>
    [result.shared.interval, result.left.interval].flatMap((one) =>
      one ? [{ interval: one, groupBy }] : [],
    ),
  );
  return html`
<section id="text">
<h2>What the text alone predicts</h2>
<p>When one speaks and then the other, both have read nearly the same words, and that alone lets the state of one predict the
state of the other. So the same regression once more, from ${first.result.features} features of the text in place of the source’s
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
<p class="source" id="text-note">${seeds > 1 ? `± is the standard error over ${seeds} split seeds.` : 'One split seed gives no error.'}
${intervals.length > 0 ? `In brackets: ${bootstrapTexts(intervals).join('; ')}, the fitted maps held fixed.` : ''}
Condition interactive; n = ${rangeText(all.map(({ samples }) => samples))}; groups by ${first.groupBy}; λ = ${first.lambda} for states, by
cross-validation over training groups for text (${lambdaRange(all)}). <a href="tables/text-baseline.csv">text-baseline.csv</a></p>
<figure>${trusted(fluidSvg(figures.get(STEM) ?? ''))}
<figcaption>${figureLinks(STEM)}; interbrain ${input.versions.interbrain}.</figcaption></figure>
<p class="source">What is left need not be interaction: the features do not see word order or meaning, and what they miss of the text both
models may still share. What is gone need not be mere reading either: what is said is how the two interact.</p>
</section>`;
}

function sentence(pair: PairPart<'text'>): Markup {
  const [states, shared, left] = (['states', 'shared', 'left'] as const).map(
    (key) => pairValue(pair, (result) => result[key]).value,
  );
  const share = states! >= 0.0005 ? `, ${Math.round((100 * left!) / states!)} % of SyncR²` : '';
  const than =
    shared! >= states!
      ? 'as much as or more than the states of the source do'
      : 'less than the states of the source do';
  return html`<p>${pair.name}: the shared text predicts ${than} (R² ${decimals(shared!)} against SyncR² ${decimals(states!)}); without it
SyncR² is ${decimals(left!)}${share}.</p>`;
}

function pairRow(pair: PairPart<'text'>, seeds: number): Markup {
  return html`
<tr><th scope="row">${pair.name}</th>${QUANTITIES.map(
    ([key]) =>
      html`<td class="number">${number(
        pairValue(pair, (result) => result[key]),
        seeds,
      )}</td>`,
  )}</tr>`;
}

function directionRow(
  { result, direction, sourceModel, targetModel }: StoredPart<'text'>,
  seeds: number,
): Markup {
  const title = directionTitle({ direction, sourceModel, targetModel } as SynchronyResult);
  return html`
<tr><th scope="row">${title}</th>${QUANTITIES.map(
    ([key]) => html`<td class="number">${number(result[key], seeds)}</td>`,
  )}</tr>`;
}

function number({ value, standardError, interval }: Estimate, seeds: number): string {
  const error = seeds > 1 ? ` ± ${decimals(standardError)}` : '';
  return `${decimals(value)}${error}${interval ? ` ${intervalText({ ...interval, cells: [] })}` : ''}`;
}

function lambdaRange(all: readonly StoredPart<'text'>[]): string {
  const lambdas = all.flatMap(({ result }) => [...result.shared.lambdas, ...result.heard.lambdas]);
  const [low, high] = [Math.min(...lambdas), Math.max(...lambdas)];
  return low === high ? `λ = ${low}` : `λ from ${low} to ${high}`;
}
