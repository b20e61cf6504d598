import type { Episode } from '../episodes/types.ts';
import type { AbilityResult } from '../evaluation/ability-files.ts';
import type { Judgement } from '../evaluation/types.ts';
import type { Direction } from '../pairs/align.ts';
import type { AgentProbes } from '../probes/measure.ts';
import type { Encounter } from '../scenarios/schema.ts';
import type { CorrelationResult } from '../statistics/correlation-files.ts';
import type { SeatOrder } from '../studies/plan.ts';
import type { PartName, StoredPart } from '../studies/sensitivity-files.ts';
import type { DirectionTests } from '../studies/significance-files.ts';
import type { StageTask } from '../studies/stage.ts';
import type { NonlinearResult } from '../synchrony/networks/nonlinear.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import type { ReadStage } from './source.ts';

export interface EpisodeTask extends StageTask {
  readonly order: SeatOrder;
  readonly seed: number;
  readonly encounter: Encounter;
}
export interface DirectionTask extends StageTask {
  readonly order: SeatOrder;
  readonly direction: Direction;
}
export interface AbilityTask extends StageTask {
  readonly benchmark: string;
  readonly model: string;
}

const stage = <Task extends StageTask, Result>(name: string, results: string): ReadStage<Task, Result> => ({
  name,
  results,
  read: () => Promise.reject(new Error('not there yet')),
});

export const EPISODES = stage<EpisodeTask, Episode>('episodes', 'episodes');
export const ABILITIES = stage<AbilityTask, AbilityResult>('abilities', 'ability tests');
export const MEASURE = stage<DirectionTask & { readonly condition: string }, SynchronyResult>('measure', 'measures');
export const SIGNIFICANCE = stage<DirectionTask & { readonly pair: readonly [string, string] }, DirectionTests>('significance', 'tests');
export const JUDGEMENTS = stage<EpisodeTask, Judgement>('judgements', 'judgements');
export const SENSITIVITY = stage<DirectionTask & { readonly part: PartName }, StoredPart<PartName>>('sensitivity', 'sensitivity parts');
export const RELATIONSHIPS_STAGE = stage<DirectionTask, StoredPart<'relationships'>>('relationships', 'relationships');
export const PROBES = stage<StageTask & { readonly order: SeatOrder; readonly seat: 'A' | 'B' }, AgentProbes>('probes', 'probes');
export const NETWORKS = stage<DirectionTask, NonlinearResult>('networks', 'networks');
export const CORRELATION = stage<StageTask, CorrelationResult>('correlation', 'correlation');
