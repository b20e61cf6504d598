// SyncR² with errors and intervals, by pair and by direction.

import type { Condition } from '../../conditions/condition.ts';
import {
  decimals,
  directionTitle,
  errorText,
  intervalOrigins,
  intervalText,
  lambdaText,
  rangeText,
  stretchedNote,
  withError,
} from '../../figures/number-text.ts';
import { FEWEST_GROUPS } from '../../synchrony/intervals/interval.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { ModelNames, Shared } from '../shared.ts';
import { each, errorSentence, seedsOf, splitsText } from './figure-notes.ts';
import {
  directionsIn,
  gatherMeasures,
  type Measures,
  madeWith,
  type PairResult,
  pairUnder,
} from './measures.ts';
import { pairLink } from './pair-link.ts';
import { highestConditionNumber, syncR2Tables } from './syncr2-tables.ts';

export const syncR2 = section({
  id: 'syncr2',
  title: 'SyncR²',
  needs: ['measure'],
  gather: gatherMeasures,
  tables: (measures) => syncR2Tables(measures),
  body: (measures, shared) =>
    measures.orders.length === 0
      ? html`
<section id="syncr2">
<h2>SyncR²</h2>
<p>Nothing is measured yet.</p>
</section>`
      : body(measures, shared),
});

/** With more seat orders than this the directions are folded away. */
const ORDERS_IN_VIEW = 16;

function body(measures: Measures, shared: Shared): Markup {
  const results = directionsIn(measures).map(({ result }) => result);
  const seeds = seedsOf(results.map(madeWith));
  const error = errorSentence(seeds);
  return html`
<section id="syncr2">
<h2>SyncR²</h2>
<p class="source" id="syncr2-pairs">Synchrony of each pair of models: the mean over both directions and all simulated
seat orders. ${pairNote(measures)}${missingDirections(measures, shared)}</p>
${pairTable(measures, shared)}
<h3>By direction</h3>
${folded(
  measures.orders.length > ORDERS_IN_VIEW && 'Every direction of every seat order',
  html`<p class="source" id="syncr2-directions">Source → target, with seats; A speaks first in every round. ${error}
${intervalNote(results)} ${ratioNote(results, shared)}</p>
<div class="scroll" tabindex="0"><table class="dense whole" aria-describedby="syncr2-directions">
<thead><tr><th scope="col">Source → target</th><th scope="col">Condition</th><th scope="col" class="number">SyncR²</th>
<th scope="col" class="number">Interval</th><th scope="col">n: train + test</th><th scope="col" class="number">Train / D</th>
<th scope="col" class="number">R² on training rows</th><th scope="col" class="number">Condition number</th></tr></thead>
<tbody>${results.map((result) => directionRow(result, shared))}
</tbody></table></div>`,
)}
${sourceLine(results, shared)}
<p class="source">The same numbers in full: <a href="tables/syncr2-pairs.csv">syncr2-pairs.csv</a>,
<a href="tables/syncr2-lambdas.csv">syncr2-lambdas.csv</a>,
<a href="tables/syncr2-directions.csv">syncr2-directions.csv</a>,
<a href="tables/best-targets.csv">best-targets.csv</a>.</p>
</section>`;
}

/** What stands beside the pairs' numbers. */
function pairNote({ pairs, orders }: Measures): string {
  // A condition may have groups of its own.
  const groupBy = new Map(
    orders.map(({ condition, directions }) => [condition, directions[0]?.groupBy ?? '']),
  );
  const notes = intervalOrigins(
    pairs.flatMap(({ interval, condition }) =>
      interval ? [{ interval, groupBy: groupBy.get(condition) ?? '' }] : [],
    ),
  );
  const brackets =
    notes.length > 0
      ? `In brackets: ${notes.join('; ')}, the fitted maps held fixed.${stretchedNote(pairs)}`
      : `No intervals: a split holds out fewer than ${FEWEST_GROUPS} groups, or they are not asked for.`;
  return pairs.some(({ splitDeviation }) => splitDeviation !== null)
    ? `${brackets} Below: the standard deviation over splits; the standard error that follows from it, corrected for the rows that splits share (Nadeau & Bengio 2003); and the error as it is published, which takes layers and directions to be independent.`
    : `${brackets} One split, so nothing is known of how far splits differ.`;
}

function missingDirections({ pairs }: Measures, shared: Shared): string {
  const missing = shared.pairs.length * shared.conditions.length - pairs.length;
  return missing > 0 ? ' A dash: not all of these are measured.' : '';
}

function folded(summary: string | false, content: Markup): Markup {
  return summary ? html`<details><summary>${summary}</summary>${content}</details>` : content;
}

/** Models, settings and versions behind the numbers above. */
function sourceLine(results: readonly SynchronyResult[], shared: Shared): Markup {
  const { versions, simulation } = shared;
  const models = shared.models
    .map(({ name, info }) => `${name} (revision ${info.revision.slice(0, 12)})`)
    .join(', ');
  return html`<p class="source">From: ${models}; simulation seeds ${simulation.seeds.join(', ')}; ${lambdaText(results.map(({ lambda }) => lambda))}, groups by ${groupsText(results)}, ${splitsText(results.map(madeWith))}; interbrain
${versions.interbrain}, Node.js ${versions.node}, ONNX Runtime ${versions.onnxruntime}.</p>`;
}

/** `interaction`, and conditions whose groups are others. */
function groupsText(results: readonly SynchronyResult[]): string {
  const [first] = results;
  const others = results.filter(({ groupBy }) => groupBy !== first?.groupBy);
  const named = others.map(({ condition, groupBy }) => `${condition} by ${groupBy}`);
  return `${first?.groupBy ?? ''}${named.length > 0 ? ` (${each(named)})` : ''}`;
}

