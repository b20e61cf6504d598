// What is done to a speaker's state, and what it is held against. An arm is an intervention of one kind, at a dose, or its
// control, which changes the state as much and knows nothing of the listener (docs/method.md §20).

import type { LayerIntervention } from '../models/intervention.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix64, matrixOf, rowOf, zeros } from '../numerics/matrix.ts';
import type { Random } from '../numerics/random.ts';
import { addScaled, dot } from '../numerics/vectors.ts';
import { firstRows, orthonormalRows, type SourceMap } from './source-map.ts';

/**
 * `other-seed`: the state of the same interaction and round under another seed in its place. `stranger`: that of an
 * interaction in which neither character takes part. `mean`: the mean state. `remove`: the state levelled to the mean along
 * the map's first k directions. `steer`: moved along the first direction by so many standard deviations.
 */
export const ARM_KINDS = ['other-seed', 'stranger', 'mean', 'remove', 'steer'] as const;
export type ArmKind = (typeof ARM_KINDS)[number];

/**
 * `norm`: a vector in a random direction, as long as the change that it stands against. `random`: random directions, as
 * many as the map's. `varied`: the same of random mixtures of training states, directions in which states differ.
 */
export const CONTROLS = ['norm', 'random', 'varied'] as const;
export type Control = (typeof CONTROLS)[number];

/** What each kind is held against. */
export const CONTROLS_OF: Readonly<Record<ArmKind, readonly Control[]>> = {
  'other-seed': ['norm'],
  stranger: ['norm'],
  mean: ['norm'],
  remove: ['random', 'varied', 'norm'],
  steer: ['random', 'varied'],
};

export interface Arm {
  readonly kind: ArmKind;
  /** Null for the intervention itself. */
  readonly control: Control | null;
  /** k of `remove`, standard deviations of `steer`; null for the others. */
  readonly dose: number | null;
}

export interface ArmSettings {
  readonly kinds: readonly ArmKind[];
  readonly directions: readonly number[];
  readonly strengths: readonly number[];
}

/** Every arm of a study at one layer and round: each intervention with its controls behind it. */
export function armsOf({ kinds, directions, strengths }: ArmSettings): Arm[] {
  const doses = (kind: ArmKind) => (kind === 'remove' ? directions : kind === 'steer' ? strengths : [null]);
  return kinds.flatMap((kind) =>
    doses(kind).flatMap((dose) =>
      [null, ...CONTROLS_OF[kind]].map((control): Arm => ({ kind, control, dose })),
    ),
  );
}

/**
 * How often a part of an episode is played at one round: without a change, and with every arm at every layer.
 *
 * @param all layers of the speaker
 */
export function playsPerRound(
  { layers, ...settings }: ArmSettings & { readonly layers: 'ends' | 'all' | readonly number[] },
  all: number,
): number {
  const many = layers === 'ends' ? Math.min(2, all) : layers === 'all' ? all : layers.length;
  return 1 + many * armsOf(settings).length;
}

/** The same for the arms of one kind, control and dose. */
export function armName({ kind, control, dose }: Arm): string {
  return [kind, ...(dose === null ? [] : [dose]), ...(control === null ? [] : [control])].join(' ');
}

/** What an arm is made of. */
export interface ArmInputs {
  readonly layer: number;
  /** The speaker's own state at the layer: (D). */
  readonly state: Float32Array;
  readonly map: SourceMap;
  /** The states that are put in its place; undefined where there is none. */
  readonly swap: Float32Array | undefined;
  readonly stranger: Float32Array | undefined;
  /** A stream of the arm's own. */
  readonly random: Random;
}

/** An arm's intervention, and what it does to the state: (D), float64. */
export interface MadeArm {
  readonly intervention: LayerIntervention;
  readonly change: Float64Array;
}

/** @returns undefined where the arm cannot be made: there is no such state, or the map has not so many directions */
export function makeArm(arm: Arm, inputs: ArmInputs): MadeArm | undefined {
  const { kind, control, dose } = arm;
  if (control === 'norm') return asLong(makeArm({ ...arm, control: null }, inputs), inputs);
  if (kind === 'other-seed') return replaced(inputs.swap, inputs);
  if (kind === 'stranger') return replaced(inputs.stranger, inputs);
  if (kind === 'mean') return replaced(Float32Array.from(inputs.map.means), inputs);
  const count = kind === 'remove' ? (dose ?? 1) : 1;
  const directions = directionsFor(control, count, inputs);
  if (directions.rows < count) return undefined;
  return kind === 'remove' ? removed(directions, inputs) : steered(directions, dose ?? 0, inputs);
}

function replaced(replace: Float32Array | undefined, { layer, state }: ArmInputs): MadeArm | undefined {
  if (replace === undefined) return undefined;
  const change = Float64Array.from(state, (value, d) => at(replace, d) - value);
  return { intervention: { layer, replace }, change };
}

function removed(directions: Matrix64, { layer, state, map: { means } }: ArmInputs): MadeArm {
  const change = new Float64Array(state.length);
  const centred = Float64Array.from(state, (value, d) => value - at(means, d));
  for (let i = 0; i < directions.rows; i++) {
    const direction = rowOf(directions, i);
    addScaled(change, direction, -dot(centred, direction));
  }
  const remove = firstRows(directions, directions.rows);
  return { intervention: { layer, remove, about: Float32Array.from(means) }, change };
}

/** Controls are moved as far as the map's own direction, in the units of the states. */
function steered(directions: Matrix64, strength: number, { layer, map: { spread } }: ArmInputs): MadeArm {
  const length = strength * at(spread, 0);
  const change = rowOf(directions, 0).map((value) => length * value);
  return { intervention: { layer, add: Float32Array.from(change) }, change };
}

function asLong(own: MadeArm | undefined, { layer, random }: ArmInputs): MadeArm | undefined {
  if (own === undefined) return undefined;
  const length = Math.sqrt(dot(own.change, own.change));
  const noise = rowOf(orthonormalRows(normalRows(1, own.change.length, random)), 0);
  const change = noise.map((value) => length * value);
  return { intervention: { layer, add: Float32Array.from(change) }, change };
}

function directionsFor(control: Control | null, count: number, { map, random }: ArmInputs): Matrix64 {
  const { directions, rows } = map;
  if (control === null) {
    const kept = Math.min(count, directions.rows);
    return matrixOf(kept, directions.columns, directions.data.slice(0, kept * directions.columns));
  }
  // As many as the map has: a control of more would be none.
  if (directions.rows < count) return zeros(0, directions.columns);
  if (control === 'random') return orthonormalRows(normalRows(count, directions.columns, random));
  const mixtures = zeros(count, rows.columns);
  for (let i = 0; i < count; i++) {
    const mixture = rowOf(mixtures, i);
    for (let row = 0; row < rows.rows; row++) addScaled(mixture, rowOf(rows, row), normal(random));
  }
  return orthonormalRows(mixtures);
}

function normalRows(count: number, columns: number, random: Random): Matrix64 {
  return matrixOf(
    count,
    columns,
    Float64Array.from({ length: count * columns }, () => normal(random)),
  );
}

/** A standard normal number (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
