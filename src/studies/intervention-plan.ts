// Which episodes interventions are made in, and how far each is played on (docs/method.md §20).

import { countLayers } from '../episodes/recorded-layers.ts';
import type { Seat } from '../episodes/types.ts';
import { playsPerRound } from '../interventions/arms.ts';
import { at } from '../numerics/lookup.ts';
import type { Direction } from '../pairs/align.ts';
import type { OpenStudy } from './open.ts';
import type { InterventionSettings, Study } from './schema.ts';
import { type EpisodeTask, episodeTasks } from './stages/episodes.ts';

export type InterventionTask = Omit<EpisodeTask, 'variant'>;

/** Which direction of the measure goes from this speaker. */
export const directionOf = (speaker: Seat): Direction => (speaker === 'A' ? 'A->B' : 'B->A');

/** The settings of a study that asks for interventions. */
export function interventionSettings({ interventions }: Study): InterventionSettings {
  if (!interventions) throw new RangeError('the study asks for no interventions');
  return interventions;
}

/** Episodes of each seat order, spread evenly over the interactions: another seed of one only after all of one seed. */
export function interventionTasks({ orders, study, encounters }: OpenStudy): InterventionTask[] {
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
export interface Continuations {
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

/** How many layers of a model are recorded. */
export function recordedLayers({ study, infos }: OpenStudy, name: string): number {
  return countLayers(study.states.layers, infos.get(name)?.layers ?? 2);
}

/** The last round that is played on to, where the episode lasts until then. */
export function lastRound({ seat, laterRounds }: InterventionSettings, round: number, all: number): number {
  const answered = seat === 'A' ? round : round + 1;
  return laterRounds === undefined ? all : Math.min(all, answered + laterRounds);
}

/** How many turns were said before an agent speaks in a round. */
export const turnsBefore = (seat: Seat, round: number) => 2 * (round - 1) + (seat === 'A' ? 0 : 1);
