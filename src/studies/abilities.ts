// What the models of a study can do otherwise: ability tests run here, or values from elsewhere with their source.

import { existsSync } from 'node:fs';
import { type AbilityResult, readAbilityResult } from '../evaluation/ability-files.ts';
import { IFEVAL_ADDRESS, readIfeval } from '../evaluation/ifeval.ts';
import { runIfeval } from '../evaluation/ifeval-run.ts';
import { MUSR_ADDRESS, readMusr } from '../evaluation/musr.ts';
import { runMusr } from '../evaluation/musr-run.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { abilityPath } from '../recordings/layout.ts';
import type { OnProgress } from './progress.ts';
import { locate } from './scenarios.ts';
import { type Study, TEST_SETTINGS } from './schema.ts';

/** The benchmarks that can be run. */
export const BENCHMARKS = ['IFEval', 'MuSR'] as const;
export type Benchmark = (typeof BENCHMARKS)[number];

/** One model's ability by one benchmark. */
export interface Ability {
  readonly benchmark: string;
  /** The study's name for the model. */
  readonly model: string;
  readonly value: number;
  /** Null for a value that was given, and where one prompt or story alone was asked. */
  readonly standardError: number | null;
  /** Which of the benchmark's scores it is; null for a value that was given. */
  readonly score: string | null;
  /** Where a given value is from; null where the study does not say, and for what was run. */
  readonly source: string | null;
  /** Null for a value that was given. */
  readonly result: AbilityResult | null;
}

interface RunSettings {
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
  readonly maxNewTokens?: number | undefined;
  readonly score: string;
}

type Setting =
  | { readonly kind: 'run'; readonly benchmark: Benchmark; readonly settings: RunSettings }
  | {
      readonly kind: 'values';
      readonly benchmark: string;
      readonly source: string | null;
      readonly values: ReadonlyMap<string, number>;
    };

const DEFAULT_SCORE = { IFEval: 'strict', MuSR: 'normalised' } as const;
const isTestSetting = (key: string) => TEST_SETTINGS.some((setting) => setting === key);

/** What the study says of each benchmark, in its order. */
function settingsOf({ abilities = {} }: Pick<Study, 'abilities'>): Setting[] {
  return Object.entries(abilities).flatMap(([benchmark, setting]): Setting[] => {
    if (setting === undefined) return [];
    const known = BENCHMARKS.find((name) => name === benchmark);
    if (known !== undefined && setting === 'run')
      return [{ kind: 'run', benchmark: known, settings: { score: DEFAULT_SCORE[known] } }];
    if (known !== undefined && Object.keys(setting).every(isTestSetting))
      return [{ kind: 'run', benchmark: known, settings: setting as RunSettings }];
    const { source = null, ...values } = setting as { source?: string };
    return [{ kind: 'values', benchmark, source, values: new Map(Object.entries(values)) }];
  });
}

/**
 * Whether each test that a study runs of these models is complete. One that cannot be read is not.
 *
 * @param models the study's names of those that take part
 */
export function completeTests(
  run: string,
  study: Pick<Study, 'abilities'>,
  models: readonly string[],
): Promise<boolean[]> {
  const tests = settingsOf(study).filter(({ kind }) => kind === 'run');
  const paths = tests.flatMap(({ benchmark }) => models.map((model) => abilityPath(run, benchmark, model)));
  return Promise.all(
    paths.map((path) =>
      readAbilityResult(path).then(
        ({ complete }) => complete,
        () => false,
      ),
    ),
  );
}

/** The tests that a study runs, with the data and the number of prompts or stories that it names. */
export function testSettings(
  study: Pick<Study, 'abilities'>,
): ({ readonly benchmark: Benchmark } & Pick<RunSettings, 'data' | 'limit'>)[] {
  return settingsOf(study).flatMap((setting) =>
    setting.kind === 'run' ? [{ benchmark: setting.benchmark, ...setting.settings }] : [],
  );
}

/** Names that a study gives ability values for, with their place; for checking that they are models. */
export function namesWithValues(study: Pick<Study, 'abilities'>): (readonly [string, string])[] {
  return settingsOf(study).flatMap((setting) =>
    setting.kind === 'values'
      ? [...setting.values.keys()].map((name) => [setting.benchmark, name] as const)
      : [],
  );
}

export interface AbilityStudyOptions {
  readonly run: string;
  readonly study: Study;
  /** A relative path to data is taken from here: the study file's folder. */
  readonly folder: string;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the ability tests that a study asks for, of every model, keeping what an earlier run has answered.
 *
 * @throws BadInput or RemoteFailure for data that cannot be read; the signal's reason when aborted
 */
export async function testAbilities(options: AbilityStudyOptions): Promise<void> {
  const { run, study, folder, models, onProgress, signal } = options;
  for (const setting of settingsOf(study)) {
    if (setting.kind !== 'run') continue;
    const { benchmark, settings } = setting;
    const data = settings.data === undefined ? undefined : locate(settings.data, folder);
    const test = await openBenchmark(benchmark, data);
    for (const [name, model] of models) {
      const path = abilityPath(run, benchmark, name);
      const what = `${benchmark} ${name}`;
      await test(model, {
        path,
        limit: settings.limit,
        maxNewTokens: settings.maxNewTokens,
        signal,
        onProgress: (progress) => onProgress?.({ what, ...progress }),
      });
    }
  }
}

type Test = (model: LanguageModel, options: Parameters<typeof runIfeval>[3]) => Promise<AbilityResult>;

/**
 * Reads a benchmark's data; what comes back runs it.
 *
 * @param data a file or an address; the published address by default
 * @throws BadInput or RemoteFailure
 */
export async function openBenchmark(benchmark: Benchmark, data: string | undefined): Promise<Test> {
  if (benchmark === 'IFEval') {
    const prompts = await readIfeval(data);
    return (model, options) => runIfeval(model, prompts, data ?? IFEVAL_ADDRESS, options);
  }
  const stories = await readMusr(data);
  return (model, options) => runMusr(model, stories, data ?? MUSR_ADDRESS, options);
}

/**
 * The abilities of a study's models: given values, and tests that are complete. In the order of the study.
 *
 * @throws CorruptFile naming a damaged result
 */
export async function readAbilities(
  run: string,
  study: Pick<Study, 'abilities' | 'models'>,
): Promise<Ability[]> {
  const abilities: Ability[] = [];
  for (const setting of settingsOf(study)) {
    const { benchmark } = setting;
    for (const model of Object.keys(study.models)) {
      if (setting.kind === 'values') {
        const value = setting.values.get(model);
        if (value === undefined) continue;
        const given = { standardError: null, score: null, result: null, source: setting.source };
        abilities.push({ benchmark, model, value, ...given });
        continue;
      }
      const path = abilityPath(run, benchmark, model);
      if (!existsSync(path)) continue;
      const result = await readAbilityResult(path);
      const { score } = setting.settings;
      const found = result.scores[score];
      if (!result.complete || found === undefined) continue;
      const { value, standardError } = found;
      abilities.push({ benchmark, model, value, standardError, score, source: null, result });
    }
  }
  return abilities;
}

/** Values by benchmark and model. */
export function abilityValues(abilities: readonly Ability[]): Map<string, Map<string, number>> {
  const values = new Map<string, Map<string, number>>();
  for (const { benchmark, model, value } of abilities) {
    const own = values.get(benchmark) ?? new Map<string, number>();
    values.set(benchmark, own.set(model, value));
  }
  return values;
}
