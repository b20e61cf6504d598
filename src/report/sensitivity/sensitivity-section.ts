// How SyncR² depends on what the measure chooses: the paper's Figures 7, 8 and 9, and choices that it does not look at.

import type { TopLevelSpec } from 'vega-lite';
import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import { curves } from '../../figures/curves.ts';
import { type EstimateDot, estimateDots } from '../../figures/estimate-dots.ts';
import { decimals } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import type { Estimate } from '../../studies/sensitivity/part-files.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { ReportInput } from '../page/types.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';
import { GROUPINGS_STEM, groupingsFigure, groupingsTable } from './sensitivity-groupings.ts';
import {
  lambdaCurves,
  pairParts,
  pairValue,
  sharedNotes,
  sizeCurve,
  topKCurve,
} from './sensitivity-numbers.ts';

type Value = Pick<Estimate, 'value' | 'standardError'>;

/** Figures by stem, each of what the study has made. */
export function sensitivityFigures(input: ReportInput): Map<string, TopLevelSpec> {
  const figures = new Map<string, TopLevelSpec>();
  const [topK, clamp, sizes, lambdas, choices] = [
    topKFigure(input),
    clampFigure(input),
    sizeFigure(input),
    lambdaFigure(input),
    choiceFigure(input),
  ];
  if (topK) figures.set('sensitivity+top-k', topK);
  if (clamp) figures.set('sensitivity+clamp', clamp);
  if (sizes) figures.set('sensitivity+sample-size', sizes);
  if (lambdas) figures.set('sensitivity+lambda', lambdas);
  if (choices) figures.set('sensitivity+choices', choices);
  const groupings = groupingsFigure(input);
  if (groupings) figures.set(GROUPINGS_STEM, groupings);
  return figures;
}

function topKFigure(input: ReportInput): TopLevelSpec | undefined {
  const pairs = pairParts(input, 'aggregation');
  if (pairs.length === 0) return undefined;
  const conditions = [
    ...new Set(pairs.flatMap(({ directions }) => directions[0]!.result.conditions.map((c) => c.condition))),
  ];
  // One pair leaves room for all its conditions.
  const several = pairs.length === 1 && conditions.length > 1;
  const series = pairs.flatMap((pair) =>
    several
      ? conditions.map((condition) => ({ ...topKCurve(pair, condition, true), name: condition }))
      : [topKCurve(pair, INTERACTIVE, true)],
  );
  const notes = sharedNotes(input).map((note) =>
    several ? note.replace(', condition interactive', `, ${pairs[0]!.name}`) : note,
  );
  return curves(
    series,
    {
      title: 'k: target layers that are averaged',
      ...ticks(Math.max(...series.map(({ points }) => points.length))),
    },
    { title: 'Mean of the k best target layers', notes: [...notes, 'k = 1 is SyncR²'] },
  );
}

function ticks(layers: number): { values?: number[] } {
  const every = layers <= 12 ? 1 : layers <= 20 ? 2 : 4;
  return {
    values: Array.from({ length: layers }, (_, i) => i + 1).filter((k) => k === 1 || k % every === 0),
  };
}

function clampFigure(input: ReportInput): TopLevelSpec | undefined {
  const dots = pairParts(input, 'aggregation').flatMap((pair) =>
    [true, false].map((clamp): EstimateDot => {
      const { value, standardError } = pairValue(pair, (result) => choiceOf(result, clamp));
      return {
        row: pair.name,
        name: clamp ? 'layers below 0 count as 0 (SyncR²)' : 'layers below 0 count as they are',
        value,
        error: standardError,
      };
    }),
  );
  if (dots.length === 0) return undefined;
  return estimateDots(dots, { title: 'With and without clamping at 0', notes: sharedNotes(input) });
}

/** k = 1 of the interactive condition. */
function choiceOf(
  { conditions }: { readonly conditions: readonly ConditionChoices[] },
  clamp: boolean,
): Choice {
  const own = conditions.find(({ condition }) => condition === INTERACTIVE);
  return own!.choices.find((choice) => choice.topK === 1 && choice.clamp === clamp)!;
}

