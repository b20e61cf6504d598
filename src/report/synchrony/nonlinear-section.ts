// Networks beside the ridge maps: the paper's Table 5.

import { shownLayer } from '../../episodes/recorded-layers.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { layerSeries } from '../../figures/layer-series.ts';
import { decimals, directionTitle, lambdaText, rangeText, withError } from '../../figures/number-text.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import { NETWORKS_STAGE } from '../../studies/stages/networks.ts';
import type { NonlinearResult } from '../../synchrony/networks/types.ts';
import { seedsAndFolds } from '../../synchrony/results.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNote } from '../page/toys.ts';
import { section } from '../section.ts';
import { completePair, type ModelNames, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { each, errorSentence, seedsOf, splitsText } from './figure-notes.ts';
import { bareDirectionStem } from './stems.ts';

/** One direction's networks, and whose they are. */
export interface NonlinearDirection {
  /** Names in seats A and B. */
  readonly models: ModelNames;
  readonly result: NonlinearResult;
}

/** Of every direction that has them. */
export async function gatherNetworks(source: ReportSource): Promise<NonlinearDirection[]> {
  const { current } = await source.results(NETWORKS_STAGE);
  return current.map(({ task, result }) => ({ models: task.order.names, result }));
}

export const nonlinear = section({
  id: 'nonlinear',
  title: 'Ridge maps and networks',
  needs: ['networks'],
  gather: gatherNetworks,
  figures: (all, shared) => all.map((one) => [stemOf(one), directionFigure(one, shared)] as const),
  tables: (all) => (all.length === 0 ? [] : [['tables/nonlinear.csv', nonlinearCsv(all)]]),
  body: (all, shared, figures) => (all.length === 0 ? null : body(all, shared, figures)),
});

const stemOf = ({ models, result }: NonlinearDirection) =>
  `${bareDirectionStem(models, result.direction)}+nonlinear`;

function directionFigure({ result, models }: NonlinearDirection, shared: Shared): FigureSpec {
  const { network, splits, lambda, samples, groupBy } = result;
  const series = [
    { name: `ridge, ${lambdaText([lambda])}`, points: pointsOf(result, 'affine') },
    { name: `network, ${network.hidden} hidden units`, points: pointsOf(result, 'nonlinear') },
  ];
  return layerSeries(series, 'R² at the best target', {
    title: directionTitle(result),
    notes: [
      ...toyNote(shared, models),
      `band: standard deviation over ${splitsText([seedsAndFolds(splits)])}`,
      `source layers; ${result.cells.length} of ${result.sourceLayers * result.targetLayers} layer pairs have a network`,
      `n = ${samples}, groups by ${groupBy}`,
      `${network.epochs} epochs, learning rate ${network.learningRate}, weight decay ${network.weightDecay}`,
    ],
  });
}

/** By source layer, at its best target layer. */
function pointsOf({ comparison, cells, sourceRecorded }: NonlinearResult, map: 'affine' | 'nonlinear') {
  const { bestTarget, bestR2 } = comparison[map];
  return comparison.sourceLayers.map((source, i) => {
    const cell = cells.find((one) => one.source === source && one.target === bestTarget[i]);
    return {
      layer: shownLayer(sourceRecorded, source),
      ...{ value: bestR2[i] ?? Number.NaN, error: deviation(cell?.[map] ?? []) },
    };
  });
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function body(all: readonly NonlinearDirection[], shared: Shared, figures: DrawnFigures): Markup {
  const results = all.map(({ result }) => ({ ...result, ...seedsAndFolds(result.splits) }));
  const seeds = seedsOf(results);
  const complete = results.every(({ comparison }) => comparison.complete);
  return html`
<section id="nonlinear">
<h2>Ridge maps and networks</h2>
<p>Whether a map that can bend finds more: a network with one hidden layer of ${each(results.map(({ network }) => network.hidden))} units beside the ridge map,
on the same rows.${
    complete
      ? ''
      : ' Networks were trained for some layer pairs only, so both columns are means over source layers at the best of those: not SyncR², which chooses among all.'
  }</p>
<div class="scroll" tabindex="0"><table aria-describedby="nonlinear-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">Ridge</th><th scope="col" class="number">Network</th>
<th scope="col" class="number">Network − ridge</th><th scope="col" class="number">Layer pairs</th></tr></thead>
<tbody>${pairRows(all, shared, seeds)}
${results.map((result) => directionRow(result, seeds))}
</tbody></table></div>
<p class="source" id="nonlinear-note">${errorSentence(seeds)} Networks
have no intervals: those are made of the residuals of every test row, which are not kept of networks.
Condition interactive; n = ${rangeText(results.map(({ samples }) => samples))}; ${lambdaText(results.map(({ lambda }) => lambda))}; ${each(results.map(({ network }) => network.epochs))} epochs;
${splitsText(results)}. <a href="tables/nonlinear.csv">nonlinear.csv</a></p>
<div class="figures">${all.map((one) => {
    const stem = stemOf(one);
    return figureOf(figures, stem, html`${directionTitle(one.result)}. ${figureLinks(stem)}`);
  })}</div>
</section>`;
}

interface Sync {
  readonly value: number;
  readonly standardError: number;
}

function row(name: string, affine: Sync, network: Sync, layerPairs: string, seeds: number): Markup {
  return html`
<tr><th scope="row">${name}</th><td class="number">${withError(affine, seeds)}</td>
<td class="number">${withError(network, seeds)}</td>
<td class="number">${decimals(network.value - affine.value)}</td><td class="number">${layerPairs}</td></tr>`;
}

function directionRow(result: NonlinearResult, seeds: number): Markup {
  const { comparison, cells, sourceLayers, targetLayers } = result;
  const layerPairs = `${cells.length} of ${sourceLayers * targetLayers}`;
  return row(directionTitle(result), comparison.affine, comparison.nonlinear, layerPairs, seeds);
}

/** Means over directions and seat orders, for pairs whose directions are all there. */
function pairRows(all: readonly NonlinearDirection[], shared: Shared, seeds: number): Markup[] {
  return shared.pairs.flatMap((models) => {
    const own = completePair(models, all).map(({ result }) => result.comparison);
    if (own.length === 0) return [];
    const [affine, network] = [
      combineDirections(own.map((comparison) => comparison.affine)),
      combineDirections(own.map((comparison) => comparison.nonlinear)),
    ];
    return [row(pairLabel(models), affine, network, '', seeds)];
  });
}

/** Every layer pair with a network; layers are 1-based. */
function nonlinearCsv(all: readonly NonlinearDirection[]): string {
  const who = ['model_a', 'model_b', 'direction', 'source_layer', 'target_layer', 'split_seed'];
  const rows = all.flatMap(({ models, result }) =>
    result.cells.flatMap(({ source, target, affine, nonlinear: network, trainLoss }) =>
      result.splits.map(({ seed }, s): CsvValue[] => [
        ...[...models, result.direction],
        ...[shownLayer(result.sourceRecorded, source), shownLayer(result.targetRecorded, target), seed],
        ...[affine[s] ?? null, network[s] ?? null, trainLoss[s] ?? null],
      ]),
    ),
  );
  return encodeCsv([...who, 'affine_r2', 'nonlinear_r2', 'train_loss'], rows);
}
