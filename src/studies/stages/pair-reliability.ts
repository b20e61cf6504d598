// How reliable SyncR² is over a study's pairs of models, and its correlation with performance without the errors of either
// (docs/method.md §18).

import { existsSync } from 'node:fs';
import { episodeScore } from '../../evaluation/performance.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { groupOf } from '../../pairs/open.ts';
import { pairReliabilityPath } from '../../recordings/layout.ts';
import { disattenuate, type HalvedValues, reliabilityOf } from '../../statistics/reliability.ts';
import { hashOf, type StageContext } from '../context.ts';
import { measuredOf } from '../direction-rows.ts';
import { seatOrdersOf } from '../plan.ts';
import {
  type DirectionReliability,
  type HalvedPair,
  type PairReliability,
  pairReliabilityFile,
} from '../reliability-files.ts';
import type { Inputs, Stage, StageTask } from '../stage.ts';
import { JUDGEMENTS } from './judgements.ts';
import { MEASURE } from './measure.ts';
import { RELIABILITY } from './reliability.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

type Judged = Extract<Judgement, { status: 'judged' }>;

/** Means of whatever halves have; nothing where one has none. */
function scoresOfHalves(
  results: readonly DirectionReliability[],
  judgements: readonly Judged[],
  groupOfEpisode: (judgement: Judged) => string,
): [number, number][] {
  const [first] = results;
  const found = (first?.halvings ?? []).map((halves) =>
    halves.map(({ groups }) => {
      const names = new Set(groups);
      return meanOf(judgements.filter((one) => names.has(groupOfEpisode(one))).map(episodeScore));
    }),
  );
  const whole = found.filter((halves) => halves.every(Number.isFinite));
  return whole.length < found.length ? [] : whole.map(([a = 0, b = 0]) => [a, b]);
}

/** Names the group of a judged episode, as samples are divided. */
function namesGroups({ opened }: StageContext): (judgement: Judged) => string {
  const { groupBy } = opened.study.synchrony;
  const characters = new Map(
    groupBy === 'characterPair'
      ? opened.encounters.map(
          ({ interaction, characters: [a, b] }) => [interaction.id, [a.id, b.id]] as const,
        )
      : [],
  );
  return ({ interaction, scenario, seed }) => {
    const [a = '', b = ''] = characters.get(interaction) ?? [];
    return groupOf({ interaction, scenario, seed, characterIds: [a, b] }, groupBy);
  };
}

async function pairsOf(context: StageContext): Promise<HalvedPair[]> {
  const { run, opened } = context;
  const tasks = RELIABILITY.tasks(opened);
  const judgements: Judged[] = [];
  for (const task of JUDGEMENTS.asked(opened.study) ? JUDGEMENTS.tasks(opened) : []) {
    const stored = await JUDGEMENTS.read(run, task).catch(() => undefined);
    if (stored?.result.status === 'judged') judgements.push(stored.result);
  }
  const groupOfEpisode = namesGroups(context);
  const pairs: HalvedPair[] = [];
  for (const models of opened.pairs) {
    const folders = new Set(seatOrdersOf(models).map(({ folder }) => folder));
    const own = tasks.filter(({ order }) => folders.has(order.folder));
    if (own.some((task) => !existsSync(RELIABILITY.path(run, task)))) continue;
    const results = await Promise.all(own.map(async (task) => (await RELIABILITY.read(run, task)).result));
    const measured = await Promise.all(own.map((task) => measuredOf(task, context)));
    const episodes = judgements.filter(({ models: [a, b] }) =>
      folders.has(seatOrdersOf([a, b])[0]?.folder ?? ''),
    );
    pairs.push({
      ...{ models, synchrony: meanOf(measured.map(({ syncR2 }) => syncR2.value)) },
      halves: (results[0]?.halvings ?? []).map((_, halving): [number, number] => {
        const value = (side: 0 | 1) =>
          meanOf(results.flatMap(({ halvings }) => halvings[halving]?.[side].value ?? []));
        return [value(0), value(1)];
      }),
      performance: episodes.length === 0 ? null : meanOf(episodes.map(episodeScore)),
      performanceHalves: scoresOfHalves(results, episodes, groupOfEpisode),
    });
  }
  return pairs;
}

function summarise(pairs: readonly HalvedPair[], level: number): PairReliability {
  const names = pairs.map(({ models }) => models);
  const halvings = pairs[0]?.halves.length ?? 0;
  const halved = (values: readonly number[], of: 'halves' | 'performanceHalves'): HalvedValues => ({
    values,
    halves: Array.from({ length: halvings }, (_, halving) =>
      pairs.flatMap((pair) => pair[of].slice(halving, halving + 1)),
    ),
  });
  const x = halved(
    pairs.map(({ synchrony }) => synchrony),
    'halves',
  );
  const judged = pairs.every(
    ({ performance, performanceHalves }) => performance !== null && performanceHalves.length === halvings,
  );
  const y = judged
    ? halved(
        pairs.map(({ performance }) => performance ?? 0),
        'performanceHalves',
      )
    : null;
  const synchrony = reliabilityOf(names, x, level);
  const performance = y && reliabilityOf(names, y, level);
  const correlation = y && disattenuate(names, x, y, level);
  const notes = [
    ...(synchrony === null
      ? [
          `${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'} of models: reliability needs 3 that differ`,
        ]
      : []),
    ...(y === null
      ? ['not every half has judged episodes in all pairs: nothing is said of performance']
      : []),
    ...(y !== null && synchrony !== null && correlation === null
      ? ['a reliability is not above 0: the correlation cannot be corrected']
      : []),
  ];
  return { pairs, synchrony, performance, correlation, notes };
}

async function inputsOf(_: StageTask, context: StageContext): Promise<Inputs | undefined> {
  const { reliability } = context.opened.study;
  const pairs = await context.once('halved pairs', () => pairsOf(context));
  if (!reliability || pairs.length === 0) return undefined;
  return { pairs: hashOf(pairs), settings: hashOf([VERSION, reliability.level]) };
}

export const PAIR_RELIABILITY: Stage<StageTask, PairReliability> = {
  name: 'pair-reliability',
  version: VERSION,
  needs: [MEASURE.name, RELIABILITY.name, JUDGEMENTS.name],
  results: 'reliability',
  asked: ({ reliability }) => reliability !== false,
  tasks: () => [{ scope: [], label: 'reliability over pairs of models' }],
  path: pairReliabilityPath,
  inputs: inputsOf,
  read: (run) => pairReliabilityFile.read(pairReliabilityPath(run)),
  async make(tasks, context, { done }) {
    const { reliability } = context.opened.study;
    if (!reliability) return;
    for (const { task, inputs } of tasks) {
      const pairs = await context.once('halved pairs', () => pairsOf(context));
      const result = summarise(pairs, reliability.level);
      await pairReliabilityFile.write(pairReliabilityPath(context.run), { result, inputs });
      done(task);
    }
  },
};
