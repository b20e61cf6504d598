// Every public name, in pipeline order. test/public-api.test.ts pins the list.

export { type Condition, INTERACTIVE, parseCondition } from './conditions/condition.ts';
export {
  measureOwnPast,
  type OwnPastCell,
  type OwnPastOptions,
  type OwnPastPredictors,
  type OwnPastResult,
} from './controls/own-past.ts';
export {
  type PartitionNumber,
  type PartitionNumbers,
  summarisePartition,
} from './controls/own-past-summary.ts';
export type { ModelName, ModelR2, QuantityName } from './controls/variance-partition.ts';
export {
  type EpisodeRequest,
  type PlayedEpisode,
  playEpisode,
  type SimulationSettings,
} from './episodes/play.ts';
export { type EpisodeReading, type ReadingRequest, type ReadPrompt, readAlong } from './episodes/read.ts';
export type {
  AgentStates,
  Episode,
  EpisodeVariant,
  MentalState,
  NamedWord,
  Seat,
  Turn,
} from './episodes/types.ts';
export {
  BadInput,
  CorruptFile,
  FileFailure,
  InterbrainError,
  MissingDependency,
  ModelFailure,
  ModelMismatch,
  NotEnoughSamples,
  OtherFormat,
  RemoteFailure,
} from './errors.ts';
export {
  type AbilityResult,
  type IfevalResult,
  type MusrResult,
  readAbilityResult,
} from './evaluation/ability-files.ts';
export type { AbilityRunOptions } from './evaluation/ability-run.ts';
export type { Score } from './evaluation/ability-score.ts';
export { ApiJudge, type ApiJudgeSettings } from './evaluation/api-judge.ts';
export { overallScore, SEVEN_DIMENSIONS } from './evaluation/dimensions.ts';
export { readJudgements } from './evaluation/files.ts';
export { parseRatings, type Rating } from './evaluation/human-scores.ts';
export {
  type IfevalPrompt,
  type IfevalVerdict,
  judgeIfeval,
  parseIfeval,
  readIfeval,
  scoreIfeval,
} from './evaluation/ifeval.ts';
export { type DetectLanguage, loadLanguageDetector } from './evaluation/ifeval-language.ts';
export { type IfevalOptions, runIfeval } from './evaluation/ifeval-run.ts';
export { type MusrStory, parseMusr, readMusr, scoreMusr } from './evaluation/musr.ts';
export { runMusr } from './evaluation/musr-run.ts';

