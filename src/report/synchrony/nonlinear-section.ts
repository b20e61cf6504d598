// Networks beside the ridge maps: the paper's Table 5.

import type { TopLevelSpec } from 'vega-lite';
import { decimals, seats } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import { layerSeries } from '../../figures/series.ts';
import { pairName } from '../../recordings/layout.ts';
import type { NonlinearResult } from '../../synchrony/networks/types.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import { toyNames } from '../page/prose.ts';
import type { ReportInput } from '../page/types.ts';
import { rangeText } from '../sensitivity/sensitivity-numbers.ts';
import type { DrawnFigures } from './synchrony-section.ts';

/** One direction's networks, and whose they are. */
export interface NonlinearDirection {
  /** Names in seats A and B. */
  readonly models: readonly [string, string];
  readonly result: NonlinearResult;
}

const stemOf = ({ models, result }: NonlinearDirection) =>
  `${pairName(models)}+${result.direction.replace('->', '-to-')}+nonlinear`;

function titleOf({ result }: NonlinearDirection): string {
  const [source, target] = seats(result.direction);
  return `${result.sourceModel} (${source}) → ${result.targetModel} (${target})`;
}

/** One figure per direction, by stem. */
export function nonlinearFigures(input: ReportInput): Map<string, TopLevelSpec> {
  const toys = new Set(toyNames(input));
  return new Map(
    (input.nonlinear ?? []).map((direction) => [stemOf(direction), directionFigure(direction, toys)]),
  );
}

function directionFigure(direction: NonlinearDirection, toys: ReadonlySet<string>): TopLevelSpec {
  const { result, models } = direction;
  const { network, splits, lambda, samples, groupBy, comparison } = result;
  const series = (['affine', 'nonlinear'] as const).map((map) => ({
    name: map === 'affine' ? `ridge, λ = ${lambda}` : `network, ${network.hidden} hidden units`,
    points: comparison.sourceLayers.map((source, i) => {
      const target = comparison[map].bestTarget[i]!;
      const cell = result.cells.find((one) => one.source === source && one.target === target)!;
      return { layer: source + 1, value: comparison[map].bestR2[i]!, error: deviation(cell[map]) };
    }),
  }));
  return layerSeries(series, 'R² at the best target', {
    title: titleOf(direction),
    notes: [
      ...(models.some((name) => toys.has(name)) ? ['toy models: the numbers test the instrument'] : []),
      `band: standard deviation over split seeds ${splits.map(({ seed }) => seed).join(', ')}`,
      `source layers; ${result.cells.length} of ${result.sourceLayers * result.targetLayers} layer pairs have a network`,
      `n = ${samples}, groups by ${groupBy}`,
      `${network.epochs} epochs, learning rate ${network.learningRate}, weight decay ${network.weightDecay}`,
    ],
  });
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Null for a study without networks. */
export function nonlinearSection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const all = input.nonlinear ?? [];
  const [first] = all;
  if (!first) return null;
  const complete = all.every(({ result }) => result.comparison.complete);
  const seeds = first.result.splits.length;
  const number = (value: number, error: number) =>
    seeds > 1 ? `${decimals(value)} ± ${decimals(error)}` : decimals(value);
  const row = (name: string, affine: Sync, nonlinear: Sync, pairs: string) => html`
<tr><th scope="row">${name}</th><td class="number">${number(affine.value, affine.standardError)}</td>
<td class="number">${number(nonlinear.value, nonlinear.standardError)}</td>
<td class="number">${decimals(nonlinear.value - affine.value)}</td><td class="number">${pairs}</td></tr>`;
  return html`
<section id="nonlinear">
<h2>Ridge maps and networks</h2>
<p>Whether a map that can bend finds more: a network with one hidden layer of ${first.result.network.hidden} units beside the ridge map,
on the same rows.${
    complete
      ? ''
      : ' Networks were trained for some layer pairs only, so both columns are means over source layers at the best of those: not SyncR², which chooses among all.'
  }</p>
<div class="scroll" tabindex="0"><table aria-describedby="nonlinear-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">Ridge</th><th scope="col" class="number">Network</th>
<th scope="col" class="number">Network − ridge</th><th scope="col" class="number">Layer pairs</th></tr></thead>
<tbody>${pairRows(input, all).map(({ name, affine, nonlinear }) => row(name, affine, nonlinear, ''))}
${all.map((one) => {
  const { affine, nonlinear } = one.result.comparison;
  return row(
    titleOf(one),
    affine,
    nonlinear,
    `${one.result.cells.length} of ${one.result.sourceLayers * one.result.targetLayers}`,
  );
})}
</tbody></table></div>
<p class="source" id="nonlinear-note">${seeds > 1 ? `± is the standard error over ${seeds} split seeds.` : 'One split seed gives no error.'} There are
no bootstrap intervals of networks: the bootstrap needs the residuals of every test row, which are not kept.
Condition interactive; n = ${rangeText(all.map(({ result }) => result.samples))}; λ = ${first.result.lambda}; ${first.result.network.epochs} epochs; split seeds
${first.result.splits.map(({ seed }) => seed).join(', ')}. <a href="tables/nonlinear.csv">nonlinear.csv</a></p>
<div class="figures">${all.map((one) => {
    const stem = stemOf(one);
    const path = `figures/${encodeURI(stem)}`;
    return html`
<figure>${trusted(fluidSvg(figures.get(stem) ?? ''))}
<figcaption>${titleOf(one)}. <a href="${path}.svg">SVG</a>, <a href="${path}.png">PNG</a></figcaption></figure>`;
  })}</div>
</section>`;
}

interface Sync {
  readonly value: number;
  readonly standardError: number;
}

/** Means over directions and seat orders, for pairs whose directions are all there. */
function pairRows(input: ReportInput, all: readonly NonlinearDirection[]) {
  const pairs = [...new Map(input.pairs.map(({ models }) => [models.join('\n'), models])).values()];
  return pairs.flatMap((models) => {
    const own = all.filter((one) => one.models.toSorted().join('\n') === models.toSorted().join('\n'));
    if (own.length === 0) return [];
    const of = (map: 'affine' | 'nonlinear') =>
      combineDirections(own.map(({ result }) => result.comparison[map]));
    return [{ name: models.join(' × '), affine: of('affine'), nonlinear: of('nonlinear') }];
  });
}

/** Every layer pair with a network; layers are 1-based. */
export function nonlinearCsv(all: readonly NonlinearDirection[]): string {
  const header = [
    'model_a',
    'model_b',
    'direction',
    'source_layer',
    'target_layer',
    'split_seed',
    'affine_r2',
  ];
  const rows = all.flatMap(({ models, result }) =>
    result.cells.flatMap(({ source, target, affine, nonlinear, trainLoss }) =>
      result.splits.map(({ seed }, s): CsvValue[] => [
        ...[...models, result.direction, source + 1, target + 1, seed],
        ...[affine[s] ?? null, nonlinear[s] ?? null, trainLoss[s] ?? null],
      ]),
    ),
  );
  return encodeCsv([...header, 'nonlinear_r2', 'train_loss'], rows);
}
