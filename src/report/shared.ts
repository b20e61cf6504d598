// What every section may know of a run, whatever results there are: the models, the settings, the machine.

import type { Condition } from '../conditions/condition.ts';
import type { ModelInfo } from '../models/language-model.ts';
import { familiesByModel } from '../statistics/families.ts';
import { divisionOf } from '../studies/division.ts';
import type { Manifest } from '../studies/manifest.ts';
import { seatOrdersOf } from '../studies/plan.ts';
import type { Study } from '../studies/schema.ts';
import { lambdaList, ownLambda } from '../synchrony/results.ts';
import type { Lambda } from '../synchrony/types.ts';
import type { ReportSource } from './source.ts';

/** Two models by the study’s names: unordered as a pair, in seats A and B as a seat order. */
export type ModelNames = readonly [string, string];

export interface ReportModel {
  /** The name that the study gives it. */
  readonly name: string;
  readonly info: ModelInfo;
  /** Where the study takes it from: `hub: org/name@revision`. */
  readonly source?: string;
  /** The family that the study puts it into. */
  readonly family?: string;
}

/** Settings that the study asks for. What a number was made with stands in its own result. */
export interface Shared {
  /** Name of the study. */
  readonly study: string;
  /** In the order of the study file. */
  readonly models: readonly ReportModel[];
  readonly scenarios: {
    /** `embedded small world`, `Sotopia`, a file’s name. */
    readonly source: string;
    readonly scenarios: number;
    /** Interactions that are played: scenarios with characters. */
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
  /** The words that models were given; undefined for a run from before that was recorded. */
  readonly prompts?:
    | (Pick<NonNullable<Manifest['prompts']>, 'style' | 'wording' | 'sha256' | 'own'> & {
        /** How many models there are. */
        readonly models: number;
      })
    | undefined;
  readonly conditions: readonly Condition[];
  /** Where in the prompts states were taken, and how they are kept. */
  readonly states: Study['states'];
  readonly synchrony: {
    readonly samples: number | 'all' | 'equal';
    /** Share of the samples that is held out. */
    readonly test: number;
    readonly splitSeeds: readonly number[];
    /** Folds per seed, in place of draws of the share. */
    readonly folds?: number | undefined;
    readonly lambda: Lambda;
    /** Measured beside it. */
    readonly otherLambdas?: readonly Lambda[];
    readonly groupBy: string;
    readonly drop?: string | undefined;
  };
  readonly versions: { readonly interbrain: string; readonly node: string; readonly onnxruntime: string };
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryBytes: number };
  /** In the order in which they are shown. */
  readonly pairs: readonly ModelNames[];
  readonly orders: readonly ModelNames[];
}

const SOURCES: ReadonlyMap<string, string> = new Map([
  ['small world', 'embedded small world'],
  ['sotopia', 'Sotopia'],
]);

export function sharedOf({ manifest, study, pairs, orders }: ReportSource): Shared {
  const { models, scenarios, versions, machine, prompts } = manifest;
  return {
    study: study.name,
    models: Object.entries(models).map(([name, info]) => reportModel(name, info, study)),
    scenarios: {
      source: SOURCES.get(scenarios.name) ?? scenarios.name,
      scenarios: scenarios.scenarios.length,
      interactions: scenarios.interactions.length,
    },
    simulation: study.simulation,
    prompts: prompts && { ...prompts, models: Object.keys(models).length },
    conditions: study.conditions,
    states: study.states,
    synchrony: {
      ...study.synchrony,
      splitSeeds: divisionOf(study.synchrony, 'all').splitSeeds,
      lambda: ownLambda(study.synchrony.lambda),
      otherLambdas: lambdaList(study.synchrony.lambda).slice(1),
    },
    versions,
    machine: { cpu: machine.cpu, cores: machine.cores, memoryBytes: machine.memoryGiB * 2 ** 30 },
    pairs,
    orders: orders.map(({ names }) => names),
  };
}

function reportModel(name: string, info: ModelInfo, { models, families = {} }: Study): ReportModel {
  const [from] = Object.entries(models[name] ?? {});
  const family = familiesByModel(families).get(name);
  return {
    ...{ name, info },
    ...(from && { source: `${from[0]}: ${from[1]}` }),
    ...(family !== undefined && { family }),
  };
}

/** Whether two names are of one pair, in whichever seats. */
export function samePair([a, b]: readonly string[], [first, second]: readonly string[]): boolean {
  return (a === first && b === second) || (a === second && b === first);
}

/** How many directions a pair has: two for each of its seat orders. */
export function directionsOf(pair: ModelNames): number {
  return 2 * seatOrdersOf(pair).length;
}

/** What belongs to a pair, if it is there for all of the pair’s directions; none otherwise. */
export function completePair<T extends { readonly models: ModelNames }>(
  pair: ModelNames,
  directions: readonly T[],
): readonly T[] {
  const own = directions.filter(({ models }) => samePair(models, pair));
  return own.length === directionsOf(pair) ? own : [];
}

/** `2 of 3 pairs of models`, to be said where not all are shown; nothing where all are. */
export function pairCount(shown: number, { pairs }: Pick<Shared, 'pairs'>): string[] {
  return shown < pairs.length ? [`${shown} of ${pairs.length} pairs of models`] : [];
}
