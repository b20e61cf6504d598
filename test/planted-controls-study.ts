// What the page's numbers come to where the truth is known (docs/method.md §19): recordings in which a state is explained by
// its own past, by the scene, by the text, or by what the partner has in mind and says nowhere.

import { parseCondition } from '../src/conditions/condition.ts';
import { samplesOf } from '../src/conditions/samples.ts';
import { measureOwnPast } from '../src/controls/own-past.ts';
import { type PartitionNumbers, summarisePartition } from '../src/controls/own-past-summary.ts';
import { textFeatures } from '../src/controls/text-features.ts';
import { at } from '../src/numerics/lookup.ts';
import { matrixOf } from '../src/numerics/matrix.ts';
import { alignPairs, type Direction, type StateRef } from '../src/pairs/align.ts';
import { divideAlike } from '../src/pairs/division.ts';
import { splitSamples } from '../src/pairs/split.ts';
import { type PlantedOptions, plantEpisodes } from '../src/recordings/planted.ts';
import { settle } from '../src/recordings/planted-settings.ts';
import { textOf } from '../src/recordings/planted-states.ts';
import { measureConditions } from '../src/synchrony/measure.ts';
import { plantedLayers } from './planted-conditions.ts';

export interface ControlsStudy {
  readonly n: number;
  readonly syncR2: number;
  /** R² with the same scene played with another seed, and how much less that is, on the rows that both have. */
  readonly seedSwap: number;
  readonly conversation: number;
  readonly partition: PartitionNumbers;
}

const SIZE = {
  ...{ scenarios: 16, interactionsPerScenario: 2, repetitions: 2, rounds: 5 },
  ...{ layers: 2, hiddenSize: 12, words: true },
} as const;

/** How a study is looked at. */
interface Looked {
  readonly direction?: Direction;
  /** At which pairs are made. */
  readonly lag?: number;
  /** Who is the partner where the own past and the text are controls: a passive reader of the same text, or a stranger. */
  readonly partner?: 'own' | 'reader' | 'stranger';
  /** What the text is: features of the words, or the very variables that the states are made of. */
  readonly text?: 'words' | 'planted';
}

/** What was read before a target spoke, as it was planted: (targets, latentSize). */
function plantedText(options: PlantedOptions, targets: readonly StateRef[]) {
  const settings = settle({ ...SIZE, ...options });
  const { seed, repetitions, interactionsPerScenario: pairs, scenarios, rounds } = settings;
  // In the order of the episodes.
  const courses = Array.from({ length: repetitions * scenarios * pairs }, (_, i) => {
    const [repetition, inside] = [Math.floor(i / (scenarios * pairs)), i % (scenarios * pairs)];
    const [scenario, pair] = [Math.floor(inside / pairs), inside % pairs];
    const name = `planted/${seed}/${scenario}/${pair}/${repetition}`;
    return textOf(name, { scenario, pair }, rounds[0], settings);
  });
  const rows = targets.map(({ recording, seat, round }) => {
    return [...at(at(courses, recording), 2 * (round - 1) + (seat === 'A' ? 0 : 1))];
  });
  return matrixOf(rows.length, settings.latentSize, Float32Array.from(rows.flat()));
}

/** One study of two seeds. */
export async function controlsStudy(
  options: PlantedOptions,
  { direction = 'A->B', lag = 0, partner = 'own', text = 'words' }: Looked = {},
): Promise<ControlsStudy> {
  const episodes = plantEpisodes({ ...SIZE, ...options });
  const recordings = episodes.map(({ episode, states }) => ({
    group: episode.interaction,
    rounds: { A: states.A.rounds, B: states.B.rounds },
    episode,
  }));
  const samples = alignPairs(recordings, direction, lag);
  const splits = [0, 1, 2].map((seed) => splitSamples(samples, { seed, samples: 'all', testFraction: 0.25 }));
  const layersOf = (refs: readonly StateRef[]) => plantedLayers(episodes, refs, 'states');
  const source = layersOf(samples.map((one) => one.source));
  const target = layersOf(samples.map((one) => one.target));
  const swapped = new Map(
    samplesOf(recordings, parseCondition('seed-swap'), direction).samples.map((one) => [
      `${one.source.recording}/${one.source.round}`,
      one.target.recording,
    ]),
  );
  const others = samples.map(({ source: from, target: to }) => ({
    ...to,
    recording: swapped.get(`${from.recording}/${from.round}`) ?? to.recording,
  }));
  const [own, other] = await measureConditions(
    source,
    [
      { target, condition: 'own', targetModel: 'b' },
      { target: layersOf(others), condition: 'swapped', targetModel: 'b' },
    ],
    {
      ...{ direction, sourceModel: 'a', groupBy: 'interaction', lambda: 'cv', intervals: false, splits },
      groups: samples.map(({ group }) => group),
    },
  );
  if (!own || !other) throw new Error('two targets have two results');
  const kept = samples.filter(({ target: to }) => to.round > 1);
  // Of another interaction: recordings of one are apart by as many as there are interactions.
  const strangers = kept.map(({ source: from }) => {
    return { ...from, recording: (from.recording + 15) % episodes.length };
  });
  const partners = partner === 'stranger' ? strangers : kept.map((one) => one.source);
  const found = await measureOwnPast(
    plantedLayers(episodes, partners, partner === 'reader' ? 'readers' : 'states'),
    layersOf(kept.map((one) => one.target)),
    {
      past: layersOf(kept.map(({ target: to }) => ({ ...to, round: to.round - 1 }))),
      text:
        text === 'planted'
          ? plantedText(
              options,
              kept.map((one) => one.target),
            )
          : textFeatures(
              episodes.map(({ episode }) => episode),
              kept,
              { text: 'shared', dimensions: 256 },
            ),
    },
    {
      splits: splits.map((split) => divideAlike(split, samples, kept)),
      groups: kept.map(({ group }) => group),
      cells: own.result.syncR2.bestTarget.map((to, from) => ({ source: from, target: to })),
      intervals: true,
    },
  );
  const partition = summarisePartition(found, own.result.syncR2.bestTarget, 0.95);
  const [syncR2, seedSwap] = [own.result.syncR2.value, other.result.syncR2.value];
  return { n: kept.length, syncR2, seedSwap, conversation: syncR2 - seedSwap, partition };
}