export { type Outcome, outcomeOf } from './evaluation/outcome.ts';
export { type PairPerformance, pairPerformance } from './evaluation/performance.ts';
export { judgeByRule, RULE_DIMENSIONS } from './evaluation/rule-judge.ts';
export type { AgentScores, Dimension, Judgement } from './evaluation/types.ts';
export { CAPABILITIES, type Capability, requireCapability } from './models/capabilities.ts';
export { embeddedModelFolder, embeddedModels, embeddedPrompts } from './models/embedded.ts';
export { type Golden, type GoldenChat, readGolden } from './models/golden.ts';
export {
  type DownloadOptions,
  type DownloadProgress,
  hubSnapshot,
  type SnapshotOptions,
} from './models/hub/snapshot.ts';
export type { Intervention, LayerIntervention } from './models/intervention.ts';
export type {
  Conversation,
  LanguageModel,
  LogLikelihood,
  ModelInfo,
  Reading,
  Reply,
  Sampling,
  ServerFacts,
} from './models/language-model.ts';
export {
  type LabelProbabilities,
  labelProbabilities,
  logLikelihoods,
} from './models/likelihood.ts';
export type { LoadOptions, QuantizeProgress } from './models/source-kind.ts';
export {
  checkModel,
  describeModel,
  downloadModel,
  loadModel,
  type ModelSource,
  modelPrompts,
  modelWarnings,
} from './models/sources.ts';
export { type Verification, verifyModel } from './models/verify.ts';
export { type Matrix, matrixOf } from './numerics/matrix.ts';
export { createRandom, type Random } from './numerics/random.ts';
export { alignPairs, type Direction, type LeftOut, type Sample } from './pairs/align.ts';
export { arrayLayers, type LayerSource, recordingLayers } from './pairs/layers.ts';
export { type GroupBy, type OpenRecording, openRecordings } from './pairs/open.ts';
export { type Split, type SplitOptions, splitSamples } from './pairs/split.ts';
export { readProbes } from './probes/files.ts';
export { type AgentProbes, type ProbeOptions, probeMentalStates, probeTable } from './probes/measure.ts';
export type { NamedRecording } from './probes/targets.ts';
export type { ChatMessage } from './prompts/chat-message.ts';
export type { KnownUtterance, Utterance } from './prompts/dialogue.ts';
export { ACTIONS, EMOTIONS } from './prompts/mental-states.ts';
export {
  builtInPrompts,
  createPrompts,
  DEFAULT_STYLE,
  type Prompts,
  type PromptsData,
} from './prompts/prompts.ts';
export { STYLES, type StyleName } from './prompts/style-names.ts';
export type { PassiveFormat, PromptRole } from './prompts/styles/style.ts';
export type { Leave } from './prompts/styles.ts';
export { type AgentView, type Profile, VISIBLE_FIELDS, viewOf } from './prompts/view.ts';
export { listFolder, listRecordings, type RecordingFiles } from './recordings/list.ts';
export {
  type PlantedEpisode,
  type PlantedOptions,
  plantEpisodes,
  writePlanted,
} from './recordings/planted.ts';
export { readEpisode, writeRecording } from './recordings/recording.ts';
export { type OpenStates, openStates, readLayer, writeStates } from './recordings/states.ts';
export type { Recording } from './recordings/types.ts';
export { writeReport } from './report/write.ts';
export { encountersOf } from './scenarios/encounters.ts';
export {
  type Character,
  type Encounter,
  fullName,
  type GoalRule,
  type Interaction,
  RELATIONSHIPS,
  type Relationship,
  type Scenario,
  type ScenarioSet,
  scenarioSet,
  type TextPart,
} from './scenarios/schema.ts';
export { readSotopia } from './scenarios/sotopia.ts';
export { parseTaggedText, readableBy } from './scenarios/tagged-text.ts';
export { smallWorld } from './scenarios/world.ts';
export {
  type Cluster,
  type ClusterOptions,
  type ClusterPermutation,
  clusterPermutation,
} from './statistics/cluster-permutation.ts';
export {
  type Correlation,
  type CorrelationInterval,
  correlationFrom,
  partialCorrelation,
  pearson,
  spearman,
} from './statistics/correlation.ts';
export {
  type CorrelatedPair,
  type CorrelationResult,
  readCorrelation,
} from './statistics/correlation-files.ts';
export { benjaminiHochberg } from './statistics/false-discovery.ts';
export type { Families } from './statistics/families.ts';
export { type JudgeAgreement, judgeAgreement } from './statistics/judge-agreement.ts';
export { krippendorffAlpha } from './statistics/krippendorff.ts';
export { correlateOverModels, type PairCorrelationOptions } from './statistics/model-jackknife.ts';
export {
  correlateModelPairs,
  type GroupCorrelation,
  type ModelPair,
  type ModelPairOptions,
  type PairCorrelation,
} from './statistics/model-pairs.ts';
export {
  adjustOverPairs,
  type ConditionDifference,
  type ConditionSummary,
  type StrangerTest,
  summariseConditions,
} from './statistics/pair-tests.ts';
export { type PairedPermutation, pairedPermutation } from './statistics/paired-permutation.ts';
export { type Qap, qap, qapOfRanks } from './statistics/qap.ts';
export { type Relabellings, type RelabelOptions, relabelModels } from './statistics/relabel-models.ts';
export type { MachineMemory, Purpose } from './studies/checks/check.ts';
export type { ExamineOptions } from './studies/checks/examine.ts';
export { type Resources, StageContext } from './studies/context.ts';
export type {
  OnEvent,
  PlannedStage,
  Preparing,
  RunBegins,
  RunEnds,
  StageBegins,
  StageEnds,
  StageProgress,
  StudyEvent,
  TaskEvent,
  TaskFailed,
  TurnSpoken,
  Warned,
} from './studies/events.ts';
export { type Manifest, readManifest } from './studies/manifest.ts';
export { OpenStudy, openRun, openStudy, type StudyParts } from './studies/open.ts';
export { parseStudy } from './studies/parse.ts';
export { type RunStudyOptions, runStudy, type StudyOutcome } from './studies/run-study.ts';
export { type Study, studyJsonSchema } from './studies/schema.ts';
export { type DirectionTests, readTests } from './studies/significance/test-files.ts';
export type { Stage, StageResults, StageTask, Stored, TaskState, TaskStatus } from './studies/stage.ts';
export { openNamed } from './studies/stages/probes.ts';
export { STAGES, stageNamed } from './studies/stages.ts';
export { currentResults, type StageStatus, stateOf } from './studies/state.ts';
export {
  combineJackknives,
  type Interval,
  intervalOf,
  type Jackknife,
  meanJackknife,
} from './synchrony/intervals/interval.ts';
export type {
  CellInterval,
  IntervalOptions,
  SyncR2Intervals,
} from './synchrony/intervals/target-intervals.ts';
export { measureConditions, measureRecordings, measureSynchrony } from './synchrony/measure.ts';
export type { Measure, RunOptions } from './synchrony/measures/interface.ts';
export { MEASURES } from './synchrony/measures/measures.ts';
export { networks } from './synchrony/measures/networks-measure.ts';
export { plainForm, type ResultForm } from './synchrony/measures/result-form.ts';
export { ridge } from './synchrony/measures/ridge-measure.ts';
export { nonlinearTable } from './synchrony/networks/compare-maps.ts';
export type { LayerPair } from './synchrony/networks/layer-pairs.ts';
export { measureNonlinear, type NonlinearOptions } from './synchrony/networks/nonlinear.ts';
export type { NonlinearCell, NonlinearResult } from './synchrony/networks/types.ts';
export type {
  ConditionResult,
  MeasureOptions,
  PlanReport,
  RecordingsOptions,
  Subset,
  SubsetResult,
  TargetCondition,
} from './synchrony/options.ts';
export type { ConditionComparison, PairedOptions } from './synchrony/permutations/paired-conditions.ts';
export type { PseudoDyadNull } from './synchrony/permutations/pseudo-dyads.ts';
export type { SurrogateOptions, SurrogateRows } from './synchrony/permutations/surrogates.ts';
export { type CombinedSyncR2, combineDirections, summariseSyncR2 } from './synchrony/sync-r2.ts';
export {
  readAnyResult,
  readNonlinear,
  readResult,
  readSynchrony,
  writeNonlinear,
  writeResult,
  writeSynchrony,
} from './synchrony/synchrony-files.ts';
export type {
  Lambda,
  MeasureResult,
  ResultHead,
  RidgeVariant,
  Solver,
  SplitRecord,
  SynchronyResult,
  SyncR2,
} from './synchrony/types.ts';
