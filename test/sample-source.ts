// A run that is not on disk: made-up results of each stage's real tasks, for the tests of the report.

import type { Episode } from '../src/episodes/types.ts';
import type { AbilityResult } from '../src/evaluation/ability-files.ts';
import type { Judgement } from '../src/evaluation/types.ts';
import type { ModelInfo } from '../src/models/language-model.ts';
import type { AgentProbes } from '../src/probes/measure.ts';
import type { ReportSource, StageCounts } from '../src/report/source.ts';
import { encountersOf } from '../src/scenarios/encounters.ts';
import type { ScenarioSet } from '../src/scenarios/schema.ts';
import type { CorrelationResult } from '../src/statistics/correlation-files.ts';
import type { EpisodeModel } from '../src/statistics/episode-model.ts';
import type { StoredContributions } from '../src/studies/contribution-files.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { DirectionEpisodes } from '../src/studies/episode-synchrony-files.ts';
import type { EpisodeInterventions, OrderEffects } from '../src/studies/intervention-files.ts';
import type { InterventionTask } from '../src/studies/intervention-plan.ts';
import type { DirectionLags } from '../src/studies/lags-files.ts';
import type { Manifest } from '../src/studies/manifest.ts';
import { OpenStudy } from '../src/studies/open.ts';
import type { DirectionOwnPast } from '../src/studies/own-past-files.ts';
import { modelSources } from '../src/studies/plan.ts';
import type { DirectionReliability, PairReliability } from '../src/studies/reliability-files.ts';
import type { Study } from '../src/studies/schema.ts';
import type { PartName, StoredPart } from '../src/studies/sensitivity/part-files.ts';
import type { DirectionTests } from '../src/studies/significance/test-files.ts';
import type { DirectionSimilarity } from '../src/studies/similarity-files.ts';
import type { Stage, StageResults, StageTask, TaskState } from '../src/studies/stage.ts';
import type { AbilityTask } from '../src/studies/stages/abilities.ts';
import type { EffectsTask } from '../src/studies/stages/effects.ts';
import type { EpisodeTask } from '../src/studies/stages/episodes.ts';
import type { MeasureTask } from '../src/studies/stages/measure.ts';
import type { ProbeTask } from '../src/studies/stages/probes.ts';
import type { SensitivityTask } from '../src/studies/stages/sensitivity.ts';
import type { SignificanceTask } from '../src/studies/stages/significance.ts';
import { STAGES } from '../src/studies/stages.ts';
import type { NonlinearResult } from '../src/synchrony/networks/types.ts';
import type { SynchronyResult } from '../src/synchrony/types.ts';

/** What makes a stage's results of its tasks; a stage without one has none. */
export interface Makers {
  readonly episodes?: (task: EpisodeTask) => Episode;
  readonly abilities?: (task: AbilityTask) => AbilityResult;
  readonly measure?: (task: MeasureTask) => SynchronyResult;
  readonly significance?: (task: SignificanceTask) => DirectionTests;
  /** A failed judgement is kept as failed. */
  readonly judgements?: (task: EpisodeTask) => Judgement;
  readonly sensitivity?: (task: SensitivityTask) => StoredPart<PartName>;
  readonly relationships?: (task: DirectionTask) => StoredPart<'relationships'>;
  readonly contributions?: (task: DirectionTask) => StoredContributions;
  readonly 'own-past'?: (task: DirectionTask) => DirectionOwnPast;
  readonly lags?: (task: DirectionTask) => DirectionLags;
  readonly 'episode-synchrony'?: (task: DirectionTask) => DirectionEpisodes;
  readonly 'episode-model'?: (task: StageTask) => EpisodeModel;
  readonly reliability?: (task: DirectionTask) => DirectionReliability;
  readonly 'pair-reliability'?: (task: StageTask) => PairReliability;
  readonly similarity?: (task: DirectionTask) => DirectionSimilarity;
  readonly repeats?: (task: DirectionTask) => StoredPart<'repeats'>;
  readonly probes?: (task: ProbeTask) => AgentProbes;
  readonly networks?: (task: DirectionTask) => NonlinearResult;
  readonly correlation?: (task: StageTask) => CorrelationResult;
  readonly interventions?: (task: InterventionTask) => EpisodeInterventions;
  readonly effects?: (task: EffectsTask) => OrderEffects;
}

