// How the models of a run talked, in numbers, and what that says of everything that is measured on it.

import type { Trait } from '../../episodes/talk.ts';
import { sumTalk, type TalkCounts, talkOf } from '../../episodes/talk-statistics.ts';
import { type Episode, SEATS } from '../../episodes/types.ts';
import { percent } from '../../figures/number-text.ts';
import { EPISODES } from '../../studies/stages/episodes.ts';
import { REPEATS } from '../../studies/stages/repeats.ts';
import type { PartDirection } from '../sensitivity/parts.ts';
import type { ModelNames } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { episodeStatistics } from './episode-statistics.ts';

/** All that a model said, in either seat. */
export interface ModelTalk {
  readonly name: string;
  readonly counts: TalkCounts;
  /** What it was given: `transcript, built-in`. */
  readonly prompts: string;
}

/** The conversations of one seat order. */
export interface PairTalk {
  readonly models: ModelNames;
  readonly counts: TalkCounts;
  readonly episodes: number;
  /** Episodes of one or two utterances. */
  readonly overWithinTwo: number;
  readonly endings: Readonly<Record<Episode['ending'], number>>;
}

export interface Talk {
  /** In the order of the study file, those that said something. */
  readonly models: readonly ModelTalk[];
  readonly orders: readonly PairTalk[];
  /** What repeated turns make of SyncR², where the study leaves them out. */
  readonly repeats: readonly PartDirection<'repeats'>[];
}

function orderTalk(models: ModelNames, episodes: readonly Episode[], counts: TalkCounts): PairTalk {
  const { endings } = episodeStatistics(episodes);
  const overWithinTwo = episodes.filter(({ turns }) => turns.length <= 2).length;
  return { models, counts, episodes: episodes.length, overWithinTwo, endings };
}

/** The style and wording that a model was given; manifests from before there was a choice say nothing. */
function promptsOf({ manifest }: ReportSource, name: string): string {
  const { prompts } = manifest;
  const own = prompts?.own[name] ?? prompts;
  return own ? `${own.style}, ${own.wording} (${own.sha256.slice(0, 8)})` : 'not recorded';
}

export async function gatherTalk(source: ReportSource): Promise<Talk> {
  const { current } = await source.results(EPISODES);
  const { current: repeats } = await source.results(REPEATS);
  const parts = current.flatMap(({ task: { order, encounter }, result }) =>
    SEATS.map((seat) => {
      const name = order.names[seat === 'A' ? 0 : 1];
      const counts = talkOf(encounter, result, seat, source.promptsOf(name));
      return { name, order: order.folder, counts };
    }),
  );
  const orders = source.orders.flatMap(({ names, folder }) => {
    const episodes = current.filter(({ task }) => task.order.folder === folder).map(({ result }) => result);
    const counts = sumTalk(parts.filter(({ order }) => order === folder).map((part) => part.counts));
    return episodes.length === 0 ? [] : [orderTalk(names, episodes, counts)];
  });
  const models = Object.keys(source.manifest.models).flatMap((name): ModelTalk[] => {
    const own = parts.filter((part) => part.name === name).map(({ counts }) => counts);
    return own.length === 0 ? [] : [{ name, counts: sumTalk(own), prompts: promptsOf(source, name) }];
  });
  return {
    models,
    orders,
    repeats: repeats.map(({ task, result }) => ({ models: task.order.names, stored: result })),
  };
}

/** From which share of a model's utterances on a habit is told, and what it means. */
const HABITS: readonly {
  readonly from: number;
  readonly of: (counts: TalkCounts) => number;
  readonly says: (name: string, share: string) => string;
}[] = [
  {
    from: 0.2,
    of: ({ repeated }) => repeated,
    says: (name, share) =>
      `${name} repeats earlier lines in ${share} of its utterances; synchrony there is that of a loop. Leave such turns out with synchrony.drop: repeated.`,
  },
  ...(
    [
      ['assistant talk', 0.05, 'talks as an assistant, and not as its character, in'],
      ['recites its prompt', 0.05, 'recites its prompt in'],
      ['a name in front', 0.05, 'puts names in front of its lines, which could not be taken away, in'],
      ['narrates', 0.05, 'tells what is done instead of speaking in'],
      ['empty', 0.05, 'says nothing in'],
      ['cut', 0.05, 'is cut off by the limit of tokens in'],
    ] as const satisfies readonly (readonly [Trait, number, string])[]
  ).map(([trait, from, does]) => ({
    from,
    of: ({ traits }: TalkCounts) => traits[trait],
    says: (name: string, share: string) => `${name} ${does} ${share} of its utterances.`,
  })),
];

/** From which share of its episodes on a pair is said to break off. */
const BREAKING_OFF = 0.2;

/** What a reader should know before believing any number, a sentence each. */
export function talkWarnings({ models, orders }: Pick<Talk, 'models' | 'orders'>): string[] {
  const ofModels = models.flatMap(({ name, counts }) =>
    HABITS.filter(({ from, of }) => counts.utterances > 0 && of(counts) / counts.utterances >= from).map(
      ({ of, says }) => says(name, percent(of(counts) / counts.utterances, 2)),
    ),
  );
  const ofOrders = orders
    .filter(({ episodes, overWithinTwo }) => overWithinTwo / episodes >= BREAKING_OFF)
    .map(
      ({ models: [a, b], episodes, overWithinTwo }) =>
        `${percent(overWithinTwo / episodes, 2)} of the episodes of ${a} and ${b} are over within two utterances; there is hardly a conversation in them.`,
    );
  return [...ofModels, ...ofOrders];
}
