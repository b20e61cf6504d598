// Everything that is tested of one direction: what its conditions are, against strangers and against each other. All
// draws are planned for a model pair as a whole (`planDraws`), so that the mean over its directions has replicates too.
// The fitted maps stay as they are.

import { type Condition, traitsOf } from '../conditions/condition.ts';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import type { Gemm } from '../numerics/gemm.ts';
import type { LayerSource } from '../pairs/layers.ts';
import { bootstrapRow, type RowResiduals } from '../synchrony/intervals/bootstrap.ts';
import { createResampling, type Resampling } from '../synchrony/intervals/resampling.ts';
import { openFits } from '../synchrony/permutations/open-fits.ts';
import { type ConditionRows, compareConditions } from '../synchrony/permutations/paired-conditions.ts';
import { pseudoDyadNull } from '../synchrony/permutations/pseudo-dyads.ts';
import { meanOverRows } from '../synchrony/permutations/row-maximum.ts';
import { createSurrogates } from '../synchrony/permutations/surrogates.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import { type ClusterPermutation, clusterPermutation } from './cluster-permutation.ts';
import { conditionMaps, strangerMaps, type UnitMaps } from './layer-maps.ts';

/** Why something was not tested. */
export interface Untested {
  readonly reason: string;
}

/** Names that say where every sample comes from; each list has the samples' order. */
export interface SampleNames {
  readonly interactions: readonly string[];
  readonly scenarios: readonly string[];
  /** The target's round. */
  readonly rounds: readonly number[];
  /** Simulation seeds. */
  readonly seeds: readonly (number | string)[];
  /** What splits keep together. */
  readonly groups: readonly string[];
}

/** One condition of one direction, ready to be fitted. */
export interface PreparedCondition {
  readonly condition: Condition;
  readonly target: LayerSource;
  readonly names: SampleNames;
  /** Whether it can be compared with the interactive condition; if not, why. */
  readonly compared: true | Untested;
}

/** Conditions with the same rows of X and the same splits: they share their fits. */
export interface PreparedFits {
  readonly source: LayerSource;
  readonly splits: readonly TrainTest[];
  readonly conditions: readonly PreparedCondition[];
}

export interface TestSettings {
  readonly draws: number;
  readonly seed: number;
  /** λ. */
  readonly lambda: number;
  readonly memory?: number | undefined;
  readonly scratchFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every test, with how many there have been. */
  readonly onTest?: ((tests: number) => void) | undefined;
}

/** What is drawn for all directions of a model pair together. */
export interface PairDraws {
  /** By direction, batch of fits and condition: its part of one resampling; none if there is nothing to resample. */
  readonly resampling: Resampling | Untested;
  readonly splitOffsets: ReadonlyMap<string, number>;
  /** Scenario of every interaction that is held out anywhere. */
  readonly members: ReadonlyMap<string, string>;
}

/** Clusters of one map; layers are 0-based, cells row-major with source layers as rows. */
export interface LayerClusters {
  /** t of every cell. */
  readonly t: readonly number[];
  readonly threshold: number;
  readonly units: number;
  readonly permutations: number;
  /** Target columns used, of D. */
  readonly columns: number;
  readonly hiddenSize: number;
  readonly clusters: readonly {
    readonly cells: readonly number[];
    readonly mass: number;
    readonly p: number;
  }[];
}

/** SyncR² against strangers of the same scenario. */
export interface StrangerReplicates {
  readonly observed: number;
  readonly rows: readonly number[];
  /** SyncR² under exchanges in which no interaction keeps its own partner. */
  readonly surrogates: readonly number[];
  /** SyncR² under exchanges that may leave an interaction its own partner; p is from these. */
  readonly exchanges: readonly number[];
  readonly clusters: LayerClusters | Untested;
}

/** The interactive condition's SyncR² minus this one's, on the same held-out interactions. */
export interface ComparisonReplicates {
  readonly first: number;
  readonly second: number;
  readonly values: readonly number[];
  readonly interactions: number;
  readonly exact: boolean;
  readonly clusters: LayerClusters | Untested;
}

export interface ConditionTests {
  readonly condition: Condition;
  /** SyncR² on the interactive condition's splits. */
  readonly syncR2: number;
  readonly testSamples: readonly number[];
  readonly interactions: number;
  /** SyncR² of every draw, and without each group. */
  readonly bootstrap:
    | { readonly draws: readonly number[]; readonly leaveOneOut: readonly number[] }
    | Untested;
  readonly strangers: StrangerReplicates | Untested;
  /** The comparison with the interactive condition; absent for that condition itself. */
  readonly against?: ComparisonReplicates | Untested;
}

