// What an agent named before it spoke: read from its reply, tolerant of how models write, and the model's own
// probabilities of all that it might have named instead (docs/method.md §11, paper Appendix J).

import type { Conversation, LanguageModel, Reply } from '../models/language-model.ts';
import { labelProbabilities } from '../models/likelihood.ts';
import { commonPrefix } from '../models/line.ts';
import { ACTIONS, EMOTIONS, type NamedState } from '../prompts/mental-states.ts';
import type { MentalState, NamedWord } from './types.ts';

/** The place of a word in a reply's text, as offsets of its first character and of the one behind it. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

/** A reply taken apart. */
export interface ParsedReply extends NamedState {
  /** What is said aloud; empty if nothing is. */
  readonly text: string;
  readonly emotionAt: Span | undefined;
  readonly actionAt: Span | undefined;
}

/** What may stand before a word, its name included: `**Emotion:** `. */
const before = (name: string) => `^(?:[^\\p{L}\\p{N}]*${name}[^\\p{L}\\p{N}]+)?[^\\p{L}\\p{N}]*`;
const word = (words: readonly string[]) => `(?<word>${words.join('|')})(?![\\p{L}\\p{N}'’])`;
const EMOTION = new RegExp(`${before('(?:emotion|feeling)')}${word(EMOTIONS)}`, 'iu');
const ACTION = new RegExp(`${before('(?:action(?: type)?|doing)')}${word(ACTIONS)}`, 'iu');
/** What closes a word: at least one mark, so that `Trust me` is no emotion. */
const MARK = /^\s*[.,:;!|/\-–—)\]}*_>]/u;
/** What may stand between the words and what is said aloud. */
const TO_SPEECH = /^[\s.,:;!|/\-–—)\]}*_>]*(?:(?:response|reply|words)\s*[:.]\s*)?[*_]*\s*/iu;

/**
 * Takes a reply apart: `Joy. Directive. Come in!`, in any case, with brackets, stars or other marks around the words,
 * and with their names before them. An emotion without an action type behind it counts only where a mark closes it, and
 * so does an action type alone. What was not found stays undefined; then the reply is what is left of it.
 *
 * @param speaker whose name, followed by a colon, may stand before the words
 */
export function parseNamed(reply: string, speaker: string): ParsedReply {
  let at = reply.startsWith(`${speaker}:`) ? speaker.length + 1 : 0;
  const find = (pattern: RegExp): Span | undefined => {
    const match = pattern.exec(reply.slice(at));
    if (!match) return undefined;
    const end = at + match[0].length;
    return { begin: end - (match.groups?.['word'] ?? '').length, end };
  };
  const closed = (span: Span) => span.end === reply.length || MARK.test(reply.slice(span.end));
  let emotionAt = find(EMOTION);
  if (emotionAt) at = emotionAt.end;
  let actionAt = find(ACTION);
  if (emotionAt && !actionAt && !closed(emotionAt)) emotionAt = undefined;
  if (actionAt && !emotionAt && !closed(actionAt)) actionAt = undefined;
  const end = actionAt?.end ?? emotionAt?.end;
  const text = end === undefined ? reply : reply.slice(end).replace(TO_SPEECH, '');
  const wordAt = <Word extends string>(span: Span | undefined, words: readonly Word[]) =>
    span && wordOf(words, reply.slice(span.begin, span.end));
  return {
    emotion: wordAt(emotionAt, EMOTIONS),
    action: wordAt(actionAt, ACTIONS),
    text,
    emotionAt,
    actionAt,
  };
}

/**
 * The state that a reply named, with the model's probabilities of all words at the places where it named them. The
 * other words are taken in the case in which it wrote its own. They are read behind the cached prompt, some ten tokens
 * per word list.
 *
 * @param prompt that the reply was given to
 */
export async function nameStates(
  model: LanguageModel,
  conversation: Conversation,
  prompt: readonly number[],
  reply: Reply,
  { text, emotionAt, actionAt }: ParsedReply,
): Promise<MentalState> {
  const said = saidText(model, reply);
  const name = <Word extends string>(words: readonly Word[], span: Span | undefined) =>
    span ? nameWord(model, conversation, prompt, said, words, span) : null;
  const emotion = await name(EMOTIONS, emotionAt);
  const action = await name(ACTIONS, actionAt);
  const failures = [
    ...(emotion ? [] : ['no emotion']),
    ...(action ? [] : ['no action']),
    ...(text.trim() === '' ? ['no words'] : []),
  ];
  return { emotion, action, ...(failures.length > 0 && { failure: failures.join(', ') }) };
}

/** A reply as it was generated: its text is trimmed, but a blank before it belongs to its first token. */
function saidText(model: LanguageModel, { text, tokens }: Reply): { text: string; shift: number } {
  const fits = (one: string) => commonPrefix(model.tokenizeContinuation(one), tokens);
  return fits(` ${text}`) > fits(text) ? { text: ` ${text}`, shift: 1 } : { text, shift: 0 };
}

async function nameWord<Word extends string>(
  model: LanguageModel,
  conversation: Conversation,
  prompt: readonly number[],
  said: { readonly text: string; readonly shift: number },
  words: readonly Word[],
  { begin, end }: Span,
): Promise<NamedWord<Word> | null> {
  const written = said.text.slice(begin + said.shift, end + said.shift);
  // Tokenizers join a blank to the word behind it.
  const blank = said.text[begin + said.shift - 1] === ' ' ? ' ' : '';
  const context = said.text.slice(0, begin + said.shift - blank.length);
  const labels = words.map((one) => blank + inCaseOf(written, one));
  const beginning = [...prompt, ...model.tokenizeContinuation(context)];
  const longest = Math.max(...labels.map((label) => model.tokenizeContinuation(label).length));
  // A reply may end with the context, and a longer word than its own no longer fit.
  if (beginning.length + longest > model.info.contextLength) return null;
  const { probabilities, mass } = await labelProbabilities(model, conversation, beginning, labels);
  const word = wordOf(words, written);
  return word === undefined ? null : { word, probabilities, mass };
}

/** The word of a list that is written so, in any case. */
function wordOf<Word extends string>(words: readonly Word[], written: string): Word | undefined {
  return words.find((word) => word === written.toLowerCase());
}

function inCaseOf(written: string, word: string): string {
  if (written === written.toLowerCase()) return word;
  if (written === written.toUpperCase()) return word.toUpperCase();
  return word.charAt(0).toUpperCase() + word.slice(1);
}
