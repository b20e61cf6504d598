// What a report is made of: plain data, gathered by whoever ran the study. Nothing here is computed again.

import type { Condition } from '../../conditions/condition.ts';
import type { Episode } from '../../episodes/types.ts';
import type { Judgement } from '../../evaluation/types.ts';
import type { ModelInfo } from '../../models/language-model.ts';
import type { AgentProbes } from '../../probes/measure.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { Ability } from '../../studies/abilities.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import type { EpisodeStatistics } from '../episodes/episode-statistics.ts';
import type { SignificanceReport } from '../interaction/gather-significance.ts';
import type { SensitivityDirection } from '../sensitivity/gather-sensitivity.ts';
import type { NonlinearDirection } from '../synchrony/nonlinear-section.ts';

export interface ReportInput {
  /** Name of the study. */
  readonly study: string;
  /** In the order of the study file. */
  readonly models: readonly ReportModel[];
  readonly scenarios: {
    /** `embedded world`, `Sotopia`, a file's name. */
    readonly source: string;
    readonly scenarios: number;
    /** Interactions that were played: scenarios with characters. */
    readonly interactions: number;
  };
  readonly simulation: {
    readonly seeds: readonly number[];
    readonly rounds: number;
    readonly temperature: number;
    readonly maxNewTokens: number;
    readonly topK?: number | undefined;
    readonly topP?: number | undefined;
    readonly minP?: number | undefined;
    readonly repetitionPenalty?: number | undefined;
    readonly stop?: readonly string[] | undefined;
  };
  readonly synchrony: {
    readonly samples: number | 'all';
    /** Share of the samples that is held out. */
    readonly test: number;
    readonly splitSeeds: readonly number[];
    readonly lambda: number;
    readonly groupBy: string;
  };
  readonly versions: { readonly interbrain: string; readonly node: string; readonly onnxruntime: string };
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryBytes: number };
  /** How long each stage took; empty when it is not known. */
  readonly wallTimes: readonly WallTime[];
  /** One per seat order and condition, in the order in which they are shown. */
  readonly seatOrders: readonly SeatOrderResult[];
  /** One per unordered pair and condition. */
  readonly pairs: readonly PairResult[];
  readonly transcripts: readonly Transcript[];
  /** One page per unordered pair. */
  readonly pairPages?: readonly PairPage[] | undefined;
  /** Synchrony against social performance, where the study asks for it. */
  readonly correlation?: CorrelationResult | undefined;
  /** Absent or empty if the study names none. */
  readonly abilities?: readonly Ability[];
  /** Of all episodes that were judged, failed ones among them; absent if the study has no judge. */
  readonly judgements?: readonly Judgement[];
  /** Tests against strangers and between conditions, if the study made them. */
  readonly significance?: SignificanceReport | undefined;
  /** Networks beside the ridge maps, if the study trained them. */
  readonly nonlinear?: readonly NonlinearDirection[] | undefined;
  /** What agents' states say of named mental states, if the study decoded them. */
  readonly probes?: readonly AgentProbes[] | undefined;
  /** What the study made of `sensitivity` and `relationships`, by direction. */
  readonly sensitivity?: readonly SensitivityDirection[] | undefined;
}

export interface ReportModel {
  /** The name that the study gives it. */
  readonly name: string;
  readonly info: ModelInfo;
}

export interface WallTime {
  readonly stage: string;
  readonly seconds: number;
}

/** Both directions of one ordered pair of models under one condition. */
export interface SeatOrderResult {
  /** Study names in seats A and B. */
  readonly models: readonly [string, string];
  readonly condition: Condition;
  /** A → B, then B → A. */
  readonly directions: readonly [SynchronyResult, SynchronyResult];
  readonly episodes: EpisodeStatistics;
}

/** SyncR²(A, B): the mean over directions and seat orders (docs/method.md §6). */
export interface PairResult {
  readonly models: readonly [string, string];
  readonly condition: Condition;
  readonly value: number;
  readonly standardError: number;
}

/** An episode with the texts that its file names only by id. */
export interface Transcript {
  readonly episode: Episode;
  readonly scenario: string;
  /** A's goal, B's goal. */
  readonly goals: readonly [string, string];
  /** What a judge said of it. */
  readonly judgement?: Judgement;
}

/** What the page of a pair shows beside the pair's maps. */
export interface PairPage {
  readonly models: readonly [string, string];
  /** All episodes of both seat orders. */
  readonly episodes: readonly PairEpisode[];
  /** Of some of these. */
  readonly transcripts: readonly Transcript[];
}

/** A line in the list of a pair's episodes. */
export interface PairEpisode {
  /** In seats A and B. */
  readonly models: readonly [string, string];
  readonly seed: number;
  readonly interaction: string;
  readonly rounds: number;
  readonly ending: Episode['ending'];
  readonly judgement?: Judgement | undefined;
}

/** What to write, by path relative to the report's folder: `index.html`, `figures/….svg`, `tables/….csv`. */
export type ReportFiles = ReadonlyMap<string, string | Uint8Array>;