const unitKey = (direction: number, batch: number, condition: number) => `${direction}/${batch}/${condition}`;

/** Plans what is drawn, from the names of what is held out alone. */
export function planDraws(
  directions: readonly (readonly PreparedFits[])[],
  { draws, seed }: Pick<TestSettings, 'draws' | 'seed'>,
): PairDraws {
  const testGroups: string[][] = [];
  const splitOffsets = new Map<string, number>();
  const members = new Map<string, string>();
  for (const [d, batches] of directions.entries())
    for (const [b, { splits, conditions }] of batches.entries())
      for (const [c, { names }] of conditions.entries()) {
        splitOffsets.set(unitKey(d, b, c), testGroups.length);
        for (const { test } of splits) {
          testGroups.push(test.map((row) => names.groups[row]!));
          for (const row of test) members.set(names.interactions[row]!, names.scenarios[row]!);
        }
      }
  return {
    resampling: attemptNow(() => createResampling(testGroups, { draws, seed })),
    splitOffsets,
    members,
  };
}

/**
 * Tests one direction of a model pair.
 *
 * @param index of the direction among those that the draws were planned for
 * @param batches the first one's first condition is the interactive one
 * @returns conditions in the order of the batches
 * @throws CorruptFile from states on disk; the signal's reason when aborted
 */
export async function testDirection(
  batches: readonly PreparedFits[],
  index: number,
  draws: PairDraws,
  settings: TestSettings,
  gemm: Gemm,
): Promise<ConditionTests[]> {
  const results: ConditionTests[] = [];
  let interactive: ConditionRows | undefined;
  let tests = 0;
  const opened = [];
  const onTest = () => settings.onTest?.(++tests);
  try {
    for (const [b, { source, splits, conditions }] of batches.entries()) {
      const { lambda, memory, scratchFolder, signal } = settings;
      const fits = await openFits(
        source,
        conditions.map(({ target }) => target),
        {
          splits,
          lambda,
          ...(memory !== undefined && { memory: memory * (7 / 8), fitMemory: memory / 16 }),
          ...(scratchFolder !== undefined && { scratchFolder }),
          ...(signal && { signal }),
        },
        gemm,
      );
      opened.push(fits);
      for (const [c, prepared] of conditions.entries()) {
        const rows = await fits.residuals(c, COLUMNS);
        const part = partOf(draws, unitKey(index, b, c), splits.length);
        const own = { rows, testGroups: namesOf(prepared.names.interactions, splits) };
        const { condition } = prepared;
        const first = interactive;
        interactive ??= own;
        results.push({
          condition,
          syncR2: meanOverRows(
            rows.map(({ r2 }) => ({ best: Float64Array.of(Math.max(0, ...Array.from(r2))) })),
          )[0]!,
          testSamples: splits.map(({ test }) => test.length),
          interactions: new Set(own.testGroups.flat()).size,
          bootstrap: await bootstrapOf(rows, part, onTest, signal, gemm),
          strangers: await strangersOf(rows, prepared, splits, draws, settings, onTest, gemm),
          ...(first && { against: await againstOf(first, own, prepared, draws, settings, gemm) }),
        });
        onTest();
      }
      // The interactive condition's fits stay open for the comparisons.
      if (b > 0) await opened.pop()!.close();
    }
  } finally {
    for (const fits of opened) await fits.close();
  }
  return results;
}

/** Columns for the screening and for the layer maps. */
const COLUMNS = 256;

function namesOf(names: readonly string[], splits: readonly TrainTest[]): string[][] {
  return splits.map(({ test }) => test.map((row) => names[row]!));
}

function partOf({ resampling, splitOffsets }: PairDraws, key: string, splits: number): Resampling | Untested {
  if ('reason' in resampling) return resampling;
  const offset = splitOffsets.get(key)!;
  return { ...resampling, splits: resampling.splits.slice(offset, offset + splits) };
}

