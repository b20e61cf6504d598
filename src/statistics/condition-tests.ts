// Everything that is tested of one direction: what its conditions are, against strangers and against each other. Draws
// are made over what the model pair as a whole holds out, so that the mean over its directions has replicates too.
// The fitted maps stay as they are.

import { type Condition, traitsOf } from '../conditions/condition.ts';
import { BadInput } from '../errors.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { at, first, take } from '../numerics/lookup.ts';
import { combineJackknives, FEWEST_GROUPS, type Jackknife } from '../synchrony/intervals/interval.ts';
import { leaveOneOut } from '../synchrony/intervals/leave-one-out.ts';
import { leaveOutOfRow } from '../synchrony/intervals/left-out-row.ts';
import type { RowResiduals } from '../synchrony/intervals/row-residuals.ts';
import { jackknifeOfRows } from '../synchrony/intervals/target-intervals.ts';
import { type OpenFits, openFits } from '../synchrony/permutations/open-fits.ts';
import { type ConditionRows, compareConditions } from '../synchrony/permutations/paired-conditions.ts';
import {
  type ConditionLayers,
  inflationOf,
  type RefitSpread,
  refitSpread,
} from '../synchrony/permutations/refit-inflation.ts';
import { meanOverRows } from '../synchrony/permutations/row-maximum.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import {
  conversationsOf,
  exchangeOf,
  type StrangerReplicates,
  strangersOf,
  type Testing,
  type TestSettings,
} from './exchange-tests.ts';
import { clustersOf, type LayerClusters, rounded } from './layer-clusters.ts';
import { conditionMaps } from './layer-maps.ts';
import type { HeldOutMembers, PreparedCondition, PreparedFits } from './prepared-fits.ts';
import { attempt, isUntested, type Untested } from './untested.ts';

export type { StrangerReplicates, TestSettings } from './exchange-tests.ts';
export type { LayerClusters } from './layer-clusters.ts';

/** The interactive condition's SyncR² minus this one's, fitted and tested on the rows that both have. */
export interface ComparisonReplicates {
  /** SyncR² of the interactive condition on these rows. */
  readonly first: number;
  readonly second: number;
  /** The difference under every permutation, maps held fixed. */
  readonly values: readonly number[];
  /** By how much the difference spreads with maps fitted anew; values and jackknife do not have it, clusters do. */
  readonly refits: RefitSpread;
  /** The difference without each held-out group. */
  readonly jackknife: Jackknife | Untested;
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
  /** SyncR² without each held-out group. */
  readonly jackknife: Jackknife | Untested;
  readonly strangers: StrangerReplicates | Untested;
  /** The comparison with the interactive condition; absent for that condition itself. */
  readonly against?: ComparisonReplicates | Untested;
  /**
   * The interactive condition on this one's rows, its targets exchanged between conversations of one interaction: of a
   * condition that takes them from there.
   */
  readonly exchanged?: StrangerReplicates | Untested;
}

/**
 * Tests one direction of a model pair.
 *
 * @param batches the first one's first condition is the interactive one
 * @param members of the whole pair
 * @returns conditions in the order of the batches
 * @throws CorruptFile from states on disk; the signal's reason when aborted
 */
