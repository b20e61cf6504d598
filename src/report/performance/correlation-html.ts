// The tables of correlations on the page.

import { coefficientText, correlationText, pText } from '../../figures/correlation-text.ts';
import { decimals, errorText, intervalText } from '../../figures/number-text.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { GroupCorrelation, PairCorrelation } from '../../statistics/model-pairs.ts';
import type { Qap } from '../../statistics/qap.ts';
import { html, type Markup } from '../page/html.ts';
import { pairLink } from '../synchrony/pair-link.ts';

const number = (value: number, digits = 2): string => (Number.isNaN(value) ? '–' : decimals(value, digits));

const coefficient = (r: number): string => (Number.isNaN(r) ? '–' : coefficientText(r));

const significance = (p: number): string => (Number.isNaN(p) ? '–' : pText(p).replace('= ', ''));

function intervalCell({ correlation }: PairCorrelation): string {
  return intervalText(correlation?.interval, 2);
}

function permutedText(qap: Qap | null): string {
  if (!qap || Number.isNaN(qap.p)) return '–';
  return `${significance(qap.p)} (${qap.exact ? 'all ' : ''}${qap.permutations + (qap.exact ? 1 : 0)})`;
}

/** r and ρ of every group, and what they cannot tell. */
export function groupTable({ groups }: CorrelationResult): Markup {
  const unequal = groups.some(({ givenSamples }) => givenSamples !== null);
  return html`<div class="scroll" tabindex="0"><table aria-describedby="correlation-table">
<thead><tr><th scope="col">Pairs</th><th scope="col" class="number">n</th><th scope="col" class="number">r</th>
<th scope="col" class="number">Interval</th><th scope="col" class="number">p</th><th scope="col" class="number">p, permuted</th>
<th scope="col" class="number">ρ</th><th scope="col" class="number">p</th><th scope="col" class="number">p, permuted</th>${
    unequal &&
    html`
<th scope="col" class="number">r given log n</th><th scope="col" class="number">Interval</th><th scope="col" class="number">p, permuted</th>`
  }</tr></thead>
<tbody>${groups.map((group) => groupRow(group, unequal))}
</tbody></table></div>
${warningList(groups)}`;
}

function groupRow(
  { group, pairs, pearson, spearman, givenSamples }: GroupCorrelation,
  unequal: boolean,
): Markup {
  const r = pearson.correlation?.r ?? Number.NaN;
  return html`
<tr><th scope="row">${group}</th><td class="number">${pairs.length}</td><td class="number">${coefficient(r)}</td>
<td class="number">${intervalCell(pearson)}</td><td class="number">${significance(pearson.correlation?.p ?? Number.NaN)}</td>
<td class="number">${permutedText(pearson.qap)}</td><td class="number">${coefficient(spearman.correlation?.r ?? Number.NaN)}</td>
<td class="number">${significance(spearman.correlation?.p ?? Number.NaN)}</td><td class="number">${permutedText(spearman.qap)}</td>${unequal && givenCells(givenSamples)}</tr>`;
}

/** A dash where a group's pairs have the same number of samples. */
function givenCells(found: PairCorrelation | null): Markup {
  return html`
<td class="number">${coefficient(found?.correlation?.r ?? Number.NaN)}</td><td class="number">${found ? intervalCell(found) : '–'}</td>
<td class="number">${permutedText(found?.qap ?? null)}</td>`;
}

function warningList(groups: readonly GroupCorrelation[]): Markup | null {
  const items = groups.flatMap(({ group, warnings }) =>
    warnings.map((warning) => html`<li><strong>${group}:</strong> ${warning}.</li>`),
  );
  return items.length === 0 ? null : html`<ul class="warnings source">${items}</ul>`;
}

