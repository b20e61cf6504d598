// Episodes and what was said of them: all of them, and the few that are shown in full.

import type { Episode } from '../../episodes/types.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { pairName } from '../../recordings/layout.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import { readableBy } from '../../scenarios/tagged-text.ts';
import { EPISODES } from '../../studies/stages/episodes.ts';
import { JUDGEMENTS } from '../../studies/stages/judgements.ts';
import { type ModelNames, samePair } from '../shared.ts';
import type { ReportSource } from '../source.ts';

/** An episode with the texts that its file names only by id. */
export interface Transcript {
  readonly episode: Episode;
  readonly scenario: string;
  /** A's goal, B's goal. */
  readonly goals: readonly [string, string];
  /** What a judge said of it. */
  readonly judgement?: Judgement | undefined;
}

/** The usual episodes of a run, as far as they are there. */
export interface Episodes {
  /** By seat order, seed and interaction. */
  readonly all: readonly Episode[];
  /** How many the study asks for. */
  readonly wanted: number;
}

type Key = Pick<Episode, 'models' | 'seed' | 'interaction'>;

function keyText({ models, seed, interaction }: Key): string {
  return JSON.stringify([pairName(models), seed, interaction]);
}

/** The place of each episode of the study in its lists. */
function places({ orders, study, encounters }: ReportSource): ReadonlyMap<string, number> {
  const keys = orders.flatMap(({ names }) =>
    study.simulation.seeds.flatMap((seed) =>
      encounters.map(({ interaction }) => keyText({ models: names, seed, interaction: interaction.id })),
    ),
  );
  return new Map(keys.map((key, place) => [key, place]));
}

/** In the order of seat orders, seeds and interactions. */
function inOrder<T extends Key>(items: readonly T[], source: ReportSource): T[] {
  const place = places(source);
  const of = (item: T) => place.get(keyText(item)) ?? place.size;
  return items.toSorted((a, b) => of(a) - of(b));
}

/** Of all episodes that were judged, failed ones among them. */
export async function gatherJudgements(source: ReportSource): Promise<Judgement[]> {
  const { current, failed } = await source.results(JUDGEMENTS);
  const kept = failed.flatMap(({ result }) => result ?? []);
  return inOrder([...current.map(({ result }) => result), ...kept], source);
}

export async function gatherEpisodes(source: ReportSource): Promise<Episodes> {
  const { current } = await source.results(EPISODES);
  const { orders, study, encounters } = source;
  return {
    all: inOrder(
      current.map(({ result }) => result),
      source,
    ),
    wanted: orders.length * study.simulation.seeds.length * encounters.length,
  };
}

/** All episodes with their texts and judgements, in the same order. */
export async function gatherTranscripts(source: ReportSource): Promise<Transcript[]> {
  const { all } = await gatherEpisodes(source);
  const judgements = new Map((await gatherJudgements(source)).map((one) => [keyText(one), one]));
  const encounters = new Map(source.encounters.map((one) => [one.interaction.id, one]));
  return all.map((episode) =>
    toTranscript(episode, encounters.get(episode.interaction), judgements.get(keyText(episode))),
  );
}

function toTranscript(
  episode: Episode,
  encounter: Encounter | undefined,
  judgement: Judgement | undefined,
): Transcript {
  const [situation = [], goalA = [], goalB = []] = encounter
    ? [encounter.scenario.situation, ...encounter.scenario.goals]
    : [];
  return {
    episode,
    scenario: readableBy(situation, 'environment'),
    goals: [readableBy(goalA, 'A'), readableBy(goalB, 'B')],
    ...(judgement && { judgement }),
  };
}

/** Of both seat orders of a pair. */
export function ofPair(all: readonly Transcript[], models: ModelNames): readonly Transcript[] {
  return all.filter(({ episode }) => samePair(episode.models, models));
}

/** So many of a list, in its order, wherever they stand in it. */
export function chooseSome<T>(all: readonly T[], count: number): T[] {
  const places = scattered(all.length, count);
  return all.filter((_, place) => places.has(place));
}

/**
 * So many places of a list, spread by the golden ratio: equal steps would meet the same kind of scenario again and
 * again, since kinds take turns.
 */
function scattered(length: number, count: number): ReadonlySet<number> {
  const places = new Set<number>();
  const step = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; places.size < Math.min(count, length); i++)
    places.add(Math.floor(length * (((i + 0.5) * step) % 1)));
  return places;
}
