// What a probe is worth: against the mean training distribution, by exchange of interactions; against the same probe of the
// text that the agent has read; and against states of the same interaction under another simulation seed. All of it at the
// layer that was chosen on training groups, since the best layer of the test rows would favour the states.

import { type SpokenEpisode, textFeatures } from '../controls/text-features.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { at, take } from '../numerics/lookup.ts';
import { type Matrix, type Matrix32, rowOf, takeRows, zeros32 } from '../numerics/matrix.ts';
import type { Sample } from '../pairs/align.ts';
import { exchangeP } from './exchange.ts';
import { type Gain, gainOf, type HeldOutRows, signFlipP } from './held-out-gains.ts';
import { type ProbeReading, probeLayer, readWithPenalty } from './probe-layer.ts';
import type { ProbeSettings } from './probe-settings.ts';
import { type SplitTarget, splitTarget } from './probe-splits.ts';
import { logMean, rowDivergences } from './soft-labels.ts';
import type { NamedRecording, ProbeTarget } from './targets.ts';

/** A probe against something else, on the same held-out rows. */
export interface ProbeComparison extends Gain {
  /** One-sided: that the probe is no closer. */
  readonly p: number;
  /** Random exchanges or signs, or all there are. */
  readonly permutations: number;
}

/** Why something was not compared. */
export interface NotCompared {
  readonly reason: string;
}

export interface ProbeTests {
  /** Chosen on training groups, 0-based. */
  readonly layer: number;
  /** Against the mean training distribution; p by exchange of interactions. */
  readonly baseline: ProbeComparison | NotCompared;
  /** Against a probe of the text that the agent has read; p by sign flips of interactions. */
  readonly text: ProbeComparison | NotCompared;
  /** Against a probe of states of another seed, on rows that have some; p by sign flips of interactions. */
  readonly wrongSeed: ProbeComparison | NotCompared;
}

/** What all targets of one agent are tested with. */
export interface TestMaterial {
  /** Features of what the agent has read before each state, (states, F). */
  readonly text: Matrix | NotCompared;
  /** For each state the one of the same turn under another seed, if there is one. */
  readonly otherSeed: readonly (number | undefined)[];
  /** Which turn of its group a state is. */
  readonly moments: readonly string[];
}

/** Buckets of each bag of words, as in the text baselines of synchrony. */
const TEXT_DIMENSIONS = 512;

/** Random exchanges and sign flips. */
const DRAWS = 999;

/** @param states of `statesOfSeat` */
export function testMaterial(recordings: readonly NamedRecording[], states: readonly Sample[]): TestMaterial {
  const heads = recordings.map(({ head }) => head);
  const places = new Map(
    states.map(({ source }, row) => [`${source.recording} ${source.round}`, row] as const),
  );
  const otherSeed = states.map(({ source: { recording, round } }) => {
    const own = heads[recording];
    if (!own) return undefined;
    const others = [...heads.entries()].filter(
      ([i, head]) => head?.interaction === own.interaction && places.has(`${i} ${round}`),
    );
    // The next seed, round and round.
    const place = others.findIndex(([i]) => i === recording);
    const [next] = others.at((place + 1) % others.length) ?? [recording];
    return next === recording ? undefined : places.get(`${next} ${round}`);
  });
  return { text: textOf(recordings, states), otherSeed, moments: momentsOf(recordings, states) };
}

/** The how-manieth recording of its group, and the round. */
function momentsOf(recordings: readonly NamedRecording[], states: readonly Sample[]): string[] {
  const counts = new Map<string, number>();
  const places = recordings.map(({ group }) => {
    const place = counts.get(group) ?? 0;
    counts.set(group, place + 1);
    return place;
  });
  return states.map(({ source }) => `${at(places, source.recording)} ${source.round}`);
}

/** An agent's own lines begin with what it named, as its prompts have them; the partner's words are never shown. */
function textOf(recordings: readonly NamedRecording[], states: readonly Sample[]): Matrix | NotCompared {
  const seat = states[0]?.source.seat;
  const episodes = recordings.flatMap(({ head, turns }): SpokenEpisode[] => {
    const read = turns.map((turn) => {
      const { emotion, action } = turn.mentalState ?? {};
      if (turn.seat !== seat || !emotion || !action) return turn;
      return { ...turn, text: `${emotion.word}. ${action.word}. ${turn.text}` };
    });
    return head ? [{ ...head, turns: read }] : [];
  });
  if (episodes.length < recordings.length) return { reason: 'there are recordings without a transcript' };
  return varyingColumns(textFeatures(episodes, states, { text: 'shared', dimensions: TEXT_DIMENSIONS }));
}

/** Without the columns that are the same in all rows, which no probe can use: buckets of words that nobody says. */
function varyingColumns(features: Matrix32): Matrix32 {
  const varies = Array.from({ length: features.columns }, (_, column) => column).filter((column) => {
    const top = features.data[column];
    for (let at = column; at < features.data.length; at += features.columns)
      if (features.data[at] !== top) return true;
    return false;
  });
  const out = zeros32(features.rows, varies.length);
  for (let row = 0; row < features.rows; row++)
    out.data.set(take(rowOf(features, row), varies), row * varies.length);
  return out;
}