/** Rows are groups and columns benchmarks, as in Table 1, but with n, p and interval. */
export function partialTable({ benchmarks, groups }: CorrelationResult): Markup {
  if (benchmarks.length === 0)
    return html`
<h3>With abilities held fixed</h3>
<p class="source">The study names no abilities of its models, so there are no partial correlations.</p>`;
  const cell = (group: GroupCorrelation, benchmark: string): Markup => {
    const found = group.partial.find(({ given }) => given === benchmark);
    if (!found?.correlation || Number.isNaN(found.correlation.r))
      return html`<td>–</td><td class="number">–</td><td class="number">–</td>`;
    const { r, p } = found.correlation;
    return html`<td class="number">${coefficient(r)} ${intervalCell(found)}</td><td class="number">${significance(p)}</td>
<td class="number">${permutedText(found.qap)}</td>`;
  };
  return html`
<h3>With abilities held fixed</h3>
<p class="source" id="partial-table">Partial correlation of synchrony and performance given one ability, a pair’s being the
mean of its two models’; n − 3 degrees of freedom. As the paper’s Table 1, with interval and p.</p>
<div class="scroll" tabindex="0"><table aria-describedby="partial-table">
<thead><tr><th scope="col">Pairs</th><th scope="col" class="number">n</th>${benchmarks.map(
    (name) => html`<th scope="col" class="number">given ${name}</th><th scope="col" class="number">p</th>
<th scope="col" class="number">p, permuted</th>`,
  )}</tr></thead>
<tbody>${groups.map(
    (group) => html`
<tr><th scope="row">${group.group}</th><td class="number">${group.pairs.length}</td>${benchmarks.map((name) => cell(group, name))}</tr>`,
  )}
</tbody></table></div>`;
}

export function dimensionTable({ dimensions, groups }: CorrelationResult): Markup {
  const cell = ({ dimensions: own, pairs }: GroupCorrelation, name: string): Markup => {
    const found = own.find((entry) => entry.name === name);
    const { correlation = null, adjustedP = Number.NaN } = found ?? {};
    const text =
      correlation && !Number.isNaN(correlation.r)
        ? `${correlationText({ correlation }, pairs.length).replace(/, n = .*/, '')}; adjusted ${significance(adjustedP)}`
        : '–';
    return html`<td>${text}</td>`;
  };
  return html`
<details><summary>Every dimension’s correlation as a table</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Dimension</th>${groups.map(({ group, pairs }) => html`<th scope="col">${group}, n = ${pairs.length}</th>`)}</tr></thead>
<tbody>${dimensions.map(
    (name) => html`
<tr><th scope="row">${name}</th>${groups.map((group) => cell(group, name))}</tr>`,
  )}
</tbody></table></div></details>`;
}

export function leaveOneOutTable({ groups }: CorrelationResult): Markup {
  const models = [...new Set(groups.flatMap(({ leaveOneOut }) => leaveOneOut.map(({ model }) => model)))];
  const cell = (group: GroupCorrelation, model: string): Markup => {
    const found = group.leaveOneOut.find((entry) => entry.model === model);
    if (!found) return html`<td></td>`;
    const { correlation } = found;
    const text = correlation
      ? Number.isNaN(correlation.r)
        ? 'no r'
        : `${coefficient(correlation.r)}, p ${pText(correlation.p)}, n = ${correlation.n}`
      : 'too few pairs';
    return html`<td>${text}</td>`;
  };
  return html`
<details><summary>Without one model: r when all pairs of a model are left out</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Without</th>${groups.map(({ group }) => html`<th scope="col">${group}</th>`)}</tr></thead>
<tbody>${models.map(
    (model) => html`
<tr><th scope="row">${model}</th>${groups.map((group) => cell(group, model))}</tr>`,
  )}
</tbody></table></div></details>`;
}

export function pairTable({ pairs, benchmarks }: CorrelationResult): Markup {
  return html`
<details><summary>All ${pairs.length} pairs</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Pair</th><th scope="col" class="number">SyncR²</th><th scope="col" class="number">n</th><th scope="col" class="number">Score</th>
<th scope="col" class="number">Judged</th><th scope="col" class="number">Failed</th>${benchmarks.map((b) => html`<th scope="col" class="number">${b}</th>`)}</tr></thead>
<tbody>${pairs.map(
    (pair) => html`
<tr><th scope="row">${pairLink(pair.models)}</th><td class="number">${decimals(pair.synchrony)} ± ${errorText(pair.standardError)}</td>
<td class="number">${Math.round(pair.samples)}</td><td class="number">${decimals(pair.performance, 2)}</td><td class="number">${pair.judged}</td><td class="number">${pair.failed}</td>${benchmarks.map(
      (b) => html`<td class="number">${number(pair.abilities[b] ?? Number.NaN)}</td>`,
    )}</tr>`,
  )}
</tbody></table></div></details>`;
}
