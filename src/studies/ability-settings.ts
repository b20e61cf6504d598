// What a study says of abilities: benchmarks to be run, with their settings, or values from elsewhere.

import { type Study, TEST_SETTINGS } from './schema.ts';

/** The benchmarks that can be run. */
export const BENCHMARKS = ['IFEval', 'MuSR'] as const;
export type Benchmark = (typeof BENCHMARKS)[number];

export interface AbilityRunSettings {
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
  readonly maxNewTokens?: number | undefined;
  /** The score that stands for the ability. */
  readonly score: string;
}

/** A benchmark that a study runs. */
export interface BenchmarkRun {
  readonly kind: 'run';
  readonly benchmark: Benchmark;
  readonly settings: AbilityRunSettings;
}

/** Values of a benchmark that somebody else measured. */
export interface BenchmarkValues {
  readonly kind: 'values';
  readonly benchmark: string;
  readonly source: string | null;
  readonly values: ReadonlyMap<string, number>;
}

const DEFAULT_SCORE = { IFEval: 'strict', MuSR: 'normalised' } as const;
const isTestSetting = (key: string) => TEST_SETTINGS.some((setting) => setting === key);

/** What the study says of each benchmark, in its order. */
export function abilitySettings({
  abilities = {},
}: Pick<Study, 'abilities'>): (BenchmarkRun | BenchmarkValues)[] {
  return Object.entries(abilities).flatMap(([benchmark, setting]): (BenchmarkRun | BenchmarkValues)[] => {
    if (setting === undefined) return [];
    const known = BENCHMARKS.find((name) => name === benchmark);
    if (known !== undefined && setting === 'run')
      return [{ kind: 'run', benchmark: known, settings: { score: DEFAULT_SCORE[known] } }];
    if (known !== undefined && Object.keys(setting).every(isTestSetting))
      return [{ kind: 'run', benchmark: known, settings: setting as AbilityRunSettings }];
    const { source = null, ...values } = setting as { source?: string };
    return [{ kind: 'values', benchmark, source, values: new Map(Object.entries(values)) }];
  });
}

/** Benchmarks that a study runs. */
export function benchmarkRuns(study: Pick<Study, 'abilities'>): BenchmarkRun[] {
  return abilitySettings(study).filter((setting) => setting.kind === 'run');
}

/** Names that a study gives ability values for, with their place; for checking that they are models. */
export function namesWithValues(study: Pick<Study, 'abilities'>): (readonly [string, string])[] {
  return abilitySettings(study).flatMap((setting) =>
    setting.kind === 'values'
      ? [...setting.values.keys()].map((name) => [setting.benchmark, name] as const)
      : [],
  );
}
