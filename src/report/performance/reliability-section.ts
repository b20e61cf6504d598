// How reliable SyncR² of a pair is, what it is of what can be predicted at all, and its correlation with performance without errors.

import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals, intervalText, lambdaText, percent, rangeText, seats } from '../../figures/number-text.ts';
import type { Disattenuated, Reliability } from '../../statistics/reliability.ts';
import type { DirectionReliability, PairReliability } from '../../studies/reliability-files.ts';
import { PAIR_RELIABILITY } from '../../studies/stages/pair-reliability.ts';
import { RELIABILITY } from '../../studies/stages/reliability.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import { section, type TextFile } from '../section.ts';
import { completePair, type ModelNames, pairCount, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { each, splitsText } from '../synchrony/figure-notes.ts';

interface Direction {
  readonly models: ModelNames;
  readonly result: DirectionReliability;
}

interface Gathered {
  readonly directions: readonly Direction[];
  readonly pairs: PairReliability | undefined;
}

export const reliability = section({
  id: 'reliability',
  title: 'Reliability and ceiling',
  needs: ['reliability', 'pair-reliability'],
  gather,
  tables,
  body,
});

async function gather(source: ReportSource): Promise<Gathered> {
  const directions = await source.results(RELIABILITY);
  const pairs = await source.results(PAIR_RELIABILITY);
  return {
    directions: directions.current.map(({ task, result }) => ({ models: task.order.names, result })),
    pairs: pairs.current[0]?.result,
  };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function body({ directions, pairs }: Gathered, shared: Shared): Markup | null {
  if (directions.length === 0) return null;
  const rows = shared.pairs.flatMap((models) => {
    const own = completePair(models, directions).map(({ result }) => result);
    return own.length === 0 ? [] : [{ models, own }];
  });
  const results = directions.map(({ result }) => result);
  const halvings = results[0]?.halvings.length ?? 0;
  return html`
<section id="reliability">
<h2>Reliability and ceiling</h2>
<p>SyncR² of a pair is an estimate. Measured on two halves of the interactions, each with its own splits and fits, it shows how much of
what tells pairs apart is left when other interactions are played. The ceiling says how much of a target layer a linear map
from as many rows can find at all: what the target model’s own other layers predict of it at the same turn.</p>
${rows.length === 0 ? html`<p>No pair has all of its directions.</p>` : pairTable(rows, halvings)}
<p class="source" id="reliability-note">Halves: the first halving’s, mean over directions and seat orders. ${[
    ...[`${halvings} halving${halvings === 1 ? '' : 's'}`, ...pairCount(rows.length, shared)],
    `n of a half = ${rangeText(results.flatMap((one) => one.halvings.flat().map(({ samples }) => samples)))}`,
    `groups by ${each(results.map(({ groupBy }) => groupBy))}`,
    splitsText(results),
    lambdaText(results.map(({ lambda }) => lambda)),
  ].join(
    '; ',
  )}. The ceiling of a direction is the mean over source layers of that of their best target layers. By direction, with the
intervals of the shares: <a href="tables/reliability.csv">reliability.csv</a>.</p>
${pairs ? html`<ul>${sentences(pairs).map((one) => html`<li>${one}</li>`)}</ul>` : null}
</section>`;
}

function pairTable(
  rows: readonly { readonly models: ModelNames; readonly own: readonly DirectionReliability[] }[],
  halvings: number,
): Markup {
  const halfOf = (own: readonly DirectionReliability[], side: 0 | 1) =>
    halvings === 0 ? '–' : decimals(meanOf(own.flatMap((one) => one.halvings[0]?.[side].value ?? [])));
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="reliability-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">First half</th><th scope="col" class="number">Second half</th><th scope="col" class="number">Ceiling</th><th scope="col" class="number">SyncR² as a share of it</th></tr></thead>
<tbody>${rows.map(({ models, own }) => {
    const ceilings = own.flatMap(({ ceiling }) => ceiling ?? []);
    const whole = ceilings.length === own.length;
    const shares = ceilings.flatMap(({ share }) => share ?? []);
    return html`
<tr><th scope="row">${pairLabel(models)}</th><td class="number">${halfOf(own, 0)}</td><td class="number">${halfOf(
      own,
      1,
    )}</td><td class="number">${whole ? decimals(meanOf(ceilings.map(({ value }) => value))) : '–'}</td><td class="number">${
      whole && shares.length === own.length ? percent(meanOf(shares), 3) : '–'
    }</td></tr>`;
  })}
</tbody></table></div>`;
}

/** What is said over pairs of models. */
function sentences({ synchrony, performance, correlation, notes }: PairReliability): string[] {
  return [
    ...(synchrony ? [`SyncR² ${reliabilityText(synchrony)}.`] : []),
    ...(performance ? [`Performance ${reliabilityText(performance)}.`] : []),
    ...(correlation ? [correlationText(correlation)] : []),
    ...notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
  ];
}

function reliabilityText({ n, halfCorrelation, reliability: whole, interval }: Reliability): string {
  const ends = interval
    ? ` ${intervalText(interval)} (${percent(interval.level)} interval, leaving out each of ${interval.models} models)`
    : '; too few models for an interval';
  return `over ${n} ${n === 1 ? 'pair' : 'pairs'} of models: r = ${decimals(halfCorrelation)} between the halves, so a reliability of ${decimals(whole)} of the whole (Spearman–Brown)${ends}`;
}

function correlationText({ r, disattenuated, interval }: Disattenuated): string {
  const ends = interval
    ? ` ${intervalText(interval)} (${percent(interval.level)} interval, leaving out each of ${interval.groups} models)`
    : '; too few models for an interval';
  return `Synchrony and performance correlate with r = ${decimals(r)}; without the errors of either that is ${decimals(disattenuated)}${ends}.`;
}

function tables({ directions, pairs }: Gathered): TextFile[] {
  if (directions.length === 0) return [];
  const header = [
    ...['model_a', 'model_b', 'direction', 'source_model', 'target_model', 'halving'],
    ...['first_half', 'second_half', 'samples_of_first_half', 'samples_of_second_half'],
    ...['ceiling', 'share_of_ceiling', ...INTERVAL],
  ];
  const rows = directions.flatMap(({ models, result }) => {
    const who = [...models, seats(result.direction).join(' to '), result.sourceModel, result.targetModel];
    const { ceiling } = result;
    const share: CsvValue[] = [
      ...[ceiling?.value ?? null, ceiling?.share ?? null],
      ...intervalColumns(ceiling?.interval),
    ];
    return result.halvings.map(([a, b], halving): CsvValue[] => [
      ...[...who, halving, a.value, b.value, a.samples, b.samples, ...share],
    ]);
  });
  const files: TextFile[] = [['tables/reliability.csv', encodeCsv(header, rows)]];
  if (pairs) files.push(['tables/reliability-pairs.csv', pairsCsv(pairs)]);
  return files;
}

function pairsCsv({ pairs }: PairReliability): string {
  const header = [
    ...['model_1', 'model_2', 'halving', 'syncr2', 'first_half', 'second_half'],
    ...['performance', 'performance_first_half', 'performance_second_half'],
  ];
  const rows = pairs.flatMap(({ models, synchrony, halves, performance, performanceHalves }) =>
    halves.map(([a, b], halving): CsvValue[] => [
      ...[...models, halving, synchrony, a, b, performance],
      ...(performanceHalves[halving] ?? [null, null]),
    ]),
  );
  return encodeCsv(header, rows);
}
