// How models talked, in numbers that add up: of one agent in one episode, and summed over as many as one likes
// (docs/method.md §2).

import type { Prompts } from '../prompts/prompts.ts';
import { viewOf } from '../prompts/view.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { TalkReader, TRAITS, type Trait, wordsOf } from './talk.ts';
import { type Episode, SEATS, type Seat, type Turn } from './types.ts';

/** Counts, of which each can be summed over agents and episodes. */
export interface TalkCounts {
  /** Agents × episodes that were looked at. */
  readonly parts: number;
  readonly utterances: number;
  readonly words: number;
  /** Utterances with each trait. */
  readonly traits: Readonly<Record<Trait, number>>;
  /** Utterances that say again what either agent has said before. */
  readonly repeated: number;
  /** Parts with two words and more, and the sum of their distinct pairs of neighbouring words as a share of all. */
  readonly withBigrams: number;
  readonly distinctBigrams: number;
  /** Utterances for which the partner had a last line and others to compare it with; those that are closer to the last. */
  readonly comparable: number;
  readonly answering: number;
  /** Parts in which the agent left, the sum of the rounds in which it did, and how often it wanted to before it might. */
  readonly left: number;
  readonly leftInRounds: number;
  readonly leftTooEarly: number;
}

const byTrait = (count: (trait: Trait) => number) =>
  Object.fromEntries(TRAITS.map((trait) => [trait, count(trait)])) as Record<Trait, number>;

/** Words that carry a matter; the short ones stand in every line. */
const matter = (text: string) => new Set(wordsOf(text).filter((word) => word.length > 3));

/** Shared words as a share of the smaller set; 0 where one is empty. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const smaller = Math.min(a.size, b.size);
  return smaller === 0 ? 0 : [...a].filter((word) => b.has(word)).length / smaller;
}

/**
 * Whether an utterance shares more with the partner's last line than with its other lines on average; half where as
 * much. Undefined without other lines.
 */
function answers(turns: readonly Turn[], index: number): number | undefined {
  const { seat, text } = turns[index] ?? {};
  const last = turns[index - 1];
  const others = turns.filter((turn) => turn.seat !== seat && turn !== last);
  if (text === undefined || last === undefined || others.length === 0) return undefined;
  const own = matter(text);
  const withLast = overlap(own, matter(last.text));
  const withOthers = others.reduce((sum, other) => sum + overlap(own, matter(other.text)), 0) / others.length;
  if (withLast === withOthers) return 0.5;
  return withLast > withOthers ? 1 : 0;
}

function distinctBigrams(texts: readonly string[]): number | undefined {
  const pairs = texts.flatMap((text) => {
    const words = wordsOf(text);
    return words.slice(1).map((word, i) => `${words[i]} ${word}`);
  });
  return pairs.length === 0 ? undefined : new Set(pairs).size / pairs.length;
}

/**
 * How the agent in a seat talked in one episode.
 *
 * @param prompts the words that it was given; without them only what it knows counts as recited
 */
export function talkOf(
  encounter: Encounter,
  { turns, ending }: Pick<Episode, 'turns' | 'ending'>,
  seat: Seat,
  prompts?: Prompts,
): TalkCounts {
  const reader = new TalkReader(viewOf(encounter, seat), prompts);
  const own = turns.flatMap((turn, index) => (turn.seat === seat ? [{ turn, index }] : []));
  const traits = own.map(({ turn, index }) => reader.traits(turn, turns.slice(0, index)));
  const answered = own.flatMap(({ index }) => answers(turns, index) ?? []);
  const bigrams = distinctBigrams(own.map(({ turn }) => turn.text));
  const left = ending === `${seat} left`;
  return {
    parts: 1,
    utterances: own.length,
    words: own.reduce((sum, { turn }) => sum + wordsOf(turn.text).length, 0),
    traits: byTrait((trait) => traits.filter((found) => found.includes(trait)).length),
    repeated: traits.filter((found) => found.some((one) => one.startsWith('repeats'))).length,
    withBigrams: bigrams === undefined ? 0 : 1,
    distinctBigrams: bigrams ?? 0,
    comparable: answered.length,
    answering: answered.reduce((sum, value) => sum + value, 0),
    left: left ? 1 : 0,
    leftInRounds: left ? (turns.at(-1)?.round ?? 0) : 0,
    leftTooEarly: own.filter(({ turn }) => turn.notes.includes('wanted to leave too early')).length,
  };
}

/** Both agents of an episode, A then B. */
export function talkOfBoth(
  encounter: Encounter,
  episode: Pick<Episode, 'turns' | 'ending'>,
  prompts?: Prompts,
): TalkCounts[] {
  return SEATS.map((seat) => talkOf(encounter, episode, seat, prompts));
}

/** The counts of many. */
export function sumTalk(parts: readonly TalkCounts[]): TalkCounts {
  const sum = (of: (counts: TalkCounts) => number) => parts.reduce((total, counts) => total + of(counts), 0);
  return {
    parts: sum((one) => one.parts),
    utterances: sum((one) => one.utterances),
    words: sum((one) => one.words),
    traits: byTrait((trait) => sum((one) => one.traits[trait])),
    repeated: sum((one) => one.repeated),
    withBigrams: sum((one) => one.withBigrams),
    distinctBigrams: sum((one) => one.distinctBigrams),
    comparable: sum((one) => one.comparable),
    answering: sum((one) => one.answering),
    left: sum((one) => one.left),
    leftInRounds: sum((one) => one.leftInRounds),
    leftTooEarly: sum((one) => one.leftTooEarly),
  };
}
