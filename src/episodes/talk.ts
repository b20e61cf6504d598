// How an utterance was said, read from the transcript: what tells talk from the habits of models that break it
// (docs/method.md §2). Rules over words, for English; what they cannot see, they do not count.

import type { Prompts } from '../prompts/prompts.ts';
import type { AgentView } from '../prompts/view.ts';
import { escaped, SILENCE } from './hearing.ts';
import type { Turn } from './types.ts';

/** What can be the matter with an utterance. */
export const TRAITS = [
  'repeats itself',
  'repeats its partner',
  'a name in front',
  'assistant talk',
  'recites its prompt',
  'narrates',
  'empty',
  'cut',
] as const;
export type Trait = (typeof TRAITS)[number];

type Line = Pick<Turn, 'seat' | 'speaker' | 'text' | 'notes'>;

/** Words alone, in small letters. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? [];
}

/** Two texts with the same key say the same, punctuation and case aside; empty for one without words. */
export const sameWords = (text: string) => wordsOf(text).join(' ');

const ASSISTANT =
  /\b(?:as|am|'m|being) an? (?:AI|artificial intelligence|assistant|(?:large )?language model)\b|\blanguage model\b|\bAI (?:assistant|model)\b|\bi(?:'m| am) sorry,? but (?:i(?: can't| cannot| am not able to|'m not able to|'m unable to| am unable to) (?:help|assist|provide|fulfil+|engage|comply|answer|continue|generate|create|write|discuss)|as an\b|i(?:'m| am) not sure what you)|\bprovide (?:me with )?more (?:context|information|details)\b|\bhow (?:can|may) i (?:assist|help)\b|\bassist(?:ing)? you\b|\b(?:can't|cannot) assist\b|\bif you have any (?:other |more |further )?questions\b/i;

/** Somebody else's voice that tells what was said or done. */
const NARRATOR = /[.,!?…]["”] \p{L}|\b(?:said|says|replied|replies|asked|asks),? ["“]|^\*|\*$/u;

/** Runs of so many words are not said by chance. */
const RECITED = 8;

/** Every run of so many words of a text, between blanks. */
function runsOf(text: string): string[] {
  const words = wordsOf(text);
  return words.slice(RECITED - 1).map((_, i) => ` ${words.slice(i, i + RECITED).join(' ')} `);
}

/** What an agent was told: scene, both participants, its goal. */
function toldTo({ situation, goal, self, partner }: AgentView): string[] {
  const about = [self, partner].flatMap(({ publicInfo, personality, secret }) => [
    publicInfo,
    personality,
    secret,
  ]);
  return [situation, goal, ...about].filter((text) => text !== undefined);
}

function narrates(text: string, name: string): boolean {
  const [first = name] = name.split(' ');
  return (
    NARRATOR.test(text) ||
    new RegExp(`^(?:${escaped(name)}|${escaped(first)}) \\p{Ll}+(?:s|ed)\\b`, 'u').test(text)
  );
}

/** The turns that say again, in the same words, what either agent has said before in the episode; not silence. */
export function repeatedTurns<T extends Pick<Turn, 'text'>>(turns: readonly T[]): T[] {
  const said = new Set(['']);
  return turns.filter(({ text }) => {
    const words = sameWords(text);
    const again = words !== '' && said.has(words);
    said.add(words);
    return again;
  });
}

/** Looks at the utterances of one agent in one episode, in order. */
export class TalkReader {
  readonly #view: AgentView;
  /** What the agent was told, as words between blanks. */
  readonly #told: readonly string[];
  readonly #labels: RegExp;

  /**
   * @param view of the agent whose utterances are read
   * @param prompts the words that it was given; without them only what it knows counts as recited
   */
  constructor(view: AgentView, prompts?: Prompts) {
    this.#view = view;
    const given = prompts?.render('agent', view, []).map(({ content }) => content) ?? [];
    this.#told = [...toldTo(view), ...given].map((text) => ` ${sameWords(text)} `);
    const names = [view.self.name, view.partner.name].flatMap((name) => [name, name.split(' ')[0] ?? name]);
    this.#labels = new RegExp(`(?:^|[.!?"”]\\s)(?:${names.map(escaped).join('|')}):`, 'u');
  }

  /**
   * What is the matter with an utterance.
   *
   * @param before all that was said before it
   */
  traits({ seat, text, notes }: Line, before: readonly Line[]): Trait[] {
    const key = sameWords(text);
    const repeats = (own: boolean) =>
      key !== '' && before.some((line) => (line.seat === seat) === own && sameWords(line.text) === key);
    const silent = notes.includes('empty reply') || text === SILENCE;
    const recites = runsOf(text).some((run) => this.#told.some((told) => told.includes(run)));
    const shows: Readonly<Record<Trait, boolean>> = {
      'repeats itself': repeats(true),
      'repeats its partner': repeats(false),
      'a name in front': this.#labels.test(text),
      'assistant talk': ASSISTANT.test(text),
      'recites its prompt': recites,
      narrates: narrates(text, this.#view.self.name),
      empty: silent,
      cut: notes.some((note) => note.startsWith('cut at ')),
    };
    return TRAITS.filter((trait) => shows[trait]);
  }
}