type Choice = Value & { readonly topK: number; readonly clamp: boolean; readonly rowsBelowZero: number };
interface ConditionChoices {
  readonly condition: Condition;
  readonly choices: readonly Choice[];
}

function sizeFigure(input: ReportInput): TopLevelSpec | undefined {
  const series = pairParts(input, 'sample-size').map(sizeCurve);
  if (series.every(({ points }) => points.length < 2)) return undefined;
  const values = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => Math.round(x))))];
  return curves(
    series,
    { title: 'samples, n (training and test)', log: true, ...(values.length <= 8 && { values }) },
    { title: 'With fewer samples', notes: sharedNotes(input, { n: false }) },
  );
}

function lambdaFigure(input: ReportInput): TopLevelSpec | undefined {
  const series = lambdaCurves(input);
  if (series.length === 0) return undefined;
  const chosen = series.some(({ apart }) => apart);
  return curves(
    series,
    {
      title: 'ridge penalty, λ',
      log: true,
      values: [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))],
    },
    {
      title: 'With other ridge penalties',
      notes: [
        ...sharedNotes(input, { lambda: false }),
        ...(chosen
          ? ['diamond: λ by cross-validation for each split and source layer, at the median choice']
          : []),
      ],
    },
  );
}

function choiceFigure(input: ReportInput): TopLevelSpec | undefined {
  const dots = choiceRows(input).flatMap(({ name, estimates }) =>
    estimates.map(({ what, value, standardError }) => ({
      row: name,
      name: what,
      value,
      error: standardError,
    })),
  );
  if (dots.length === 0) return undefined;
  return estimateDots(dots, { title: 'Other choices of the measure', notes: sharedNotes(input) });
}

interface ChoiceRow {
  readonly name: string;
  readonly estimates: readonly (Value & { readonly what: string })[];
}

/** Target layers and weights chosen otherwise, beside SyncR² itself. */
function choiceRows(input: ReportInput): ChoiceRow[] {
  const [targets, weights] = [pairParts(input, 'target-choice'), pairParts(input, 'weighting')];
  const names = [...new Set([...targets, ...weights].map(({ name }) => name))];
  return names.map((name) => {
    const target = targets.find((pair) => pair.name === name);
    const weight = weights.find((pair) => pair.name === name);
    const own = target
      ? pairValue(target, ({ onTest }) => onTest)
      : pairValue(weight!, ({ uniform }) => uniform);
    return {
      name,
      estimates: [
        { what: 'SyncR²', ...own },
        ...(target
          ? [
              {
                what: 'target layers chosen on training groups',
                ...pairValue(target, (one) => one.onTraining),
              },
            ]
          : []),
        ...(weight
          ? [{ what: 'dimensions weighted by variance', ...pairValue(weight, (one) => one.variance) }]
          : []),
      ],
    };
  });
}

/** Null for a study that looked at none of it. */
export function sensitivitySection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const stems = [...sensitivityFigures(input).keys()];
  if (stems.length === 0) return null;
  const seeds = input.synchrony.splitSeeds.length;
  return html`
<section id="sensitivity">
<h2>How much depends on choices</h2>
<p>SyncR² is made of choices: each source layer’s best target layer, 0 in place of what is below it, target layers chosen by
the test rows, every dimension counted alike. Here are the same maps and rows with other ones.</p>
${choiceTable(input, seeds)}
${leftOutNote(input)}
${lambdaCurves(input).length === 0 ? html`<p class="source">λ is one number here; <code>synchrony: { lambda: [0.1, 10, 1000, cv] }</code> shows what others do.</p>` : null}
${stems.includes('sensitivity+choices') || pairParts(input, 'weighting').length > 0 ? standardisedNote() : null}
<div class="figures">${stems
    .filter((stem) => stem !== GROUPINGS_STEM)
    .map(
      (stem) => html`