export async function testDirection(
  batches: readonly PreparedFits[],
  members: HeldOutMembers,
  settings: TestSettings,
  gemm: Gemm,
): Promise<ConditionTests[]> {
  const results: ConditionTests[] = [];
  let interactive: Compared | undefined;
  let tests = 0;
  const testing = { members, settings, onTest: () => settings.onTest?.(++tests), gemm };
  const opened: OpenFits[] = [];
  try {
    for (const prepared of batches) {
      const fits = await openPrepared(prepared, settings, gemm);
      opened.push(fits);
      for (const [c, condition] of prepared.conditions.entries()) {
        const comparedWith = (await matchedRows(c, prepared, fits, testing)) ?? interactive;
        const rows = await fits.residuals(c, COLUMNS);
        const testGroups = namesOf(condition.names.interactions, prepared.splits);
        const layers = { source: prepared.source, target: condition.target, penalty: fits.penalty };
        const own = { rows, testGroups, layers };
        const tests = await testCondition(condition, prepared.splits, own, comparedWith, testing);
        results.push(tests);
        interactive ??= { ...own, jackknife: tests.jackknife };
        testing.onTest();
      }
      // The interactive condition's fits stay open for the comparisons.
      if (opened.length > 1) await opened.pop()?.close();
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
    [...conditions.map(({ target }) => target), ...conditions.flatMap(({ matched }) => matched ?? [])],
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

/** The interactive condition on some rows: what another one is compared with. */
interface Compared extends ConditionRows {
  readonly layers: ConditionLayers;
  readonly jackknife: Jackknife | Untested;
}

/** The interactive condition on the rows of a condition that has fewer of them; undefined for one that has all. */
async function matchedRows(
  place: number,
  { source, conditions, splits }: PreparedFits,
  fits: OpenFits,
  testing: Testing,
): Promise<Compared | undefined> {
  const condition = at(conditions, place);
  if (condition.matched === undefined) return undefined;
  const before = conditions.slice(0, place).filter(({ matched }) => matched).length;
  const rows = await fits.residuals(conditions.length + before, COLUMNS);
  const { interactions, groups } = condition.names;
  const jackknife = await jackknifeOf(syncR2Of(rows), rows, namesOf(groups, splits), testing);
  const layers = { source, target: condition.matched, penalty: fits.penalty };
  return { rows, testGroups: namesOf(interactions, splits), layers, jackknife };
}

function syncR2Of(rows: readonly RowResiduals[]): number {
  return first(
    meanOverRows(rows.map(({ r2 }) => ({ best: Float64Array.of(Math.max(0, ...Array.from(r2))) }))),
  );
}

/** @param interactive what it is compared with; undefined for the interactive condition itself */
async function testCondition(
  prepared: PreparedCondition,
  splits: readonly TrainTest[],
  own: Omit<Compared, 'jackknife'>,
  interactive: Compared | undefined,
  testing: Testing,
): Promise<ConditionTests> {
  const { rows, testGroups } = own;
  const syncR2 = syncR2Of(rows);
  const jackknife = await jackknifeOf(syncR2, rows, namesOf(prepared.names.groups, splits), testing);
  testing.onTest();
  return {
    ...{ condition: prepared.condition, syncR2 },
    testSamples: splits.map(({ test }) => test.length),
    interactions: new Set(testGroups.flat()).size,
    jackknife,
    strangers: await strangersOf(rows, prepared, splits, testing),
    ...(interactive && {
      against: await againstOf(interactive, { ...own, jackknife }, prepared, splits, testing),
    }),
    ...(interactive &&
      traitsOf(prepared.condition).acrossSeeds && {
        exchanged: await exchangeOf(interactive.rows, conversationsOf(prepared, testing), splits, testing),
      }),
  };
}

/** Columns for the screening and for the layer maps. */
const COLUMNS = 256;

function namesOf(names: readonly string[], splits: readonly TrainTest[]): string[][] {
  return splits.map(({ test }) => take(names, test));
}

async function jackknifeOf(
  syncR2: number,
  rows: readonly RowResiduals[],
  testGroups: readonly (readonly string[])[],
  { settings: { signal } }: Testing,
): Promise<Jackknife | Untested> {
  const groups = leaveOneOut(testGroups);
  if (groups === undefined) return { reason: `a split holds out fewer than ${FEWEST_GROUPS} groups` };
  const without = [];
  for (const row of rows) {
    signal?.throwIfAborted();
    without.push(await leaveOutOfRow(row, groups));
  }
  const jackknife = jackknifeOfRows(syncR2, without, groups);
  return { ...jackknife, influences: rounded(jackknife.influences) };
}

function differenceOf(first: Jackknife | Untested, second: Jackknife | Untested): Jackknife | Untested {
  if (isUntested(first)) return first;
  if (isUntested(second)) return second;
  const { groups, influences, ...difference } = combineJackknives([
    { weight: 1, jackknife: first },
    { weight: -1, jackknife: second },
  ]);
  return { ...difference, groups, influences: rounded(influences) };
}

/** What a comparison takes into account of the maps' own chance. */
function refitsOf(
  interactive: Compared,
  own: Compared,
  { names }: PreparedCondition,
  splits: readonly TrainTest[],
  { settings: { seed, signal }, gemm }: Testing,
): Promise<RefitSpread> {
  const bestTarget = interactive.rows.map(({ r2 }) => {
    const all = Array.from(r2);
    return all.indexOf(Math.max(...all));
  });
  const options = { splits, interactions: names.interactions, bestTarget, seed, signal };
  return refitSpread(interactive.layers, own.layers, options, gemm);
}

function againstOf(
  interactive: Compared,
  own: Compared,
  prepared: PreparedCondition,
  splits: readonly TrainTest[],
  testing: Testing,
): Promise<ComparisonReplicates | Untested> {
  const { compared } = prepared;
  const {
    members,
    settings: { draws, seed, signal },
    gemm,
  } = testing;
  signal?.throwIfAborted();
  return attempt(async () => {
    if (compared !== true) throw new BadInput('comparison', compared.reason);
    const units = [...members.interactions.keys()].sort();
    const options = { permutations: draws, seed, units };
    const found = await compareConditions(interactive, own, options, gemm);
    const { first, second, interactions, exact } = found;
    const refits = await refitsOf(interactive, own, prepared, splits, testing);
    return {
      ...{ first, second, interactions, exact, refits },
      values: rounded(found.values),
      jackknife: differenceOf(interactive.jackknife, own.jackknife),
      clusters: await clustersOf(
        () => conditionMaps(interactive, own),
        'interactions',
        { draws, seed, inflation: inflationOf([refits]) },
        'two-sided',
      ),
    };
  });
}
