// How often intervals hold the truth (docs/method.md §6): studies with a known one, over and over. States of both sides are
// made of what a dialogue's text says, of what each speaker adds and the other hears, and of noise; the truth is R² of the
// very maps that a study fitted, on new dialogues, of which there are as many as are wanted.

import { openGemm } from '../src/numerics/gemm.ts';
import { at, first } from '../src/numerics/lookup.ts';
import {
  addToDiagonal,
  columnMeans,
  type Matrix,
  matrixOf,
  subtractFromRows,
  takeRows,
  zeros,
} from '../src/numerics/matrix.ts';
import { createRandom, type Random } from '../src/numerics/random.ts';
import { divideSamples } from '../src/pairs/division.ts';
import { arrayLayers } from '../src/pairs/layers.ts';
import type { Split } from '../src/pairs/split.ts';
import {
  combineJackknives,
  type Interval,
  intervalOf,
  type Jackknife,
} from '../src/synchrony/intervals/interval.ts';
import { measureConditions } from '../src/synchrony/measure.ts';
import { meanR2 } from '../src/synchrony/ridge/r2.ts';
import { centreSplit, fitRidge, predict } from '../src/synchrony/ridge/ridge.ts';
import { summariseSyncR2 } from '../src/synchrony/sync-r2.ts';

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
const LAMBDA = 0.1;
const TARGETS = ['full', 'half'] as const;

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

/** Fills a row with noise + Σ strength · latent · matrix. */
function write(
  states: Matrix | undefined,
  row: number,
  parts: readonly (readonly [Float64Array, readonly number[], number])[],
  normal: () => number,
): void {
  if (states === undefined) throw new RangeError('no such layer');
  const { columns, data } = states;
  const values = new Float64Array(columns);
  for (let column = 0; column < columns; column++) values[column] = NOISE * normal();
  for (const [matrix, latent, strength] of parts)
    for (let k = 0, i = 0; k < LATENT; k++) {
      const of = strength * at(latent, k);
      for (let column = 0; column < columns; column++, i++) values[column]! += of * matrix[i]!;
    }
  data.set(values, row * columns);
}

/**
 * SyncR² of the maps that the splits' training rows make, on all rows of other dialogues, for both targets. A map is what
 * it predicts of an identity: the number of new rows costs next to nothing then.
 */
async function syncR2OfNew(
  study: Layers,
  others: Layers,
  splits: readonly Split[],
): Promise<[number, number]> {
  const gemm = await openGemm({ threads: 1 });
  const maps = splits.map(() =>
    TARGETS.map((name) => new Float64Array(study.source.length * study[name].length)),
  );
  const float64 = ({ rows, columns, data }: Matrix) => matrixOf(rows, columns, Float64Array.from(data));
  const heard = { full: others.full.map(float64), half: others.half.map(float64) };
  const spoken = others.source.map(float64);
  for (const [split, { train }] of splits.entries())
    for (const [from, source] of study.source.entries()) {
      const x = centreSplit(source, train, []);
      const identity = addToDiagonal(zeros(source.columns, source.columns), 1);
      const ridge = await fitRidge({ train: x.train, test: identity }, LAMBDA, gemm);
      for (const [t, name] of TARGETS.entries())
        for (const [to, target] of study[name].entries()) {
          const map = await predict(ridge, centreSplit(target, train, []).train, gemm);
          const predicted = await gemm.multiply(at(spoken, from), map);
          const of = (layer: Matrix) => matrixOf(1, layer.columns, columnMeans(takeRows(layer, train)));
          const centre = await gemm.multiply(of(source), map);
          const offset = centre.data.map((value, column) => value - at(of(target).data, column));
          at(at(maps, split), t)[from * study[name].length + to] = meanR2(
            at(heard[name], to),
            subtractFromRows(predicted, offset),
          );
        }
    }
  await gemm.close();
  const layers = study.source.length;
  const [full = 0, half = 0] = TARGETS.map(
    (name, t) =>
      summariseSyncR2(
        maps.map((of) => at(of, t)),
        layers,
        study[name].length,
      ).value,
  );
  return [full, half];
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
  const own = await measureConditions(
    arrayLayers(study.source),
    TARGETS.map((name) => ({
      target: arrayLayers(study[name]),
      ...{ condition: name, targetModel: 'b' },
    })),
    {
      ...{ direction: 'A->B', sourceModel: 'a', groupBy, lambda: LAMBDA, splits },
      ...{ intervals: { level: 0.95 }, threads: 1, method: 'direct', groups },
    },
  );
  const [full, half] = await syncR2OfNew(study, others, splits);
  const [a, b] = own.map(({ result: { intervals } }): Jackknife => {
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