<figure>${trusted(fluidSvg(figures.get(stem) ?? ''))}
<figcaption>${figureLinks(stem)}; interbrain ${input.versions.interbrain}.</figcaption></figure>`,
    )}</div>
${tableLinks(input)}
${groupingsTable(input, figures)}
</section>`;
}

function choiceTable(input: ReportInput, seeds: number): Markup | null {
  const rows = new Map<string, (Value & { readonly what: string })[]>();
  const add = (name: string, what: string, { value, standardError }: Value) =>
    rows.set(name, [...(rows.get(name) ?? []), { what, value, standardError }]);
  for (const { name, estimates } of choiceRows(input))
    for (const { what, ...value } of estimates) if (what !== 'SyncR²') add(name, what, value);
  for (const pair of pairParts(input, 'aggregation')) {
    add(
      pair.name,
      'not clamped',
      pairValue(pair, (result) => choiceOf(result, false)),
    );
    const { points } = topKCurve(pair, INTERACTIVE, true);
    const last = points.at(-1);
    if (last) add(pair.name, 'mean of all target layers', { value: last.value, standardError: last.error });
  }
  if (rows.size === 0) return null;
  const columns = [...new Set([...rows.values()].flat().map(({ what }) => what))];
  const own = (name: string) =>
    input.pairs.find(({ models, condition }) => condition === INTERACTIVE && models.join(' × ') === name);
  const cell = (value: Value | undefined) =>
    html`<td class="number">${value ? withError(value, seeds) : '–'}</td>`;
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="sensitivity-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">SyncR²</th>${columns.map(
    (what) => html`<th scope="col" class="number">${what[0]!.toUpperCase() + what.slice(1)}</th>`,
  )}</tr></thead>
<tbody>${[...rows].map(
    ([name, estimates]) => html`
<tr><th scope="row">${name}</th>${cell(own(name))}${columns.map((what) =>
      cell(estimates.find((estimate) => estimate.what === what)),
    )}</tr>`,
  )}
</tbody></table></div>
<p class="source" id="sensitivity-note">${seeds > 1 ? `± is the standard error over ${seeds} split seeds.` : 'One split seed gives no error.'}
Mean over directions and seat orders; condition interactive; ${sharedNotes(input)
    .filter((note) => /^(n =|groups|λ)/.test(note))
    .join('; ')}.</p>`;
}

function standardisedNote(): Markup {
  return html`<p class="source">Targets brought to variance 1 first would change nothing: the penalty is the same for all dimensions, so
each one’s prediction scales with it, and its R² stays.</p>`;
}

/** Numbers of samples that were asked for and are not there. */
function leftOutNote(input: ReportInput): Markup | null {
  const sizes = (input.sensitivity ?? []).flatMap(({ parts }) => parts['sample-size']?.result.leftOut ?? []);
  if (sizes.length === 0) return null;
  const counts = [...new Set(sizes.map(({ samples }) => samples))].sort((a, b) => a - b);
  return html`<p class="source">There are not enough samples for n = ${counts.join(', ')}${
    counts.length > 1 ? ', at least not in every direction' : ''
  }.</p>`;
}

function tableLinks(input: ReportInput): Markup {
  const names = [
    ...(pairParts(input, 'aggregation').length > 0 ? ['sensitivity-aggregation'] : []),
    ...(pairParts(input, 'sample-size').length > 0 ? ['sensitivity-sample-size'] : []),
    ...(lambdaCurves(input).length > 0 ? ['sensitivity-lambda'] : []),
    ...(choiceRows(input).length > 0 ? ['sensitivity-choices'] : []),
  ];
  const links = names.map((name) => html` <a href="tables/${name}.csv">${name}.csv</a>`);
  return html`<p class="source">By direction, with intervals where there are any:${links}</p>`;
}

function withError({ value, standardError }: Value, seeds: number): string {
  return seeds > 1 ? `${decimals(value)} ± ${decimals(standardError)}` : decimals(value);
}
