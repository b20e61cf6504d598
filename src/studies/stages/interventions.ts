// Changes what one agent has in mind and plays on (docs/method.md §20): some episodes of every seat order, at each of the
// study's rounds and layers, with every arm.

import type { EpisodeRequest } from '../../episodes/play.ts';
import type { Turn } from '../../episodes/types.ts';
import { type Arm, armsOf } from '../../interventions/arms.ts';
import { type Layer, linesOf, type Place, playArms, playOn } from '../../interventions/play-arms.ts';
import type { Branch } from '../../interventions/read-outs.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { entryOf } from '../../numerics/lookup.ts';
import type { OpenRecording } from '../../pairs/open.ts';
import { episodePath, interventionsPath } from '../../recordings/layout.ts';
import { readEpisode } from '../../recordings/recording.ts';
import { hashOf, type StageContext } from '../context.ts';
import { type PlayedTogether, playTogether } from '../conversation-slots.ts';
import { type DirectionRows, directionInputs, measuredOf, openDirection } from '../direction-rows.ts';
import { type EpisodeInterventions, interventionsFile, type SiteResult } from '../intervention-files.ts';
import { InterventionMaps, layersOf, type MapLayer } from '../intervention-maps.ts';
import {
  continuationsOf,
  directionOf,
  type InterventionTask,
  interventionSettings,
  interventionTasks,
  lastRound,
  recordedLayers,
  turnsBefore,
} from '../intervention-plan.ts';
import { recordingOf, stateIn, strangerOf, swapOf } from '../intervention-states.ts';
import type { SeatOrder } from '../plan.ts';
import type { InterventionSettings } from '../schema.ts';
import type { OpenTask, Stage } from '../stage.ts';
import { EPISODES, keyOf } from './episodes.ts';
import { JUDGEMENTS, openJudge } from './judgements.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 2;

const pathOf = (run: string, { order, seed, encounter }: InterventionTask) =>
  interventionsPath(run, order.names, seed, encounter.interaction.id);

/** What all episodes of one seat order share. */
interface Prepared {
  readonly settings: InterventionSettings;
  readonly rows: DirectionRows;
  readonly layers: readonly MapLayer[];
  readonly maps: InterventionMaps;
  readonly judge: Place['judge'] | undefined;
  /** Called behind every continuation. */
  readonly played: () => void;
}

async function prepare(order: SeatOrder, context: StageContext, gemm: Gemm): Promise<Prepared> {
  const settings = interventionSettings(context.opened.study);
  const about = { order, direction: directionOf(settings.seat), scope: [order.folder], label: order.folder };
  const [rows, measured] = [await openDirection(about, context), await measuredOf(about, context)];
  const maps = new InterventionMaps(rows, measured, settings.seed, gemm);
  return { settings, rows, layers: layersOf(measured, settings), maps, judge: undefined, played: () => {} };
}

async function layerAt(
  { rows, maps, settings }: Prepared,
  own: OpenRecording,
  round: number,
  described: MapLayer,
): Promise<Layer | undefined> {
  const { seat, seed } = settings;
  const { layer, targetLayer } = described;
  const state = await stateIn(own, seat, layer, round);
  if (state === undefined) return undefined;
  const [swap, stranger] = [swapOf(rows, own, seat, round), strangerOf(rows, own, seat, round, seed)];
  return {
    ...{ layer, targetLayer, state },
    map: await maps.of(described, own.group),
    later: await maps.later(own.group),
    swap: await stateIn(swap, seat, layer, round),
    stranger: await stateIn(stranger, seat, layer, round),
  };
}

const sameLines = (one: readonly Turn[], other: readonly Turn[]) =>
  one.length === other.length && one.every(({ text }, i) => text === other[i]?.text);

/** One episode: each round, each layer, each arm. */
async function intervene(
  { task }: OpenTask<InterventionTask>,
  prepared: Prepared,
  context: StageContext,
  { signal }: PlayedTogether,
): Promise<EpisodeInterventions> {
  const { settings, rows } = prepared;
  const { seed, encounter } = task;
  const { interaction, scenario } = encounter;
  const { turns } = await readEpisode(episodePath(context.run, keyOf(task)));
  const own = rows.recordings[recordingOf(rows, interaction.id, seed)];
  const rounds: PlayedRound[] = [];
  const sites: SiteResult[] = [];
  for (const round of settings.rounds) {
    const begin = turnsBefore(settings.seat, round);
    // Somebody who was not answered has moved nobody.
    if (own === undefined || begin + 1 >= turns.length) continue;
    const conversations = openConversations(task, context);
    const begun = turns.slice(0, begin);
    const place = placeOf(task, { begun, round, conversations }, prepared, context, signal);
    try {
      const untouched = await playOn(place);
      prepared.played();
      const before = begun.map(({ seat, text }) => ({ seat, text }));
      const repeated = sameLines(untouched.turns, turns.slice(begin, 2 * place.request.settings.rounds));
      rounds.push({ round, repeated, before, lines: linesOf(untouched) });
      sites.push(...(await everyLayer(task, own, place, untouched, prepared)));
    } finally {
      for (const conversation of Object.values(conversations)) conversation.close();
    }
  }
  return { interaction: interaction.id, scenario: scenario.id, seed, speaker: settings.seat, rounds, sites };
}

type PlayedRound = EpisodeInterventions['rounds'][number];

