// How often intervals hold the truth (docs/method.md §6): studies with a known one, over and over. States of both sides are
// made of what a dialogue's text says, of what each speaker adds and the other hears, and of noise; the truth is R² of the
// very maps that a study fitted, on new dialogues, of which there are as many as are wanted.

import { first } from '../src/numerics/lookup.ts';
import { type Matrix, matrixOf } from '../src/numerics/matrix.ts';
import { createRandom, type Random } from '../src/numerics/random.ts';
import { divideSamples } from '../src/pairs/division.ts';
import { arrayLayers, type LayerSource } from '../src/pairs/layers.ts';
import type { Split } from '../src/pairs/split.ts';
import {
  combineJackknives,
  type Interval,
  intervalOf,
  type Jackknife,
} from '../src/synchrony/intervals/interval.ts';
import { measureConditions } from '../src/synchrony/measure.ts';

/** One point of a coverage table. */
export interface CoverageDesign {
  readonly scenarios: number;
  readonly interactionsPerScenario: number;
  readonly groupBy: 'interaction' | 'scenario';
  /** Rounds per dialogue; 5 by default. */
  readonly rounds?: number;
  /** D; 24 by default. */
  readonly hiddenSize?: number;
  /** Layers of either side; 2 by default. */
  readonly layers?: number;
  /** Folds, each held out once per split seed, in place of three draws of 8:2; one split seed then. */
  readonly folds?: number;
  /** New dialogues for the truth; 1500 by default, which adds little to the spread of what it is compared with. */
  readonly population?: number;
}

/** What one study came to. */
export interface CoverageStudy {
  /** SyncR² when the target has heard the source, against the truth. */
  readonly syncR2: { readonly interval: Interval; readonly truth: number };
  /** The same minus that of a target that heard half as much. */
  readonly difference: { readonly interval: Interval; readonly truth: number };
}

/** Sizes of the latent variables. */
const LATENT = 3;
const NOISE = 0.5;
/** Correlation of the text between adjacent utterances. */
const PERSISTENCE = 0.95;
const TEXT = 0.7;
const SPLIT_SEEDS = [0, 1, 2];

