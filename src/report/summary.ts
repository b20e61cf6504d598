// What a run has come to, in plain data: the current results that a terminal or another program tells of.

import type { Judgement } from '../evaluation/types.ts';
import type { AgentProbes } from '../probes/measure.ts';
import type { CorrelationResult } from '../statistics/correlation-files.ts';
import { PROBES } from '../studies/stages/probes.ts';
import type { NonlinearResult } from '../synchrony/networks/types.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { gatherTalk, talkWarnings } from './episodes/gather-talk.ts';
import { gatherJudgements } from './episodes/gather-transcripts.ts';
import { gatherCorrelation } from './performance/gather-correlation.ts';
import type { ReportSource } from './source.ts';
import { directionsIn, gatherMeasures, type PairResult } from './synchrony/measures.ts';
import { gatherNetworks } from './synchrony/nonlinear-section.ts';

/** Results of the study's present settings alone. */
export interface RunSummary {
  /** By seat order, condition and direction. */
  readonly measures: readonly SynchronyResult[];
  /** SyncR² of pairs of models, over directions and seat orders. */
  readonly pairs: readonly PairResult[];
  readonly networks: readonly NonlinearResult[];
  readonly probes: readonly AgentProbes[];
  /** What to know of how they talked before believing any number, a sentence each. */
  readonly talk: readonly string[];
  readonly correlation: CorrelationResult | undefined;
  /** Failed ones among them. */
  readonly judgements: readonly Judgement[];
  /** Whether a model is one of the embedded ones. */
  readonly toys: boolean;
}

export async function gatherSummary(source: ReportSource): Promise<RunSummary> {
  const measures = await gatherMeasures(source);
  const probes = await source.results(PROBES);
  return {
    measures: directionsIn(measures).map(({ result }) => result),
    pairs: measures.pairs,
    networks: (await gatherNetworks(source)).map(({ result }) => result),
    probes: probes.current.map(({ result }) => result),
    talk: talkWarnings(await gatherTalk(source)),
    correlation: await gatherCorrelation(source),
    judgements: await gatherJudgements(source),
    toys: Object.values(source.manifest.models).some(({ toy }) => toy),
  };
}