export interface SampleRun {
  readonly study: Study;
  readonly scenarios: ScenarioSet;
  readonly models: Readonly<Record<string, ModelInfo>>;
  readonly makers: Makers;
  /** What has become of a task that is not there. */
  readonly stateOf?: ((stage: string, task: StageTask) => TaskState | undefined) | undefined;
}

const VERSIONS = { interbrain: '0.1.0', node: '20.20.0', onnxruntime: '1.30.0' };
const MACHINE = { cpu: 'Some CPU @ 2.5 GHz', cores: 2, memoryGiB: 24, platform: 'linux x64' };

function manifestOf({ study, scenarios, models }: SampleRun): Manifest {
  return {
    format: 'interbrain-run-2',
    versions: VERSIONS,
    machine: MACHINE,
    study,
    models: { ...models },
    scenarios,
  };
}

/** The run as sections see it. */
export function sourceOf(sample: SampleRun): ReportSource {
  const { study, scenarios, models, makers, stateOf } = sample;
  const run = `runs/${study.name}`;
  const opened = new OpenStudy({
    ...{ study, run, scenarios, encounters: encountersOf(scenarios), folder: '.' },
    sources: modelSources(study, '.'),
    infos: new Map(Object.entries(models)),
  });
  const makerOf = (stage: string) =>
    (makers as Record<string, ((task: StageTask) => unknown) | undefined>)[stage];
  const stateIn = (stage: string, task: StageTask): TaskState => {
    const make = makerOf(stage);
    const own = stateOf?.(stage, task) ?? (make || !isRead(stage) ? 'current' : 'missing');
    if (own !== 'current' || !make) return own;
    const made = make(task) as { readonly status?: string };
    return made.status === 'failed' ? 'failed' : 'current';
  };
  const messageOf = (stage: string, task: StageTask) =>
    (makerOf(stage)?.(task) as { readonly failure?: string } | undefined)?.failure ??
    'no space left on device';
  const tasksOf = (stage: Stage) => (stage.asked(study) ? stage.tasks(opened) : []);
  const results = async <Task extends StageTask, Result>(
    stage: Stage<Task, Result>,
  ): Promise<StageResults<Task, Result>> => {
    const tasks = tasksOf(stage as unknown as Stage) as readonly Task[];
    const withState = (state: TaskState) => tasks.filter((task) => stateIn(stage.name, task) === state);
    const make = (task: Task) => makerOf(stage.name)?.(task) as Result;
    return {
      ...{ stage: stage.name, results: stage.results },
      current: withState('current').map((task) => ({ task, result: make(task) })),
      ...{ stale: withState('stale'), missing: withState('missing') },
      failed: withState('failed').map((task) => ({
        ...{ task, message: messageOf(stage.name, task) },
        ...(stage.name === 'judgements' && { result: make(task) }),
      })),
    };
  };
  const states = async (): Promise<StageCounts[]> =>
    STAGES.filter((stage) => stage.asked(study)).map((stage) => ({
      ...{ stage: stage.name, results: stage.results },
      tasks: tasksOf(stage).map((task) => {
        const state = stateIn(stage.name, task);
        return { state, ...(state === 'failed' && { message: messageOf(stage.name, task) }) };
      }),
    }));
  async function* each<Task extends StageTask, Result>(stage: Stage<Task, Result>) {
    const { current, failed } = await results(stage);
    for (const { task, result } of [...current, ...failed]) if (result !== undefined) yield { task, result };
  }
  const { pairs, orders, encounters } = opened;
  const promptsOf = () => opened.prompts;
  return {
    run,
    manifest: manifestOf(sample),
    study,
    pairs,
    orders,
    encounters,
    promptsOf,
    results,
    each,
    damaged: async () => [],
    states,
  };
}

/** Stages whose results the report shows; of the others it asks for their state alone. */
function isRead(stage: string): boolean {
  return stage !== 'readings' && stage !== 'mental-state-episodes';
}
