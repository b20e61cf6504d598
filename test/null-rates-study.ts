// How often tests reject what is true (docs/method.md §13): studies in which nothing differs, over and over, tested as a
// study's own stage does it, from recordings on disk.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlantedOptions } from '../src/recordings/planted.ts';
import type { ComparisonReplicates } from '../src/statistics/condition-tests.ts';
import type { LayerClusters } from '../src/statistics/layer-clusters.ts';
import { adjustOverPairs, summariseConditions } from '../src/statistics/pair-tests.ts';
import { isUntested, type Untested } from '../src/statistics/untested.ts';
import { SIGNIFICANCE } from '../src/studies/stages/significance.ts';
import { permutationP } from '../src/synchrony/permutations/null-distribution.ts';
import { plantedSettings, plantStudy } from './planted-study.ts';
import { resultsOf, runStage } from './run-stage.ts';

/** One row of the table of error rates. */
export interface NullDesign {
  /** `scenario`: all that is shared is the scenario's text; `still`: a dialogue's own as well, which never changes. */
  readonly shared: 'scenario' | 'still';
  readonly lambda: number | 'cv';
  /** D; there are 192 training rows in a split of the direction A→B. */
  readonly hiddenSize: number;
}

const SIZE = { scenarios: 15, interactionsPerScenario: 4, rounds: 4, layers: 2 } as const;

const SHARED: Readonly<Record<NullDesign['shared'], PlantedOptions>> = {
  scenario: { text: { scenario: 1 } },
  still: { text: { scenario: 1, dialogue: 1 }, persistence: 1 },
};

/** What is compared, where nothing differs: strangers and pseudo-dyads do not share a dialogue's own text. */
const CONTRASTS: Readonly<Record<NullDesign['shared'], readonly string[]>> = {
  scenario: ['strangers', 'passive', 'shuffled', 'pseudo-dyad', 'lag-1', 'lag-2'],
  still: ['passive', 'shuffled', 'lag-1', 'lag-2'],
};

/** Whether tests of a contrast reject at 5 %, each as often as it is made. */
export interface Rejections {
  /** Of the pair. */
  readonly p: readonly boolean[];
  /** The same with maps held fixed; not of strangers, whose test holds them fixed. */
  readonly fixed: readonly boolean[];
  /** Of the pair: whether the interval leaves out 0. */
  readonly interval: readonly boolean[];
  /** Of the pair: how much wider maps fitted anew made the permutations. */
  readonly inflation: readonly number[];
  /** Of each direction: whether any cluster has p ≤ 0.05. */
  readonly clusters: readonly boolean[];
}

const LEVEL = 0.05;

/** Two-sided p of the mean of directions, maps held fixed. */
function pOf(directions: readonly Pick<ComparisonReplicates, 'first' | 'second' | 'values'>[]): number {
  const mean = (of: (one: (typeof directions)[number]) => number) =>
    directions.reduce((sum, one) => sum + of(one), 0) / directions.length;
  const observed = mean(({ first, second }) => first - second);
  const values = Float64Array.from(directions[0]?.values ?? [], (_, i) => mean((one) => one.values[i] ?? 0));
  return permutationP({ observed, values }, { tail: 'two-sided', tolerance: 1e-8 });
}
const made = <T extends object>(test: T | Untested | undefined): T[] =>
  test === undefined || isUntested(test) ? [] : [test];
const clustersReject = (found: LayerClusters | Untested) =>
  made(found).map(({ clusters }) => clusters.some(({ p }) => p <= LEVEL));

/** Tests one study in which no contrast differs: rejections by contrast. */
export async function nullStudy(
  folder: string,
  { shared, lambda, hiddenSize }: NullDesign,
  seed: number,
): Promise<ReadonlyMap<string, Rejections>> {
  const contrasts = CONTRASTS[shared];
  const conditions = ['interactive', ...contrasts.filter((name) => name !== 'strangers')];
  const name = `null-${shared}-${lambda}-${hiddenSize}-${seed}`;
  const study = await plantStudy(
    folder,
    name,
    { ...SIZE, ...SHARED[shared], hiddenSize, seed: 1000 + seed },
    {
      conditions,
      synchrony: plantedSettings({ lambda, test: 0.2, splitSeeds: [0, 1, 2] }),
      significance: { draws: 99, seed, alpha: LEVEL },
    },
    ['planted-a', 'planted-a'],
  );
  await runStage(SIGNIFICANCE, study, { threads: 1 });
  const directions = (await resultsOf(SIGNIFICANCE, study)).map(({ conditions: tests }) => tests);
  await rm(join(folder, name), { recursive: true });
  const [summaries = []] = adjustOverPairs([summariseConditions(directions, 1 - LEVEL)]);
  const rejections = contrasts.map((contrast): [string, Rejections] => {
    if (contrast === 'strangers') {
      const own = summaries.filter(({ condition }) => condition === 'interactive');
      return [
        contrast,
        {
          p: own.flatMap(({ strangers }) => made(strangers)).map(({ p }) => p <= LEVEL),
          ...{ fixed: [], interval: [], inflation: [] },
          clusters: directions
            .map(([interactive]) => interactive?.strangers)
            .flatMap(made)
            .flatMap(({ clusters }) => clustersReject(clusters)),
        },
      ];
    }
    const own = summaries.flatMap(({ condition, against }) => (condition === contrast ? made(against) : []));
    const each = directions.flatMap((tests) =>
      tests.flatMap(({ condition, against }) => (condition === contrast ? made(against) : [])),
    );
    return [
      contrast,
      {
        p: own.map(({ p }) => p <= LEVEL),
        fixed: [pOf(each) <= LEVEL],
        inflation: own.map(({ widened }) => widened),
        interval: own.flatMap(({ interval }) => made(interval)).map(({ low, high }) => low > 0 || high < 0),
        clusters: each.flatMap(({ clusters }) => clustersReject(clusters)),
      },
    ];
  });
  return new Map(rejections);
}

/** Share of rejections by contrast and test, over studies; of the inflation the mean. */
export async function nullRates(
  folder: string,
  design: NullDesign,
  studies: number,
): Promise<ReadonlyMap<string, Readonly<Record<keyof Rejections, number>>>> {
  const all: ReadonlyMap<string, Rejections>[] = [];
  for (let seed = 0; seed < studies; seed++) all.push(await nullStudy(folder, design, seed));
  return new Map(
    CONTRASTS[design.shared].map((contrast) => {
      const share = (kind: keyof Rejections) => {
        const found = all.flatMap<number | boolean>((study) => [...(study.get(contrast)?.[kind] ?? [])]);
        return found.reduce<number>((sum, one) => sum + Number(one), 0) / found.length;
      };
      const kinds = ['p', 'fixed', 'interval', 'inflation', 'clusters'] as const;
      return [
        contrast,
        Object.fromEntries(kinds.map((kind) => [kind, share(kind)])) as Record<keyof Rejections, number>,
      ];
    }),
  );
}