function normals({ uniform }: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** How latent variables enter a layer: (LATENT, D) each. */
type Mixing = Readonly<Record<'text' | 'own' | 'heard', Float64Array>>;

function mixing(normal: () => number, size: number): Mixing {
  const matrix = () => Float64Array.from({ length: LATENT * size }, () => normal() / Math.sqrt(LATENT));
  return { text: matrix(), own: matrix(), heard: matrix() };
}

/** States of the source, and of targets that heard it in full and by half. */
interface Layers {
  readonly source: Matrix[];
  readonly full: Matrix[];
  readonly half: Matrix[];
}

interface Plan {
  readonly scenarios: number;
  readonly each: number;
  readonly rounds: number;
  readonly size: number;
  readonly mixings: readonly { readonly source: Mixing; readonly target: Mixing }[];
}

function conversations({ scenarios, each, rounds, size, mixings }: Plan, normal: () => number): Layers {
  const rows = scenarios * each * rounds;
  const place = () => mixings.map(() => matrixOf(rows, size, new Float32Array(rows * size)));
  const layers = { source: place(), full: place(), half: place() };
  const vector = () => Array.from({ length: LATENT }, normal);
  let row = 0;
  for (let scenario = 0; scenario < scenarios; scenario++) {
    const shared = vector();
    for (let interaction = 0; interaction < each; interaction++) {
      let course = vector();
      const next = () => {
        const step = vector();
        course = course.map((c, k) => PERSISTENCE * c + Math.sqrt(1 - PERSISTENCE ** 2) * (step[k] ?? 0));
        return course.map((c, k) => TEXT * (c + (shared[k] ?? 0)));
      };
      for (let round = 0; round < rounds; round++, row++) {
        const [before, after, own, theirs] = [next(), next(), vector(), vector()];
        for (const [layer, { source, target }] of mixings.entries()) {
          write(
            layers.source[layer],
            row,
            [
              [source.text, before, 1],
              [source.own, own, 1],
            ],
            normal,
          );
          for (const [states, strength] of [
            [layers.full, 1],
            [layers.half, 0.5],
          ] as const)
            write(
              states[layer],
              row,
              [
                [target.text, after, 1],
                [target.own, theirs, 1],
                [target.heard, own, strength],
              ],
              normal,
            );
        }
      }
    }
  }
  return layers;
}

/** Fills a row with Σ strength · latent · matrix, and noise. */
function write(
  states: Matrix | undefined,
  row: number,
  parts: readonly (readonly [Float64Array, readonly number[], number])[],
  normal: () => number,
): void {
  if (states === undefined) throw new RangeError('no such layer');
  const { columns, data } = states;
  for (let column = 0; column < columns; column++) {
    let value = NOISE * normal();
    for (const [matrix, latent, strength] of parts)
      for (let k = 0; k < LATENT; k++)
        value += strength * (latent[k] ?? 0) * (matrix[k * columns + column] ?? 0);
    data[row * columns + column] = value;
  }
}

function stack(above: readonly Matrix[], below: readonly Matrix[]): LayerSource {
  return arrayLayers(
    above.map(({ rows, columns, data }, layer) => {
      const { rows: more = 0, data: rest = new Float32Array() } = below[layer] ?? {};
      const all = new Float32Array((rows + more) * columns);
      all.set(data);
      all.set(rest, rows * columns);
      return matrixOf(rows + more, columns, all);
    }),
  );
}

/** One study with its truths. */
export async function coverageStudy(
  { scenarios, interactionsPerScenario: each, groupBy, ...sizes }: CoverageDesign,
  seed: number,
): Promise<CoverageStudy> {
  const { rounds = 5, hiddenSize: size = 24, layers = 2, population = 1500, folds } = sizes;
  const normal = normals(createRandom(`coverage/${seed}`));
  const mixings = Array.from({ length: layers }, () => ({
    source: mixing(normal, size),
    target: mixing(normal, size),
  }));
  const study = conversations({ scenarios, each, rounds, size, mixings }, normal);
  const others = conversations({ scenarios: population, each: 1, rounds, size, mixings }, normal);
  const rows = scenarios * each * rounds;
  const groups = Array.from({ length: rows }, (_, row) => {
    const interaction = Math.floor(row / rounds);
    return String(groupBy === 'scenario' ? Math.floor(interaction / each) : interaction);
  });
  const splits = divideSamples(
    groups.map((group) => ({ group })),
    { splitSeeds: folds === undefined ? SPLIT_SEEDS : [0], folds, samples: 'all', testFraction: 0.2 },
  );
  const isNew = Array.from({ length: population * rounds }, (_, row) => rows + row);
  const measured = async (divided: readonly Split[], intervals: false | { readonly level: number }) => {
    const found = await measureConditions(
      stack(study.source, others.source),
      [study.full, study.half].map((target, t) => ({
        target: stack(target, t === 0 ? others.full : others.half),
        ...{ condition: `${t}`, targetModel: 'b' },
      })),
      {
        ...{
          direction: 'A->B',
          sourceModel: 'a',
          groupBy,
          lambda: 0.1,
          splits: divided,
          intervals,
          threads: 1,
          method: 'direct',
        },
        groups: [...groups, ...isNew.map(() => 'new')],
      },
    );
    return found.map(({ result }) => result);
  };
  const own = await measured(splits, { level: 0.95 });
  const truths = await measured(
    splits.map((split) => ({ ...split, test: isNew })),
    false,
  );
  const [full = 0, half = 0] = truths.map(({ syncR2 }) => syncR2.value);
  const [a, b] = own.map(({ intervals }): Jackknife => {
    if (intervals === undefined) throw new RangeError('too few groups for intervals');
    return intervals.jackknife;
  });
  if (a === undefined || b === undefined) throw new RangeError('two targets');
  const difference = combineJackknives([
    { weight: 1, jackknife: a },
    { weight: -1, jackknife: b },
  ]);
  return {
    syncR2: { interval: intervalOf(a, 0.95, 0), truth: full },
    difference: { interval: intervalOf(difference), truth: full - half },
  };
}

/** Share of intervals that hold their truth, and how wide they are. */
export interface Coverage {
  readonly held: number;
  readonly width: number;
  /** Smallest number of groups that a split held out. */
  readonly heldOut: number;
}

export function coverageOf(
  studies: readonly { readonly interval: Interval; readonly truth: number }[],
): Coverage {
  const held = studies.filter(({ interval, truth }) => interval.low <= truth && truth <= interval.high);
  const widths = studies.map(({ interval }) => interval.high - interval.low);
  return {
    held: held.length / studies.length,
    width: widths.reduce((sum, width) => sum + width, 0) / widths.length,
    heldOut: first(studies).interval.degreesOfFreedom + 1,
  };
}
