// What the section on interventions shows: the effects of every seat order, and one episode told three ways.

import { type ArmKind, CONTROLS, type Control } from '../../interventions/arms.ts';
import type { Effect } from '../../interventions/effects.ts';
import type { EpisodeInterventions, OrderEffects } from '../../studies/intervention-files.ts';
import { EFFECTS } from '../../studies/stages/effects.ts';
import { INTERVENTIONS } from '../../studies/stages/interventions.ts';
import type { ReportSource } from '../source.ts';

/** The effects of one seat order. */
export interface OrderCause {
  /** Study names, A then B. */
  readonly names: readonly [string, string];
  readonly result: OrderEffects;
}

/** One episode as it went on untouched, with the predicting directions removed, and with random ones removed. */
export interface Told {
  readonly names: readonly [string, string];
  readonly interaction: string;
  readonly round: number;
  /** 1-based. */
  readonly layer: number;
  readonly directions: number;
  readonly before: EpisodeInterventions['rounds'][number]['before'];
  readonly ways: readonly { readonly title: string; readonly lines: Told['before'] }[];
}

export interface Cause {
  readonly orders: readonly OrderCause[];
  readonly told: readonly Told[];
  /** Coverage of the intervals, and p up to which a difference is taken for one. */
  readonly level: number;
  /** Rounds that were played on behind the answer; undefined for all that were left. */
  readonly laterRounds: number | undefined;
}

/** What words and figures call an arm. */
export const KIND_WORDS: Readonly<Record<ArmKind, string>> = {
  'other-seed': 'state of another seed',
  stranger: 'state of strangers',
  mean: 'mean state',
  remove: 'directions removed',
  steer: 'step along the first direction',
};

export const CONTROL_WORDS: Readonly<Record<Control, string>> = {
  random: 'random directions',
  varied: 'random directions in which states vary',
  norm: 'a random change of the same length',
};

export const MEASURE_WORDS: Readonly<Record<string, string>> = {
  speaker: 'KL of the speaker’s next token, nats',
  listener: 'KL of the listener’s next token, nats',
  words: 'share of other words',
  along: 'listener’s move along the prediction, sd per dimension',
  across: 'listener’s move across it, sd per dimension',
  later: 'R² of later rounds',
};

/** Episodes that are told. */
const MOST_TOLD = 3;

export async function gatherCause(source: ReportSource): Promise<Cause> {
  const { current } = await source.results(EFFECTS);
  const orders = current.map(({ task, result }) => ({ names: task.order.names, result }));
  const told: Told[] = [];
  for await (const { task, result } of source.each(INTERVENTIONS)) {
    const one = told.length < MOST_TOLD ? toldOf(task.order.names, result) : undefined;
    if (one) told.push(one);
  }
  const { interventions } = source.study;
  const { level, laterRounds } = interventions || { level: 0.95, laterRounds: undefined };
  return { orders, told, level, laterRounds };
}

/** The first place of an episode at which something else was said. */
function toldOf(
  names: Told['names'],
  { interaction, rounds, sites }: EpisodeInterventions,
): Told | undefined {
  for (const { round, layer, told } of sites) {
    const [own, random] = [
      told.find(({ control }) => control === null),
      told.find(({ control }) => control !== null),
    ];
    const untouched = rounds.find((one) => one.round === round);
    if (!own || !random || !untouched) continue;
    if (own.lines[0]?.text === untouched.lines[0]?.text) continue;
    const directions = own.dose ?? 0;
    const ways = [
      { title: 'Untouched', lines: untouched.lines },
      { title: `${directions} predicting directions removed`, lines: own.lines },
      { title: `${directions} random directions removed`, lines: random.lines },
    ];
    return { names, interaction, round, layer: layer + 1, directions, before: untouched.before, ways };
  }
  return undefined;
}

/** Over all rounds. */
export function overall({ effects }: OrderEffects, kind: ArmKind, measure: string): Effect[] {
  return effects.filter((one) => one.round === null && one.kind === kind && one.measure === measure);
}

/** The control that the map's directions are held against first: as many random ones, or the only one that there is. */
export function firstControl({ contrasts }: Effect): Effect['contrasts'][number] | undefined {
  return contrasts.find(({ control }) => control === 'random') ?? contrasts[0];
}

/** In the order of their table. */
export const controlNames = (effects: readonly Effect[]): Control[] =>
  CONTROLS.filter((control) =>
    effects.some(({ controls }) => controls.some((one) => one.control === control)),
  );