async function everyLayer(
  { order, seed, encounter }: InterventionTask,
  own: OpenRecording,
  place: Place,
  untouched: Branch,
  prepared: Prepared,
): Promise<SiteResult[]> {
  const { settings, layers, played } = prepared;
  const { round } = place;
  const most = Math.max(...settings.directions);
  const name = `interventions/${settings.seed}/${order.folder}/${encounter.interaction.id}/${seed}/${round}`;
  const told = ({ kind, control, dose }: Arm) =>
    kind === 'remove' && dose === most && (control === null || control === 'random');
  const options = { arms: armsOf(settings), tokens: settings.tokens, seed: name, told, played };
  const sites: SiteResult[] = [];
  for (const described of layers) {
    const layer = await layerAt(prepared, own, round, described);
    if (layer === undefined) continue;
    const found = await playArms(place, layer, untouched, options);
    sites.push({ round, layer: layer.layer, targetLayer: layer.targetLayer, ...found });
  }
  return sites;
}

/** All continuations from one turn go on in the same ones. */
function openConversations({ order }: InterventionTask, { models }: StageContext) {
  const [a, b] = order.names;
  return { A: entryOf(models, a).converse(), B: entryOf(models, b).converse() };
}

function placeOf(
  { order, seed, encounter }: InterventionTask,
  { round, ...begins }: { readonly round: number } & Pick<EpisodeRequest, 'begun' | 'conversations'>,
  { settings, judge }: Prepared,
  { models, opened }: StageContext,
  signal: AbortSignal,
): Place {
  const [a, b] = order.names;
  const { simulation } = opened.study;
  const rounds = lastRound(settings, round, simulation.rounds);
  return {
    speaker: settings.seat,
    round,
    judge,
    request: {
      ...{ encounter, seed, signal, names: order.names, settings: { ...simulation, rounds } },
      models: { A: entryOf(models, a), B: entryOf(models, b) },
      prompts: { A: opened.promptsOf(a), B: opened.promptsOf(b) },
      ...begins,
    },
  };
}

/** The study's judge, where its scores are asked for. */
function judgeOf(task: InterventionTask, context: StageContext, signal: AbortSignal): Place['judge'] {
  const { study } = context.opened;
  if (!study.judge || !interventionSettings(study).scores) return undefined;
  const judge = openJudge(study.judge, context, signal);
  return async ({ episode }) => judge.judge(task.encounter, { ...episode, inputs: '' });
}

async function makeAll(
  tasks: readonly OpenTask<InterventionTask>[],
  context: StageContext,
  { done, signal, within }: Parameters<Stage<InterventionTask>['make']>[2],
): Promise<void> {
  const { threads = 0 } = context.resources;
  const gemm = await openGemm({ threads });
  const prepared = new Map<string, Promise<Prepared>>();
  const plays = new Map<InterventionTask, number>();
  const count = (task: InterventionTask) => {
    plays.set(task, (plays.get(task) ?? 0) + 1);
    within(
      [...plays.values()].reduce((sum, value) => sum + value, 0),
      task.label,
    );
  };
  const ofOrder = (order: SeatOrder) => {
    const known = prepared.get(order.folder) ?? prepare(order, context, gemm);
    prepared.set(order.folder, known);
    return known;
  };
  try {
    const options = {
      models: context.models,
      names: ({ task }: OpenTask<InterventionTask>) => task.order.names,
      atOnce: context.resources.atOnce,
      signal,
    };
    await playTogether(tasks, options, async (open, together) => {
      const { task, inputs } = open;
      const judge = judgeOf(task, context, together.signal);
      const shared = { ...(await ofOrder(task.order)), judge, played: () => count(task) };
      const result = await Promise.race([intervene(open, shared, context, together), together.stopped]);
      await interventionsFile.write(pathOf(context.run, task), { inputs, result });
      plays.delete(task);
      done(task);
    });
  } finally {
    await gemm.close();
  }
}

export const INTERVENTIONS: Stage<InterventionTask, EpisodeInterventions> = {
  name: 'interventions',
  version: VERSION,
  needs: [EPISODES.name, MEASURE.name],
  unit: 'continuations',
  results: 'episodes with interventions',
  asked: ({ interventions }) => interventions !== false,
  tasks: interventionTasks,
  path: pathOf,
  async inputs(task, context) {
    const { judge } = context.opened.study;
    const settings = interventionSettings(context.opened.study);
    // How many episodes are played, and how they are summed up, changes none of them.
    const { episodes: _, draws: __, level: ___, ...own } = settings;
    const about = { order: task.order, direction: directionOf(settings.seat) };
    const scored = settings.scores && judge ? [JUDGEMENTS.version, judge] : [];
    return directionInputs(about, [VERSION, own, scored], context);
  },
  read: (run, task) => interventionsFile.read(pathOf(run, task)),
  models: ({ order }) => order.names,
  size: (task, opened) =>
    continuationsOf(task, opened, (name) => recordedLayers(opened, name)).reduce(
      (sum, { plays }) => sum + plays,
      0,
    ),
  together: () => '*',
  make: makeAll,
};

/** Hash of what an order's effects are made of. */
export async function placesOf(
  order: SeatOrder,
  context: StageContext,
): Promise<{ readonly inputs: string; readonly results: readonly EpisodeInterventions[] } | undefined> {
  const tasks = interventionTasks(context.opened).filter((task) => task.order.folder === order.folder);
  const found = [];
  for (const task of tasks) {
    const stored = await interventionsFile.readIfThere(pathOf(context.run, task));
    if (stored) found.push(stored);
  }
  if (found.length === 0) return undefined;
  return {
    inputs: hashOf(found.map(({ inputs, result }) => [inputs, result])),
    results: found.map(({ result }) => result),
  };
}