export interface TestedTarget extends SplitTarget {
  /** Its place among the layers that have fits. */
  readonly layer: number;
  /** All states of the layer, (states, D). */
  readonly x: Matrix;
}

/** What the fits need. */
export interface TestMeans {
  readonly settings: ProbeSettings;
  readonly signal: AbortSignal | undefined;
  readonly gemm: Gemm;
}

/** Tests the probes of one target at one layer. */
export async function testProbe(
  tested: TestedTarget,
  material: TestMaterial,
  means: TestMeans,
): Promise<ProbeTests> {
  const { target, splits, layer, x } = tested;
  const own: ProbeReading[] = [];
  for (const { split, fits } of splits)
    own.push(await readWithPenalty(x, target, split, at(fits, layer).l2, means.signal, means.gemm));
  return {
    layer,
    baseline: againstBaseline(tested, own, material),
    text: await againstText(tested, own, material, means),
    wrongSeed: await againstOtherSeed(tested, material, means),
  };
}

/** Test rows of a target's splits, as they are compared. */
function heldOut(
  { target, splits }: Pick<SplitTarget, 'target' | 'splits'>,
  own: readonly ProbeReading[],
  others: readonly ProbeReading[],
): HeldOutRows[] {
  return splits.map(({ split }, s) => ({
    groups: take(target.groups, split.test),
    probe: rowDivergences(at(own, s).p, at(own, s).logQ),
    other: rowDivergences(at(others, s).p, at(others, s).logQ),
  }));
}

/** @returns the reason where some split holds out one group alone */
function tooFewGroups(rows: readonly HeldOutRows[]): NotCompared | undefined {
  const fewest = Math.min(...rows.map(({ groups }) => new Set(groups).size));
  return fewest < 2
    ? { reason: 'a split holds out one group alone, which nothing can be exchanged with' }
    : undefined;
}

function againstBaseline(
  tested: TestedTarget,
  own: readonly ProbeReading[],
  { moments }: TestMaterial,
): ProbeComparison | NotCompared {
  const { target, splits } = tested;
  const means = splits.map(({ split }, s) => ({
    p: at(own, s).p,
    logQ: logMean(takeRows(target.distributions, split.train)),
  }));
  const rows = heldOut(tested, own, means);
  const few = tooFewGroups(rows);
  if (few) return few;
  const exchanged = splits.map(({ split }, s) => ({
    ...at(own, s),
    groups: at(rows, s).groups,
    moments: take(moments, take(target.rows, split.test)),
  }));
  return { ...gainOf(rows), ...exchangeP(exchanged, DRAWS) };
}

async function againstText(
  tested: TestedTarget,
  own: readonly ProbeReading[],
  { text }: TestMaterial,
  means: TestMeans,
): Promise<ProbeComparison | NotCompared> {
  if ('reason' in text) return text;
  return compare(tested, own, await readingsOf(text, tested, means));
}

/** Both probes are fitted anew, on the rows that have a state of another seed. */
async function againstOtherSeed(
  { target, x }: TestedTarget,
  { otherSeed }: TestMaterial,
  means: TestMeans,
): Promise<ProbeComparison | NotCompared> {
  const paired = [...target.rows.keys()].filter((i) => otherSeed[at(target.rows, i)] !== undefined);
  if (paired.length === 0)
    return { reason: 'no turn was played under another seed too; give two or more seeds' };
  const right: ProbeTarget = {
    ...target,
    rows: take(target.rows, paired),
    groups: take(target.groups, paired),
    distributions: takeRows(target.distributions, paired),
  };
  const divided = splitTarget(right, means.settings);
  if (typeof divided === 'string') return { reason: divided };
  const wrong = { ...right, rows: right.rows.map((row) => otherSeed[row] ?? row) };
  const own = await readingsOf(x, divided, means);
  return compare(divided, own, await readingsOf(x, { ...divided, target: wrong }, means));
}

/** A probe of its own for each split, with a penalty of its own. */
async function readingsOf(
  x: Matrix,
  { target, splits }: Pick<SplitTarget, 'target' | 'splits'>,
  { settings, signal, gemm }: TestMeans,
): Promise<ProbeReading[]> {
  const readings: ProbeReading[] = [];
  for (const { split, inner } of splits)
    readings.push((await probeLayer(x, target, split, inner, settings, signal, gemm)).reading);
  return readings;
}

function compare(
  divided: Pick<SplitTarget, 'target' | 'splits'>,
  own: readonly ProbeReading[],
  others: readonly ProbeReading[],
): ProbeComparison | NotCompared {
  const rows = heldOut(divided, own, others);
  return tooFewGroups(rows) ?? { ...gainOf(rows), ...signFlipP(rows, DRAWS) };
}