async function bootstrapOf(
  rows: readonly RowResiduals[],
  resampling: Resampling | Untested,
  onTest: () => void,
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<ConditionTests['bootstrap']> {
  if ('reason' in resampling) {
    onTest();
    return resampling;
  }
  const maxima = [];
  for (const row of rows) {
    signal?.throwIfAborted();
    maxima.push(await bootstrapRow(row, resampling, 'candidates', gemm));
  }
  onTest();
  const values = meanOverRows(maxima);
  const { draws } = resampling;
  return { draws: rounded(values.subarray(1, 1 + draws)), leaveOneOut: rounded(values.subarray(1 + draws)) };
}

async function strangersOf(
  rows: readonly RowResiduals[],
  { condition, names }: PreparedCondition,
  splits: readonly TrainTest[],
  { members }: PairDraws,
  { draws, seed, signal }: TestSettings,
  onTest: () => void,
  gemm: Gemm,
): Promise<StrangerReplicates | Untested> {
  signal?.throwIfAborted();
  const tested = await attempt(async () => {
    const { noStrangers } = traitsOf(condition);
    if (noStrangers) throw new BadInput(condition, noStrangers);
    const surrogates = createSurrogates(
      {
        interactions: names.interactions,
        blocks: names.scenarios,
        positions: names.rounds,
        repetitions: names.seeds,
      },
      splits,
      { surrogates: draws, seed, members },
    );
    const found = await pseudoDyadNull(rows, surrogates, 'candidates', gemm);
    const placed = splits.map(({ test }) =>
      test.map((row) => ({
        interaction: names.interactions[row]!,
        block: names.scenarios[row]!,
        position: `${names.rounds[row]}/${names.seeds[row]}`,
      })),
    );
    return {
      observed: found.observed,
      rows: found.rows,
      surrogates: rounded(found.surrogates),
      exchanges: rounded(found.exchanges),
      clusters: await clustersOf(() => strangerMaps(rows, placed), 'scenarios', { draws, seed }, 'greater'),
    };
  });
  onTest();
  return tested;
}

function againstOf(
  interactive: ConditionRows,
  own: ConditionRows,
  { compared }: PreparedCondition,
  { members }: PairDraws,
  { draws, seed, signal }: TestSettings,
  gemm: Gemm,
): Promise<ComparisonReplicates | Untested> {
  signal?.throwIfAborted();
  return attempt(async () => {
    if (compared !== true) throw new BadInput('comparison', compared.reason);
    const units = [...members.keys()].sort();
    const options = { permutations: draws, seed, units };
    const found = await compareConditions(interactive, own, options, gemm);
    const { first, second, interactions, exact } = found;
    return {
      ...{ first, second, interactions, exact },
      values: rounded(found.values),
      clusters: await clustersOf(
        () => conditionMaps(interactive, own),
        'interactions',
        { draws, seed },
        'two-sided',
      ),
    };
  });
}

async function clustersOf(
  gather: () => Promise<UnitMaps>,
  what: string,
  { draws, seed }: Pick<TestSettings, 'draws' | 'seed'>,
  tail: 'greater' | 'two-sided',
): Promise<LayerClusters | Untested> {
  const { units, maps, shape, columns, hiddenSize } = await gather();
  if (units.length < FEWEST_UNITS)
    return { reason: `${units.length} ${what} to compare, and clusters need ${FEWEST_UNITS} at least` };
  const found: ClusterPermutation = clusterPermutation(maps, shape, { permutations: draws, seed, tail });
  return {
    t: rounded(found.t),
    threshold: found.threshold,
    units: units.length,
    permutations: found.largest.length,
    ...{ columns, hiddenSize },
    clusters: found.clusters.map(({ cells, mass, p }) => ({ cells, mass: finite(mass), p })),
  };
}

/** Below it no arrangement of signs is rare enough. */
const FEWEST_UNITS = 6;

/** A number that JSON knows in place of t, which is infinite where there is no spread. */
function finite(value: number): number {
  return Math.max(-1e6, Math.min(1e6, value));
}

/** Values rounded to nine decimals: enough for every p, and a third of the bytes. */
function rounded(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Math.round(finite(value) * 1e9) / 1e9);
}

/** What cannot be tested is said with its reason; damaged files and aborts are thrown. */
function untested(error: unknown): Untested {
  if (error instanceof NotEnoughSamples || error instanceof BadInput) return { reason: error.message };
  throw error;
}

function attemptNow<T>(test: () => T): T | Untested {
  try {
    return test();
  } catch (error) {
    return untested(error);
  }
}

async function attempt<T>(test: () => Promise<T>): Promise<T | Untested> {
  try {
    return await test();
  } catch (error) {
    return untested(error);
  }
}
