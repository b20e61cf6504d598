// Exchanges of test rows' targets, the fitted maps held fixed: between the interactions of a scenario, which makes partners of
// strangers, and between the conversations of an interaction, which leaves all but what was said in this one.

import { traitsOf } from '../conditions/condition.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import type { RowResiduals } from '../synchrony/intervals/row-residuals.ts';
import { pseudoDyadNull } from '../synchrony/permutations/pseudo-dyads.ts';
import { createSurrogates } from '../synchrony/permutations/surrogates.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import type { Lambda } from '../synchrony/types.ts';
import { clustersOf, type LayerClusters, rounded } from './layer-clusters.ts';
import { strangerMaps } from './layer-maps.ts';
import { conversationName, type HeldOutMembers, type PreparedCondition } from './prepared-fits.ts';
import { attempt, type Untested } from './untested.ts';

/** SyncR² against strangers of the same scenario, or against other conversations of the same interaction. */
export interface StrangerReplicates {
  readonly observed: number;
  readonly rows: readonly number[];
  /** SyncR² under exchanges in which no interaction keeps its own partner. */
  readonly surrogates: readonly number[];
  /** SyncR² under exchanges that may leave an interaction its own partner; p is from these. */
  readonly exchanges: readonly number[];
  readonly clusters: LayerClusters | Untested;
}

export interface TestSettings {
  readonly draws: number;
  readonly seed: number;
  /** λ. */
  readonly lambda: Lambda;
  readonly memory?: number | undefined;
  readonly scratchFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every test, with how many there have been. */
  readonly onTest?: ((tests: number) => void) | undefined;
}

/** What all tests of one direction go by. */
export interface Testing {
  readonly members: HeldOutMembers;
  readonly settings: TestSettings;
  readonly onTest: () => void;
  readonly gemm: Gemm;
}

/** Whose targets are exchanged, and within what; (samples) each. */
interface Exchange {
  readonly units: readonly string[];
  readonly blocks: readonly string[];
  readonly positions: readonly number[];
  readonly repetitions: readonly (number | string)[];
  readonly members: ReadonlyMap<string, string>;
  /** The blocks in the plural, which clusters are over. */
  readonly called: string;
}

/** Conversations of an interaction are exchanged, which differ in what was said alone. */
export function conversationsOf({ names }: PreparedCondition, { members }: Testing): Exchange {
  return {
    units: names.interactions.map((name, row) => conversationName(name, at(names.seeds, row))),
    blocks: names.interactions,
    positions: names.rounds,
    repetitions: names.rounds.map(() => ''),
    members: members.conversations,
    called: 'interactions',
  };
}

/** Strangers of the same scenario in the partners' place. */
export async function strangersOf(
  rows: readonly RowResiduals[],
  { condition, names }: PreparedCondition,
  splits: readonly TrainTest[],
  testing: Testing,
): Promise<StrangerReplicates | Untested> {
  const { noStrangers } = traitsOf(condition);
  if (noStrangers) {
    testing.onTest();
    return { reason: `${condition}: ${noStrangers}` };
  }
  const exchange = {
    units: names.interactions,
    blocks: names.scenarios,
    positions: names.rounds,
    repetitions: names.seeds,
    members: testing.members.interactions,
    called: 'scenarios',
  };
  const tested = await exchangeOf(rows, exchange, splits, testing);
  testing.onTest();
  return tested;
}

/** SyncR² with targets exchanged within blocks, or why it cannot be tested. */
export async function exchangeOf(
  rows: readonly RowResiduals[],
  { units, blocks, positions, repetitions, members, called }: Exchange,
  splits: readonly TrainTest[],
  { settings: { draws, seed, signal }, gemm }: Testing,
): Promise<StrangerReplicates | Untested> {
  signal?.throwIfAborted();
  return attempt(async () => {
    const surrogates = createSurrogates({ interactions: units, blocks, positions, repetitions }, splits, {
      surrogates: draws,
      seed,
      members,
    });
    const found = await pseudoDyadNull(rows, surrogates, 'candidates', gemm);
    const placed = splits.map(({ test }) =>
      test.map((row) => ({
        interaction: at(units, row),
        block: at(blocks, row),
        position: `${positions[row]}/${repetitions[row]}`,
      })),
    );
    return {
      observed: found.observed,
      rows: found.rows,
      surrogates: rounded(found.surrogates),
      exchanges: rounded(found.exchanges),
      clusters: await clustersOf(() => strangerMaps(rows, placed), called, { draws, seed }, 'greater'),
    };
  });
}
