// Everything that is tested of one direction: what its conditions are, against strangers and against each other. All
// draws are planned for a model pair as a whole (`planDraws`), so that the mean over its directions has replicates too.
// The fitted maps stay as they are.

import { type Condition, traitsOf } from '../conditions/condition.ts';
import { BadInput } from '../errors.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { at, first, take } from '../numerics/lookup.ts';
import { bootstrapRow, type RowResiduals } from '../synchrony/intervals/bootstrap.ts';
import type { Resampling } from '../synchrony/intervals/resampling.ts';
import { type OpenFits, openFits } from '../synchrony/permutations/open-fits.ts';
import { type ConditionRows, compareConditions } from '../synchrony/permutations/paired-conditions.ts';
import { pseudoDyadNull } from '../synchrony/permutations/pseudo-dyads.ts';
import { meanOverRows } from '../synchrony/permutations/row-maximum.ts';
import { createSurrogates } from '../synchrony/permutations/surrogates.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import { clustersOf, type LayerClusters, rounded } from './layer-clusters.ts';
import { conditionMaps, strangerMaps } from './layer-maps.ts';
import {
  type PairDraws,
  type PreparedCondition,
  type PreparedFits,
  resamplingOf,
  type UnitPlace,
} from './pair-draws.ts';
import { attempt, isUntested, type Untested } from './untested.ts';

export type { LayerClusters } from './layer-clusters.ts';

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

/** What all tests of one direction go by. */
interface Testing {
  readonly draws: PairDraws;
  readonly settings: TestSettings;
  readonly onTest: () => void;
  readonly gemm: Gemm;
}

/**
 * Tests one direction of a model pair.
 *
 * @param batches the first one's first condition is the interactive one
 * @param index of the direction among those that the draws were planned for
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
  const testing = { draws, settings, onTest: () => settings.onTest?.(++tests), gemm };
  const opened: OpenFits[] = [];
  try {
    for (const [batch, prepared] of batches.entries()) {
      const fits = await openPrepared(prepared, settings, gemm);
      opened.push(fits);
      for (const [c, condition] of prepared.conditions.entries()) {
        const rows = await fits.residuals(c, COLUMNS);
        const own = { rows, testGroups: namesOf(condition.names.interactions, prepared.splits) };
        const place = { direction: index, batch, condition: c };
        results.push(await testCondition(condition, prepared.splits, own, interactive, place, testing));
        interactive ??= own;
        testing.onTest();
      }
      // The interactive condition's fits stay open for the comparisons.
      if (batch > 0) await opened.pop()?.close();
    }
  } finally {
    for (const fits of opened) await fits.close();
  }
  return results;
}

function openPrepared(
  { source, splits, conditions }: PreparedFits,
  { lambda, memory, scratchFolder, signal }: TestSettings,
  gemm: Gemm,
): Promise<OpenFits> {
  return openFits(
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
}

/** @param interactive what it is compared with; undefined for the interactive condition itself */
async function testCondition(
  prepared: PreparedCondition,
  splits: readonly TrainTest[],
  own: ConditionRows,
  interactive: ConditionRows | undefined,
  place: UnitPlace,
  testing: Testing,
): Promise<ConditionTests> {
  const { rows, testGroups } = own;
  const best = rows.map(({ r2 }) => ({ best: Float64Array.of(Math.max(0, ...Array.from(r2))) }));
  return {
    condition: prepared.condition,
    syncR2: first(meanOverRows(best)),
    testSamples: splits.map(({ test }) => test.length),
    interactions: new Set(testGroups.flat()).size,
    bootstrap: await bootstrapOf(rows, resamplingOf(testing.draws, place, splits.length), testing),
    strangers: await strangersOf(rows, prepared, splits, testing),
    ...(interactive && { against: await againstOf(interactive, own, prepared, testing) }),
  };
}

/** Columns for the screening and for the layer maps. */
const COLUMNS = 256;

function namesOf(names: readonly string[], splits: readonly TrainTest[]): string[][] {
  return splits.map(({ test }) => take(names, test));
}

async function bootstrapOf(
  rows: readonly RowResiduals[],
  resampling: Resampling | Untested,
  { settings: { signal }, onTest, gemm }: Testing,
): Promise<ConditionTests['bootstrap']> {
  if (isUntested(resampling)) {
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
  { draws: { members }, settings: { draws, seed, signal }, onTest, gemm }: Testing,
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
        interaction: at(names.interactions, row),
        block: at(names.scenarios, row),
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
  { draws: { members }, settings: { draws, seed, signal }, gemm }: Testing,
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
