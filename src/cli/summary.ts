import Table from 'cli-table3';
import { correlationText, pText } from '../figures/correlation-text.ts';
import { errorText, intervalText, lambdaText, percent } from '../figures/number-text.ts';
import type { AgentProbes } from '../probes/measure.ts';
import type { RunSummary } from '../report/summary.ts';
import type { PairResult } from '../report/synchrony/measures.ts';
import type { CorrelationResult } from '../statistics/correlation-files.ts';
import type { NonlinearResult } from '../synchrony/networks/types.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { widthOf } from './display-width.ts';

/** `0.463 ± 0.012`. */
function withError(value: number, error: number): string {
  return `${value.toFixed(3)} ± ${errorText(error)}`;
}

/**
 * One row per direction, and one per further penalty if there are any; where a terminal is too narrow for the table, a
 * line for each row, which breaks between words.
 *
 * @param columns of the terminal; undefined where nobody counts them
 */
export function resultTable(results: readonly SynchronyResult[], columns?: number): string {
  const { head, rows } = resultRows(results);
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  const text = table.toString();
  if (!columns || widthOf(text.slice(0, text.indexOf('\n'))) <= columns) return text;
  return rows.map((row) => row.map((cell, i) => (i < 3 ? cell : `${head[i]} ${cell}`)).join(', ')).join('\n');
}

function resultRows(results: readonly SynchronyResult[]): { head: string[]; rows: string[][] } {
  const several = results.some(({ variants }) => variants);
  const coverage = results.find(({ intervals }) => intervals)?.intervals?.syncR2.level;
  const level = coverage && `${percent(coverage)} interval`;
  const head = ['source → target', 'condition', 'direction', 'n'];
  head.push(...(several ? ['λ'] : []), 'SyncR² ± SE', ...(level ? [level] : []));
  const rows = results.flatMap((result) =>
    [result, ...(result.variants ?? [])].map(({ lambda, syncR2 }) => [
      `${result.sourceModel} → ${result.targetModel}`,
      result.condition,
      result.direction.replace('->', ' → '),
      `${result.samples}`,
      ...(several ? [`${lambda}`] : []),
      withError(syncR2.value, syncR2.standardError),
      ...(level ? [syncR2 === result.syncR2 ? intervalText(result.intervals?.syncR2) : '–'] : []),
    ]),
  );
  return { head, rows };
}

/** What conditions had to leave out, a line for each result. */
function leftOutLines(results: readonly SynchronyResult[]): string[] {
  return results.flatMap(({ sourceModel, targetModel, condition, leftOut }) => {
    if (!leftOut) return [];
    const { samples, episodes, reason } = leftOut;
    const counts = `${samples} samples left out, with ${episodes} whole episodes`;
    return [`${sourceModel} → ${targetModel}, ${condition}: ${counts}: ${reason}`];
  });
}

/** `SyncR²(a, b), interactive: 0.312, 95 % interval [0.281, 0.340]; …` */
function pairLine(pair: PairResult): string {
  const { models, condition, value, standardError, splitDeviation, correctedError, interval, others } = pair;
  const between = interval ? `, ${percent(interval.level)} interval ${intervalText(interval)}` : '';
  const spread = splitDeviation === null ? '' : `; over splits: SD ${splitDeviation.toFixed(3)}`;
  const corrected = correctedError === null ? '' : `, corrected error ${correctedError.toFixed(3)}`;
  const error = splitDeviation === null ? '' : `${corrected}, published error ${standardError.toFixed(3)}`;
  const beside = others.map((one) => `; ${lambdaText([one.lambda])}: ${one.value.toFixed(3)}`).join('');
  return `SyncR²(${models.join(', ')}), ${condition}: ${value.toFixed(3)}${between}${spread}${error}${beside}`;
}

/**
 * A run's results in lines.
 *
 * @param columns of the terminal; undefined where nobody counts them
 */
export function summaryLines(summary: RunSummary, columns?: number): string[] {
  const { measures, pairs, networks, probes, talk, correlation, toys } = summary;
  return [
    ...(measures.length > 0 ? [resultTable(measures, columns)] : []),
    ...leftOutLines(measures),
    ...pairs.map(pairLine),
    ...(toys
      ? ['The embedded models are toys: these numbers show that the instrument works, nothing more.']
      : []),
    ...talk.map((line) => `How they talked: ${line}`),
    ...nonlinearLines(networks),
    ...probeLines(probes),
    ...correlationLines(correlation),
  ];
}

/** Affine and nonlinear side by side, a line per direction. */
function nonlinearLines(results: readonly NonlinearResult[]): string[] {
  return results.map(
    ({ sourceModel, targetModel, direction, cells, sourceLayers, targetLayers, comparison }) => {
      const { affine, nonlinear, complete } = comparison;
      const of = sourceLayers * targetLayers;
      const what = complete ? 'SyncR²' : `best R² over ${cells.length} of ${of} layer pairs`;
      const [a, n] = [affine, nonlinear].map(({ value, standardError }) => withError(value, standardError));
      return `${sourceModel} → ${targetModel} ${direction}: ${what} ${a} by ridge, ${n} by networks`;
    },
  );
}

/** What was decoded, a line per kind and relation, and what was not, with the reason. */
function probeLines(results: readonly AgentProbes[]): string[] {
  const decoded = results.flatMap(({ model, partner, seat, probes }) =>
    probes.map(({ kind, relation, best, baseline }) => {
      const [kl, base] = [best, baseline].map(({ mean, standardError }) => withError(mean, standardError));
      const whose = relation === 'self' ? 'own' : `${partner}'s ${relation.replace('partner-', '')}`;
      return `${model} (${seat}): ${whose} ${kind}, KL ${kl} from layer ${best.layer}, baseline ${base}`;
    }),
  );
  const reasons = new Set(results.flatMap(({ excluded }) => excluded.map(({ reason }) => reason)));
  return [...decoded, ...[...reasons].map((reason) => `Mental states not decoded: ${reason}`)];
}

/** Synchrony against performance, a line per family group. */
function correlationLines(result: CorrelationResult | undefined): string[] {
  return (result?.groups ?? []).map(({ group, pairs, pearson: { correlation, qap } }) => {
    const permuted = qap && !Number.isNaN(qap.p) ? `, p ${pText(qap.p)} by permuting models` : '';
    return `Synchrony and performance, ${group}: ${correlationText({ correlation }, pairs.length)}${permuted}`;
  });
}
