// Changes what one agent has in mind and plays on (docs/method.md §20): some episodes of every seat order, at each of the
// study's rounds and layers, with every arm.

import { layerPlace } from '../../episodes/recorded-layers.ts';
import type { Seat, Turn } from '../../episodes/types.ts';
import { type Arm, armsOf, playsPerRound } from '../../interventions/arms.ts';
import { type Layer, linesOf, type Place, playArms, playOn } from '../../interventions/play-arms.ts';
import type { Branch } from '../../interventions/read-outs.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { at, entryOf } from '../../numerics/lookup.ts';
import { createRandom, pick } from '../../numerics/random.ts';
import type { Direction } from '../../pairs/align.ts';
import type { OpenRecording } from '../../pairs/open.ts';
import { episodePath, interventionsPath } from '../../recordings/layout.ts';
import { readEpisode } from '../../recordings/recording.ts';
import { readLayer } from '../../recordings/states.ts';
import { hashOf, type StageContext } from '../context.ts';
import { type PlayedTogether, playTogether } from '../conversation-slots.ts';
import { type DirectionRows, directionInputs, measuredOf, openDirection } from '../direction-rows.ts';
import { type EpisodeInterventions, interventionsFile, type SiteResult } from '../intervention-files.ts';
import { InterventionMaps, layersOf, type MapLayer } from '../intervention-maps.ts';
import type { OpenStudy } from '../open.ts';
import type { SeatOrder } from '../plan.ts';
import type { InterventionSettings, Study } from '../schema.ts';
import type { OpenTask, Stage } from '../stage.ts';
import { EPISODES, type EpisodeTask, episodeTasks, keyOf } from './episodes.ts';
import { JUDGEMENTS, openJudge } from './judgements.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

export type InterventionTask = Omit<EpisodeTask, 'variant'>;

/** Which direction of the measure goes from this speaker. */
export const directionOf = (speaker: Seat): Direction => (speaker === 'A' ? 'A->B' : 'B->A');

/** The settings of a study that asks for interventions. */
export function interventionSettings({ interventions }: Study): InterventionSettings {
  if (!interventions) throw new RangeError('the study asks for no interventions');
  return interventions;
}

/** Episodes of each seat order, spread evenly over the interactions: another seed of one only after all of one seed. */
function chosenTasks({ orders, study, encounters }: OpenStudy): InterventionTask[] {
  const { episodes } = interventionSettings(study);
  return orders.flatMap((order) => {
    const bySeed = study.simulation.seeds.flatMap((seed, i) => {
      const left = episodes - i * encounters.length;
      const many = Math.max(0, Math.min(encounters.length, left));
      const some = Array.from({ length: many }, (_, k) =>
        at(encounters, Math.floor((k * encounters.length) / many)),
      );
      return episodeTasks([order], [seed], some);
    });
    return bySeed.map((task) => ({ ...task, label: `${task.label} interventions` }));
  });
}

/** What is played of one episode from a round on: after how many turns, and how often. */
interface Continuations {
  readonly begin: number;
  /** Turns of the episode when it ends, if it lasts until then. */
  readonly end: number;
  readonly plays: number;
}

/**
 * What is played of one episode, round by round, if it lasts until then.
 *
 * @param layersOf how many layers of a model of the study are recorded
 */
export function continuationsOf(
  { order }: InterventionTask,
  { study }: Pick<OpenStudy, 'study'>,
  layersOf: (name: string) => number,
): Continuations[] {
  const settings = interventionSettings(study);
  const plays = playsPerRound(settings, layersOf(order.names[settings.seat === 'A' ? 0 : 1]));
  const all = study.simulation.rounds;
  return settings.rounds.map((round) => ({
    begin: turnsBefore(settings.seat, round),
    end: 2 * lastRound(settings, round, all),
    plays,
  }));
}

const pathOf = (run: string, { order, seed, encounter }: InterventionTask) =>
  interventionsPath(run, order.names, seed, encounter.interaction.id);

/** What all episodes of one seat order share. */
interface Prepared {
  readonly settings: InterventionSettings;
  readonly rows: DirectionRows;
  readonly layers: readonly MapLayer[];
  readonly maps: InterventionMaps;
  readonly judge: Place['judge'] | undefined;
}

async function prepare(order: SeatOrder, context: StageContext, gemm: Gemm): Promise<Prepared> {
  const settings = interventionSettings(context.opened.study);
  const about = { order, direction: directionOf(settings.seat), scope: [order.folder], label: order.folder };
  const [rows, measured] = [await openDirection(about, context), await measuredOf(about, context)];
  const maps = new InterventionMaps(rows, measured, settings.seed, gemm);
  return { settings, rows, layers: layersOf(measured, settings), maps, judge: undefined };
}