/** More conditions than this have a row each, unless there are more pairs still. */
const CONDITIONS_ACROSS = 4;

/** The number with its interval, and below it how far it differs from split to split. */
function pairCell(pair: PairResult): Markup {
  const { value, interval, splitDeviation, correctedError, standardError, training, others } = pair;
  const spread =
    splitDeviation === null || correctedError === null
      ? ''
      : `SD ${decimals(splitDeviation)}, corrected error ${decimals(correctedError)}, published error ${errorText(standardError)}`;
  const fitted = (r2: number | null) => (r2 === null ? '' : `${decimals(r2)} on training rows`);
  const ends = interval && html`<span class="ends">${intervalText(interval)}</span>`;
  return html`${decimals(value)} ${ends}${spread && html`<br><small>${spread}</small>`}${
    training !== null && html`<br><small>${fitted(training)}</small>`
  }${others.map(
    (one) =>
      html`<br><small>${lambdaText([one.lambda])}: ${[decimals(one.value), fitted(one.training)].filter(Boolean).join('; ')}</small>`,
  )}`;
}

function pairTable(measures: Measures, { pairs, conditions }: Shared): Markup {
  const cell = (models: ModelNames, condition: Condition): Markup => {
    const found = pairUnder(measures, models, condition);
    return html`<td class="number">${found ? pairCell(found) : '–'}</td>`;
  };
  const across = conditions.length <= CONDITIONS_ACROSS || pairs.length > conditions.length;
  const heads = across ? conditions : pairs.map(pairLink);
  const rows = across
    ? pairs.map(
        (models) => html`
<tr><th scope="row">${pairLink(models)}</th>${conditions.map((one) => cell(models, one))}</tr>`,
      )
    : conditions.map(
        (condition) => html`
<tr><th scope="row">${condition}</th>${pairs.map((models) => cell(models, condition))}</tr>`,
      );
  return html`
<div class="scroll" tabindex="0"><table class="big stacked" aria-describedby="syncr2-pairs">
<thead><tr><th scope="col">${across ? 'Models' : 'Condition'}</th>${heads.map(
    (head) => html`<th scope="col" class="number">${head}</th>`,
  )}</tr></thead>
<tbody>${rows}
</tbody></table></div>`;
}

function directionRow(result: SynchronyResult, shared: Shared): Markup {
  const condition = highestConditionNumber(result);
  const ratios = rowsPerDimension(result, shared);
  const training = [...(result.training?.r2 ?? [])].map((r2) => decimals(r2));
  return html`
<tr><th scope="row">${directionTitle(result)}</th><td>${result.condition}</td>
<td class="number">${withError(result.syncR2, result.splits.length)}</td>
<td class="number">${intervalText(result.intervals?.syncR2)}</td><td>${countsText(result)}</td>
<td class="number">${ratios.length > 0 ? ratioText(ratios) : '–'}</td><td class="number">${training.join(', ') || '–'}</td>
<td class="number">${Number.isNaN(condition) ? '–' : condition.toExponential(1)}</td></tr>`;
}

/** `1500: 1200 + 300`. */
function countsText({ samples, splits }: SynchronyResult): string {
  const [train, test] = [splits.map((one) => one.trainSamples), splits.map((one) => one.testSamples)];
  return `${samples}: ${rangeText(train)} + ${rangeText(test)}`;
}

/**
 * Training rows of every split over the source's dimensions; none where the model is not described. In the place of a model
 * without states its partner has read.
 */
function rowsPerDimension(
  { sourceModel, targetModel, splits, reduced }: SynchronyResult,
  { models }: Shared,
): number[] {
  const sizeOf = (model: string) => models.find(({ name }) => name === model)?.info.hiddenSize;
  const size = reduced?.source ?? (sizeOf(sourceModel) || sizeOf(targetModel));
  return size === undefined ? [] : splits.map(({ trainSamples }) => trainSamples / size);
}

function ratioText(ratios: readonly number[]): string {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => decimals(ratio, 1));
  return low === high ? `${low}` : `${low}–${high}`;
}

/** What the number of training rows per dimension has to do with the number. */
function ratioNote(results: readonly SynchronyResult[], shared: Shared): string {
  const ratios = results.flatMap((result) => rowsPerDimension(result, shared));
  const [first] = results.flatMap(({ training }) => training ?? []);
  const looked = first
    ? ` R² on training rows, in the order of the λ, is of the first split: a mean over ${first.sourceLayers.length} source layers at their best target layers, in ${first.columns} target dimensions; where it is far above SyncR², much of the fit is interpolation.`
    : '';
  if (ratios.length === 0) return looked.trim();
  return `Train / D: training rows per dimension of the source, ${ratioText(ratios)} here. Near 1 a small λ fits the training rows almost exactly, and SyncR² is low for that reason alone; it rises with more rows (the curve is in sensitivity: sampleSizes), and less so under cross-validated λ.${looked}`;
}

/** How the intervals were made; the number of interactions may differ between directions. */
function intervalNote(results: readonly SynchronyResult[]): string {
  const notes = intervalOrigins(
    results.flatMap(({ intervals, groupBy }) => (intervals ? [{ interval: intervals.syncR2, groupBy }] : [])),
  );
  const ends = results.map(({ syncR2, intervals }) => ({ value: syncR2.value, interval: intervals?.syncR2 }));
  return notes.map((note) => `${note}, the fitted maps held fixed.`).join(' ') + stretchedNote(ends);
}
