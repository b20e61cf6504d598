import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import { CORRELATION } from '../../studies/stages/correlation.ts';
import type { ReportSource } from '../source.ts';

/** Synchrony against social performance; undefined if it is not asked for or not there. */
export async function gatherCorrelation(source: ReportSource): Promise<CorrelationResult | undefined> {
  const { current } = await source.results(CORRELATION);
  return current[0]?.result;
}
