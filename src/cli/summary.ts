import Table from 'cli-table3';
import { correlationText, pText } from '../figures/synchrony-performance.ts';
import type { AgentProbes } from '../probes/measure.ts';
import type { ReportInput } from '../report/page/types.ts';
import type { CorrelationResult } from '../statistics/correlation-files.ts';
import type { SyncR2Bootstrap } from '../synchrony/intervals/bootstrap.ts';
import type { NonlinearResult } from '../synchrony/networks/types.ts';
import type { SynchronyResult } from '../synchrony/types.ts';

/** `0.463 ± 0.012`. */
export function withError(value: number, error: number): string {
  return `${value.toFixed(3)} ± ${error.toFixed(3)}`;
}

/** `[0.441, 0.482]`, by BCa where that is defined. */
function interval(bootstrap: SyncR2Bootstrap | undefined): string {
  if (!bootstrap) return '–';
  const [low, high] = bootstrap.syncR2.bca ?? bootstrap.syncR2.percentile;
  return `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

/** One row per direction, and one per further penalty if there are any. */
export function resultTable(results: readonly SynchronyResult[]): string {
  const several = results.some(({ variants }) => variants);
  const bootstrapped = results.find(({ bootstrap }) => bootstrap)?.bootstrap;
  const level = bootstrapped && `${Number((100 * bootstrapped.level).toPrecision(6))} % interval`;
  const table = new Table({
    head: [
      'source → target',
      'condition',
      'direction',
      'n',
      ...(several ? ['λ'] : []),
      'SyncR² ± SE',
      ...(level ? [level] : []),
    ],
    style: { head: [], border: [] },
  });
  for (const result of results) {
    const { sourceModel, targetModel, condition, direction, samples } = result;
    for (const { lambda, syncR2 } of [result, ...(result.variants ?? [])])
      table.push([
        `${sourceModel} → ${targetModel}`,
        condition,
        direction.replace('->', ' → '),
        samples,
        ...(several ? [lambda] : []),
        withError(syncR2.value, syncR2.standardError),
        ...(level ? [syncR2 === result.syncR2 ? interval(result.bootstrap) : '–'] : []),
      ]);
  }
  return table.toString();
}

/** What conditions had to leave out, a line for each result. */
function leftOutLines(seatOrders: ReportInput['seatOrders']): string[] {
  return seatOrders.flatMap(({ directions }) =>
    directions.flatMap(({ sourceModel, targetModel, condition, leftOut }) => {
      if (!leftOut) return [];
      const { samples, episodes, reason } = leftOut;
      const counts = `${samples} samples left out, with ${episodes} whole episodes`;
      return [`${sourceModel} → ${targetModel}, ${condition}: ${counts}: ${reason}`];
    }),
  );
}

export function printSummary({ seatOrders, pairs, models }: ReportInput): void {
  process.stdout.write(`${resultTable(seatOrders.flatMap((order) => order.directions))}\n`);
  for (const line of leftOutLines(seatOrders)) process.stdout.write(`${line}\n`);
  for (const pair of pairs) {
    const value = withError(pair.value, pair.standardError);
    process.stdout.write(
      `SyncR²(${pair.models.join(', ')}), ${pair.condition}: ${value} (standard error over split seeds)\n`,
    );
  }
  if (models.some((model) => model.info.toy)) {
    process.stdout.write(
      'The embedded models are toys: these numbers show that the instrument works, nothing more.\n',
    );
  }
}

/** Affine and nonlinear side by side, a line per direction. */
export function nonlinearLines(results: readonly NonlinearResult[]): string[] {
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
export function probeLines(results: readonly AgentProbes[]): string[] {
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
export function correlationLines(result: CorrelationResult | undefined): string[] {
  return (result?.groups ?? []).map(({ group, pairs, pearson: { correlation, qap } }) => {
    const permuted = qap && !Number.isNaN(qap.p) ? `, p ${pText(qap.p)} by permuting models` : '';
    return `Synchrony and performance, ${group}: ${correlationText({ correlation }, pairs.length)}${permuted}`;
  });
}