export const OWN = { ownPersistence: 0.95 } as const;
export const SCENE = { text: { interaction: 1 } } as const;
export const TEXT = { text: { dialogue: 1 } } as const;
export const ALL = { ...OWN, text: { interaction: 1, dialogue: 1 } } as const;

const STRENGTHS = [0.25, 0.5, 1, 2] as const;

/** What is planted, and at which lag it is looked for. */
export const PLANTED_ROWS: readonly (readonly [name: string, planted: PlantedOptions, lag: number])[] = [
  ['nothing', {}, 0],
  ['own past', OWN, 0],
  ['scene', SCENE, 0],
  ['text', TEXT, 0],
  ['own past, scene, text', ALL, 0],
  ...STRENGTHS.map(
    (strength) => [`coupling ${strength}, scene, text`, { text: ALL.text, strength }, 0] as const,
  ),
  ['coupling 1 that lasts, own past, scene, text', { ...ALL, strength: 1 }, 0],
  ['coupling 1 a round later, looked for at once', { strength: 1, lag: 1 }, 0],
  ['coupling 1 a round later, looked for there', { strength: 1, lag: 1 }, 1],
];

const PRINTED = ['ownPast', 'text', 'beyondOwnPast', 'beyondText', 'beyondBoth'] as const;

/** `0.022 ± 0.014`: mean and standard deviation. */
function spreadText(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(3)} ± ${Math.sqrt(squares / Math.max(1, values.length - 1)).toFixed(3)}`;
}

/** A row of the table: means over studies with their standard deviation, and how often the last one's interval is above 0. */
export async function plantedRow(
  name: string,
  planted: PlantedOptions,
  lag: number,
  count: number,
): Promise<{ readonly line: string; readonly n: number }> {
  const studies: ControlsStudy[] = [];
  for (let seed = 0; seed < count; seed++) studies.push(await controlsStudy({ ...planted, seed }, { lag }));
  const cell = (of: (study: ControlsStudy) => number) => spreadText(studies.map(of));
  const cells = [
    cell(({ syncR2 }) => syncR2),
    cell(({ conversation }) => conversation),
    ...PRINTED.map((quantity) => cell(({ partition }) => partition[quantity].value)),
  ];
  const above = studies.filter(({ partition }) => (partition.beyondBoth.interval?.low ?? 0) > 0).length;
  return { line: `| ${name} | ${cells.join(' | ')} | ${above} of ${count} |`, n: studies[0]?.n ?? 0 };
}

/** What is left beyond both where the partner, or the text, is another one. */
const REMAINDERS: readonly Looked[] = [
  {},
  { partner: 'reader' },
  { text: 'planted' },
  { partner: 'stranger' },
];

/** A row of the table of remainders: the partner beyond own past and text, mean over studies with their standard deviation. */
export async function remainderRow(name: string, planted: PlantedOptions, count: number): Promise<string> {
  const cells: string[] = [];
  for (const looked of REMAINDERS) {
    const values: number[] = [];
    for (let seed = 0; seed < count; seed++)
      values.push((await controlsStudy({ ...planted, seed }, looked)).partition.beyondBoth.value);
    cells.push(spreadText(values));
  }
  return `| ${name} | ${cells.join(' | ')} |`;
}
