// What an intervention has changed, read off an episode that was played on with it and off the same one played on without
// (docs/method.md §20).

import type { PlayedEpisode } from '../episodes/play.ts';
import { type AgentStates, SEATS, type Seat, type Turn } from '../episodes/types.ts';
import type { Judgement } from '../evaluation/types.ts';
import { at } from '../numerics/lookup.ts';
import { dot } from '../numerics/vectors.ts';
import { predictedChange, predictionError, type SourceMap } from './source-map.ts';

/** Differences of one arm from the untouched episode; null where an agent had left. */
export interface ReadOuts {
  /** Kullback–Leibler divergence of the speaker's next-token distribution from the untouched one, nats. */
  readonly speaker: number;
  /** The same of the listener, which has read what the speaker said. */
  readonly listener: number | null;
  /** 1 if the speaker said other words, 0 if the same. */
  readonly words: number;
  /** Length of the change that the map predicts of the listener's state: standard deviations per dimension. */
  readonly predicted: number | null;
  /** What the listener's state has moved along the predicted change, and at right angles to it; the same unit. */
  readonly along: number | null;
  readonly across: number | null;
  /** R² that the maps have of later rounds, less that of the untouched episode. */
  readonly later: number | null;
  /** Mean over both agents of the change of each score; absent without a judge. */
  readonly scores?: Readonly<Record<string, number>>;
}

/** Maps between whose layers later rounds are predicted. */
export interface LaterMap {
  readonly sourceLayer: number;
  readonly targetLayer: number;
  readonly map: SourceMap;
}

/** Where one looks. */
export interface Looked {
  readonly speaker: Seat;
  /** The listener's layer. */
  readonly targetLayer: number;
  readonly map: SourceMap;
  readonly later: readonly LaterMap[];
}

/** An episode that was played on from a turn. */
export interface Branch {
  readonly played: PlayedEpisode;
  /** The turns that were played, the speaker's first. */
  readonly turns: readonly Turn[];
  readonly judgement?: Judgement | undefined;
}

const other = (seat: Seat): Seat => (seat === 'A' ? 'B' : 'A');

/** @param change of the speaker's state: (D_source) */
export function readOuts(untouched: Branch, arm: Branch, change: Float64Array, looked: Looked): ReadOuts {
  const { speaker, map, targetLayer } = looked;
  const listener = other(speaker);
  const [before, after] = [untouched, arm].map(({ played }) => stateOf(played, listener, targetLayer, 0));
  const [errorBefore, errorAfter] = [laterError(untouched, looked), laterError(arm, looked)];
  const [first, firstBefore] = [arm.turns[0], untouched.turns[0]];
  const scores = scoreChanges(untouched.judgement, arm.judgement);
  return {
    speaker: divergence(untouched, arm, speaker) ?? 0,
    listener: divergence(untouched, arm, listener),
    words: first?.text === firstBefore?.text ? 0 : 1,
    ...(before && after ? moved(map, change, before, after) : { predicted: null, along: null, across: null }),
    later: errorBefore === null || errorAfter === null ? null : errorBefore - errorAfter,
    ...(scores && { scores }),
  };
}

/** One round of a played episode at one layer; undefined where the agent did not speak. Round 0 is the first that was played. */
function stateOf(
  { states }: PlayedEpisode,
  seat: Seat,
  layer: number,
  round: number,
): Float32Array | undefined {
  return stateAt(states[seat], layer, round);
}

/** (D) of one layer and round, 0-based; undefined beyond the last round. */
export function stateAt(
  { rounds, hiddenSize, data }: AgentStates,
  layer: number,
  round: number,
): Float32Array | undefined {
  if (round >= rounds) return undefined;
  const begin = (layer * rounds + round) * hiddenSize;
  return data.subarray(begin, begin + hiddenSize);
}

function divergence(untouched: Branch, arm: Branch, seat: Seat): number | null {
  const logits = ({ played: { seen } }: Branch) => seen.find((one) => one.seat === seat)?.logits;
  const [before, after] = [logits(untouched), logits(arm)];
  return before && after ? klDivergence(before, after) : null;
}

/** Σ p·log(p/q) of two distributions given by their logits, nats. */
export function klDivergence(p: Float32Array, q: Float32Array): number {
  const [zeroP, zeroQ] = [logSum(p), logSum(q)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const logP = p[i]! - zeroP;
    sum += Math.exp(logP) * (logP - (q[i]! - zeroQ));
  }
  // Rounding may put equal distributions a little below 0.
  return Math.max(0, sum);
}

/** log Σ exp */
function logSum(logits: Float32Array): number {
  const most = logits.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - most);
  return most + Math.log(sum);
}

/** The listener's move in the units of its training states, along what is predicted and across it. */
function moved(
  map: SourceMap,
  change: Float64Array,
  before: Float32Array,
  after: Float32Array,
): Pick<ReadOuts, 'predicted' | 'along' | 'across'> {
  const { deviations } = map.target;
  const scale = Math.sqrt(before.length);
  const inUnits = (values: Float64Array) => values.map((value, d) => value / deviations[d]! / scale);
  const predicted = inUnits(predictedChange(map, change));
  const move = inUnits(Float64Array.from(after, (value, d) => value - at(before, d)));
  const length = Math.sqrt(dot(predicted, predicted));
  const along = length > 0 ? dot(predicted, move) / length : 0;
  return { predicted: length, along, across: Math.sqrt(Math.max(0, dot(move, move) - along ** 2)) };
}

/** Mean squared error of the maps in the rounds behind the first answer; null where there are none. */
function laterError({ played }: Branch, { speaker, later }: Looked): number | null {
  const listener = other(speaker);
  const rounds = Math.min(played.states[speaker].rounds, played.states[listener].rounds);
  const errors = later.flatMap(({ sourceLayer, targetLayer, map }) =>
    Array.from({ length: Math.max(0, rounds - 1) }, (_, i) => {
      const source = stateOf(played, speaker, sourceLayer, i + 1);
      const target = stateOf(played, listener, targetLayer, i + 1);
      return source && target ? predictionError(map, source, target) : Number.NaN;
    }),
  );
  if (errors.length === 0) return null;
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

function scoreChanges(
  before: Judgement | undefined,
  after: Judgement | undefined,
): Record<string, number> | undefined {
  if (before?.status !== 'judged' || after?.status !== 'judged') return undefined;
  const mean = ({ agents }: typeof before, name: string) =>
    SEATS.reduce((sum, _, i) => sum + (agents[i]?.scores[name] ?? Number.NaN), 0) / SEATS.length;
  const changes = before.dimensions.map(
    ({ name }) => [name, mean(after, name) - mean(before, name)] as const,
  );
  return Object.fromEntries(changes.filter(([, value]) => Number.isFinite(value)));
}