/** Index of the recording of an interaction and seed. */
function recordingOf({ files }: DirectionRows, interaction: string, seed: number): number {
  return files.findIndex((file) => file.interaction === interaction && file.seed === seed);
}

/** An agent's state in a recording, (D); undefined if it had left by then. */
async function stateIn(
  recording: OpenRecording | undefined,
  seat: Seat,
  layer: number,
  round: number,
): Promise<Float32Array | undefined> {
  if (recording === undefined || recording.rounds[seat] < round) return undefined;
  const { hiddenSize, recorded } = recording.states[seat];
  const values = await readLayer(recording.states, seat, layerPlace(recorded, layer));
  return values.slice((round - 1) * hiddenSize, round * hiddenSize);
}

/** The recording whose state is a stranger's: of the same seed and round, with neither character; drawn by name. */
function strangerOf(
  { recordings }: DirectionRows,
  own: OpenRecording,
  seat: Seat,
  round: number,
  seed: number,
) {
  const others = recordings.filter(
    ({ episode, rounds }) =>
      episode &&
      own.episode &&
      episode.seed === own.episode.seed &&
      rounds[seat] >= round &&
      !episode.characterIds.some((id) => own.episode?.characterIds.includes(id)),
  );
  if (others.length === 0) return undefined;
  return pick(createRandom(`intervention stranger/${seed}/${own.key}/${round}`), others);
}

/** The recording of the same interaction under another seed, the next that was still going on in the round. */
function swapOf({ recordings }: DirectionRows, own: OpenRecording, seat: Seat, round: number) {
  const same = recordings.filter(
    ({ episode, rounds }) => episode?.interaction === own.episode?.interaction && rounds[seat] >= round,
  );
  const later = same.filter(({ episode }) => (episode?.seed ?? 0) > (own.episode?.seed ?? 0));
  return later[0] ?? same.find((one) => one !== own);
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

/** The last round that is played on to, where the episode lasts until then. */
function lastRound({ seat, laterRounds }: InterventionSettings, round: number, all: number): number {
  const answered = seat === 'A' ? round : round + 1;
  return laterRounds === undefined ? all : Math.min(all, answered + laterRounds);
}

/** How many turns were said before an agent speaks in a round. */
const turnsBefore = (seat: Seat, round: number) => 2 * (round - 1) + (seat === 'A' ? 0 : 1);

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
    const place = placeOf(task, { turns, begin, round }, prepared, context, signal);
    const untouched = await playOn(place);
    const before = turns.slice(0, begin).map(({ seat, text }) => ({ seat, text }));
    const repeated = sameLines(untouched.turns, turns.slice(begin, 2 * place.request.settings.rounds));
    rounds.push({ round, repeated, before, lines: linesOf(untouched) });
    sites.push(...(await everyLayer(task, own, place, untouched, prepared)));
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
  const { settings, layers } = prepared;
  const { round } = place;
  const most = Math.max(...settings.directions);
  const name = `interventions/${settings.seed}/${order.folder}/${encounter.interaction.id}/${seed}/${round}`;
  const told = ({ kind, control, dose }: Arm) =>
    kind === 'remove' && dose === most && (control === null || control === 'random');
  const options = { arms: armsOf(settings), tokens: settings.tokens, seed: name, told };
  const sites: SiteResult[] = [];
  for (const described of layers) {
    const layer = await layerAt(prepared, own, round, described);
    if (layer === undefined) continue;
    const found = await playArms(place, layer, untouched, options);
    sites.push({ round, layer: layer.layer, targetLayer: layer.targetLayer, ...found });
  }
  return sites;
}

function placeOf(
  { order, seed, encounter }: InterventionTask,
  {
    turns,
    begin,
    round,
  }: { readonly turns: readonly Turn[]; readonly begin: number; readonly round: number },
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
      begun: turns.slice(0, begin),
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
  { done, signal }: Parameters<Stage<InterventionTask>['make']>[2],
): Promise<void> {
  const { threads = 0 } = context.resources;
  const gemm = await openGemm({ threads });
  const prepared = new Map<string, Promise<Prepared>>();
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
      const shared = { ...(await ofOrder(task.order)), judge: judgeOf(task, context, together.signal) };
      const result = await Promise.race([intervene(open, shared, context, together), together.stopped]);
      await interventionsFile.write(pathOf(context.run, task), { inputs, result });
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
  results: 'episodes with interventions',
  asked: ({ interventions }) => interventions !== false,
  tasks: chosenTasks,
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
  together: () => '*',
  make: makeAll,
};

/** Hash of what an order's effects are made of. */
export async function placesOf(
  order: SeatOrder,
  context: StageContext,
): Promise<{ readonly inputs: string; readonly results: readonly EpisodeInterventions[] } | undefined> {
  const tasks = chosenTasks(context.opened).filter((task) => task.order.folder === order.folder);
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
