// What the models of a study can do otherwise: ability tests run here, beside values from elsewhere with their source.

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../../errors.ts';
import { type AbilityResult, abilityFile, readAbilityResult } from '../../evaluation/ability-files.ts';
import { IFEVAL_ADDRESS, readIfeval } from '../../evaluation/ifeval.ts';
import { runIfeval } from '../../evaluation/ifeval-run.ts';
import { MUSR_ADDRESS, readMusr } from '../../evaluation/musr.ts';
import { runMusr } from '../../evaluation/musr-run.ts';
import { readBytes } from '../../files/read-file.ts';
import { type LanguageModel, typeKey } from '../../models/language-model.ts';
import { entryOf } from '../../numerics/lookup.ts';
import { abilityPath } from '../../recordings/layout.ts';
import {
  type AbilityRunSettings,
  abilitySettings,
  type Benchmark,
  benchmarkRuns,
} from '../ability-settings.ts';
import { hashOf, type StageContext } from '../context.ts';
import { locate } from '../scenarios.ts';
import type { Study } from '../schema.ts';
import type { Inputs, Stage, StageTask, Stored } from '../stage.ts';

/** Raised when a change of the program changes what a test comes to. */
const VERSION = 1;

/** One test of one model. */
export interface AbilityTask extends StageTask {
  readonly benchmark: Benchmark;
  /** The study's name for it. */
  readonly model: string;
  readonly settings: AbilityRunSettings;
}

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

/** Hash of the data where it lies here; of its address otherwise. Undefined if it is not there. */
async function hashOfData(place: string): Promise<string | undefined> {
  if (/^https?:\/\//.test(place)) return hashOf(place);
  const hash = createHash('sha256');
  try {
    const files = (await stat(place)).isDirectory()
      ? (await readdir(place)).filter((name) => /\.jsonl?$/.test(name)).sort()
      : [''];
    for (const name of files)
      hash.update(name).update(await readBytes(join(place, name), { advice: 'name the published data' }));
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

const dataOf = ({ settings }: AbilityTask, { opened }: StageContext) =>
  settings.data === undefined ? undefined : locate(settings.data, opened.folder);

async function inputsOf(task: AbilityTask, context: StageContext): Promise<Inputs | undefined> {
  const { benchmark, model, settings } = task;
  const [info] = context.opened.infosOf([model]) ?? [];
  const place = dataOf(task, context) ?? (benchmark === 'IFEval' ? IFEVAL_ADDRESS : MUSR_ADDRESS);
  const data = await context.once(`data ${place}`, () => hashOfData(place));
  if (info === undefined || data === undefined) return undefined;
  const asked = [VERSION, benchmark, settings.limit, settings.maxNewTokens];
  return { data, model: hashOf([info.revision, typeKey(info), info.device]), settings: hashOf(asked) };
}

/** A test that has not been answered to its end has no inputs yet. */
async function read(run: string, { benchmark, model }: AbilityTask): Promise<Stored<AbilityResult>> {
  const path = abilityPath(run, benchmark, model);
  const result = await readAbilityResult(path);
  if (!result.complete) throw new BadInput(path, 'is not complete; run the study again');
  return { inputs: result.inputs ?? {}, result };
}

/** A test keeps what an earlier run has answered, also if some of its settings are others now. */
export const ABILITIES: Stage<AbilityTask, AbilityResult> = {
  name: 'abilities',
  version: VERSION,
  needs: [],
  results: 'ability tests',
  notEstimated: 'ability tests',
  asked: (study) => benchmarkRuns(study).length > 0,
  tasks: ({ study, sources }) =>
    benchmarkRuns(study).flatMap(({ benchmark, settings }) =>
      [...sources.keys()].map((model): AbilityTask => {
        return { scope: [], label: `${benchmark} ${model}`, benchmark, model, settings };
      }),
    ),
  path: (run, { benchmark, model }) => abilityPath(run, benchmark, model),
  inputs: inputsOf,
  read,
  models: ({ model }) => [model],
  async make(tasks, context, { done, within, signal }) {
    for (const { task, inputs } of tasks) {
      const { benchmark, model, settings, label } = task;
      const test = await context.once(label.replace(model, ''), () =>
        openBenchmark(benchmark, dataOf(task, context)),
      );
      const path = abilityPath(context.run, benchmark, model);
      const { limit, maxNewTokens } = settings;
      const result = await test(entryOf(context.models, model), {
        ...{ path, limit, maxNewTokens, signal },
        onProgress: ({ done: answered, total }) => within(total > 0 ? answered / total : 0, label),
      });
      await abilityFile.write(path, { ...result, inputs });
      done(task);
    }
  },
};

/** A study's abilities: values that it gives, and those of the results of tests. In the order of the study. */
export function abilitiesOf(
  study: Pick<Study, 'abilities' | 'models'>,
  tests: readonly { readonly task: AbilityTask; readonly result: AbilityResult }[],
): Ability[] {
  return abilitySettings(study).flatMap((setting) =>
    Object.keys(study.models).flatMap((model): Ability[] => {
      const { benchmark } = setting;
      if (setting.kind === 'values') {
        const value = setting.values.get(model);
        const given = { standardError: null, score: null, result: null, source: setting.source };
        return value === undefined ? [] : [{ benchmark, model, value, ...given }];
      }
      const own = tests.find(({ task }) => task.benchmark === benchmark && task.model === model);
      const { score } = setting.settings;
      const found = own?.result.scores[score];
      if (own === undefined || found === undefined) return [];
      const { value, standardError } = found;
      return [{ benchmark, model, value, standardError, score, source: null, result: own.result }];
    }),
  );
}

/** A study's abilities by benchmark and model. */
export function abilityValues(
  study: Pick<Study, 'abilities' | 'models'>,
  tests: Parameters<typeof abilitiesOf>[1],
): Map<string, Map<string, number>> {
  const values = new Map<string, Map<string, number>>();
  for (const { benchmark, model, value } of abilitiesOf(study, tests)) {
    const own = values.get(benchmark) ?? new Map<string, number>();
    values.set(benchmark, own.set(model, value));
  }
  return values;
}
