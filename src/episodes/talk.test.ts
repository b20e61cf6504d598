import { describe, expect, it } from 'vitest';
import { builtInPrompts } from '../prompts/prompts.ts';
import { viewOf } from '../prompts/view.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { repeatedTurns, TalkReader, type Trait } from './talk.ts';
import { sumTalk, talkOf, talkOfBoth } from './talk-statistics.ts';
import type { Episode, Turn } from './types.ts';

const encounter = encountersOf(smallWorld()).find(({ scenario }) => scenario.relationship === 'friend')!;
const prompts = builtInPrompts('transcript');
const view = viewOf(encounter, 'A');
const [nameA, nameB] = [view.self.name, view.partner.name];

/** Lines in turn, A first; a line after `|` are its notes. */
function turnsOf(...lines: readonly string[]): Turn[] {
  return lines.map((line, i) => {
    const [text = '', note] = line.split('|');
    const seat = i % 2 === 0 ? 'A' : 'B';
    return {
      ...{ round: (i >> 1) + 1, seat, speaker: seat === 'A' ? nameA : nameB, text },
      ...{ promptSha256: '', promptTokens: 1, reusedTokens: 0, newTokens: 1, finish: 'end' as const },
      notes: note === undefined ? [] : [note],
    };
  });
}

describe('the traits of an utterance', () => {
  const reader = new TalkReader(view, prompts);
  const traitsOf = (line: string, ...before: string[]): Trait[] => {
    const [first] = before.length % 2 === 0 ? [] : [''];
    const turns = turnsOf(...(first === undefined ? [] : [first]), ...before, line);
    return reader.traits({ ...turns.at(-1)!, seat: 'A' }, turns.slice(0, -1));
  };
  it.each<[string, Trait[]]>([
    ['I would like to buy it for forty dollars.', []],
    ['I am sorry, but I cannot sell it for less.', []],
    ['I am sorry, but I cannot assist with that.', ['assistant talk']],
    ["I'm sorry, but I can't provide that.", ['assistant talk']],
    ['As an AI language model, I have no clock.', ['assistant talk']],
    ["I'm an AI, so I cannot taste it.", ['assistant talk']],
    // People talk about such things.
    ['I build AI systems for a living, and the new AI reads my letters.', []],
    ['How can I assist you today?', ['assistant talk']],
    ['I am sorry that I was late.', []],
    ['Aid is on its way, said the mail.', []],
    [`Well. ${nameB}: so it is.`, ['a name in front']],
    [`I saw ${nameB} yesterday: what a day.`, []],
    [`${nameA} smiles and nods.`, ['narrates']],
    ['"Good day," she said.', ['narrates']],
    ['"Good day." He bows.', ['narrates']],
    ['He called it "a bargain" and went.', []],
    ['...|empty reply', ['empty']],
    ['On and on|cut at 300 tokens', ['cut']],
  ])('%j: %j', (line, traits) => {
    expect(traitsOf(line)).toEqual(traits);
  });

  it('knows what was said before, punctuation and case aside', () => {
    expect(traitsOf('hello, there', 'Hello there!', 'Yes.')).toEqual(['repeats itself']);
    expect(traitsOf('Yes', 'Hello there!', 'Yes.')).toEqual(['repeats its partner']);
    expect(traitsOf('Hello again there', 'Hello there!', 'Yes.')).toEqual([]);
  });

  it('knows what the agent was told: eight words in a row', () => {
    const recited = view.self.publicInfo ?? view.situation;
    const words = view.situation.split(' ').slice(0, 8).join(' ');
    expect(traitsOf(`So: ${words}`)).toEqual(['recites its prompt']);
    expect(traitsOf(view.situation.split(' ').slice(0, 6).join(' '))).toEqual([]);
    expect(recited).not.toBe('');
    const told = prompts
      .render('agent', view, [])
      .map(({ content }) => content)
      .join(' ');
    expect(traitsOf(told.split(/\s+/).slice(0, 9).join(' '))).toContain('recites its prompt');
  });
});

it('finds repeated turns, and no silence among them', () => {
  const turns = turnsOf('Good day.', 'Hello.', 'good day!', '...', '...', 'Hello again.', 'Hello');
  expect(repeatedTurns(turns).map(({ text }) => text)).toEqual(['good day!', 'Hello']);
});

describe('the numbers of an episode', () => {
  const turns = turnsOf(
    'The clock costs seventy dollars.',
    'Seventy dollars for that clock is much.',
    'Then make an offer for something better.',
    'Something better would be fifty.',
    'The clock costs seventy dollars.',
    'Goodbye. LEAVE',
  );
  const episode: Pick<Episode, 'turns' | 'ending'> = { turns, ending: 'B left' };

  it('are counts of each agent', () => {
    const a = talkOf(encounter, episode, 'A');
    expect(a).toMatchObject({ parts: 1, utterances: 3, repeated: 1, left: 0, comparable: 2 });
    expect(a.traits['repeats itself']).toBe(1);
    expect(a.words).toBe(5 + 7 + 5);
    // 4 + 6 + 4 pairs of neighbouring words, of which the last four are there twice.
    expect(a.distinctBigrams).toBeCloseTo(10 / 14, 12);
    const b = talkOf(encounter, episode, 'B');
    expect(b).toMatchObject({ utterances: 3, repeated: 0, left: 1, leftInRounds: 3, comparable: 3 });
    // Twice it takes up words of the last line; the goodbye shares none with any.
    expect(b.answering).toBe(2.5);
  });

  it('add up', () => {
    const [a, b] = talkOfBoth(encounter, episode);
    const sum = sumTalk([a!, b!, a!]);
    expect(sum.utterances).toBe(9);
    expect(sum.repeated).toBe(2);
    expect(sum.distinctBigrams / sum.withBigrams).toBeCloseTo((2 * (10 / 14) + 1) / 3, 12);
    expect(sumTalk([]).utterances).toBe(0);
  });
});
