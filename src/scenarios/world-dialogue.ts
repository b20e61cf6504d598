// How people of the small world would talk a case through: rules, not a model. The embedded models are trained on
// these dialogues (models/train), over cases and casts that the embedded world does not contain.

import { at } from '../numerics/lookup.ts';
import { pick, type Random } from '../numerics/random.ts';
import type { Character, Relationship } from './schema.ts';
import type { Case, Terms } from './world-cases.ts';
import { type Manner, mannerOf, TRADES } from './world-characters.ts';

/** One utterance: who speaks, and what. */
export interface Line {
  readonly seat: 0 | 1;
  readonly text: string;
}

type Phrases = Record<Manner, readonly string[]>;

// {p} is the partner's first name, {c} a clause that states terms, {o} an objection.
const GREETINGS: Phrases = {
  warm: ['How good to see you, {p}.', 'My dear {p}, hello.'],
  blunt: ['{p}. Listen.', 'Hello, {p}.'],
  careful: ['Good day, {p}.', 'Hello, {p}, I hope this is a good time.'],
  cheerful: ['Ha, {p}!', 'Hello there, {p}!'],
};
const QUESTIONS = ['How is work?', 'What is new at work?', 'How are you?'];
const PROPOSALS: Phrases = {
  warm: ['Would it suit you if {c}?', 'It would be nice if {c}.'],
  blunt: ['I say {c}.', 'It is simple: {c}.'],
  careful: ['Perhaps {c}?', 'If you allow, {c}.'],
  cheerful: ['How about this: {c}!', 'I have it: {c}!'],
};
const OBJECTIONS: Phrases = {
  warm: ['I understand you, {p}. {o}.', '{o}, my friend.'],
  blunt: ['No. {o}.', '{o}, {p}.'],
  careful: ['Let me think. {o}.', 'I am not sure, {p}. {o}.'],
  cheerful: ['Ha, no! {o}.', 'Oh {p}! {o}.'],
};
const INSISTING: Phrases = {
  warm: ['Please understand, {c}. I cannot do more.'],
  blunt: ['Last word: {c}.'],
  careful: ['I can only say it again: {c}.'],
  cheerful: ['I stay with it: {c}!'],
};
const ACCEPTING: Phrases = {
  warm: ['That is kind of you. Agreed, {c}.', 'Gladly, {p}. Agreed, {c}.'],
  blunt: ['Fine. Agreed, {c}.', 'Agreed, {c}.'],
  careful: ['I have thought about it. Agreed, {c}.', 'That seems fair. Agreed, {c}.'],
  cheerful: ['Wonderful! Agreed, {c}!', 'Ha, yes! Agreed, {c}!'],
};
const PARTING: Phrases = {
  warm: ['Thank you, {p}. Take care. LEAVE', 'Thank you, dear {p}. Goodbye. LEAVE'],
  blunt: ['Good. Goodbye. LEAVE', 'Done. Bye, {p}. LEAVE'],
  careful: ['Thank you, {p}. I will keep to it. LEAVE', 'Then it is settled, {p}. Goodbye. LEAVE'],
  cheerful: ['Splendid! See you, {p}! LEAVE', 'What a day! Bye, {p}! LEAVE'],
};
const GIVING_UP: Phrases = {
  warm: ['I am sorry, {p}, we find no way today. Goodbye. LEAVE'],
  blunt: ['Then no. Goodbye. LEAVE'],
  careful: ['I fear we cannot agree, {p}. Goodbye. LEAVE'],
  cheerful: ['No luck today, {p}! Bye! LEAVE'],
};

/** What one speaker knows while the dialogue goes on. */
class Speaker {
  /** Index in its ladder of what it proposed last; −1 before. */
  private step = -1;
  private repeated = 0;
  private readonly manner: Manner;
  private readonly seat: 0 | 1;
  private readonly own: Character;
  private readonly partner: Character;
  private readonly drawn: Case;
  private readonly random: Random;

  constructor(seat: 0 | 1, own: Character, partner: Character, drawn: Case, random: Random) {
    this.seat = seat;
    this.own = own;
    this.partner = partner;
    this.drawn = drawn;
    this.random = random;
    this.manner = mannerOf(own);
  }

  private phrase(phrases: Phrases, terms?: Terms): string {
    const options = phrases[this.manner];
    const objections = this.drawn.objections[this.seat];
    return pick(this.random, options)
      .replaceAll('{p}', this.partner.firstName)
      .replace('{c}', terms?.clause[this.seat] ?? '')
      .replace('{o}', pick(this.random, objections));
  }

  greet = () => this.phrase(GREETINGS);
  part = () => this.phrase(PARTING);
  giveUp = () => this.phrase(GIVING_UP);
  accept = (terms: Terms) => this.phrase(ACCEPTING, terms);

  ask(): string {
    return pick(this.random, QUESTIONS);
  }

  /** Says some news of the speaker's trade, in character. */
  tell(): string {
    const { id, occupation } = this.own;
    const trade = TRADES.find((entry) => entry.occupation === occupation);
    if (!trade) throw new TypeError(`${id} is not a character of the small world`);
    return `As a ${trade.occupation}, ${trade.news}.`;
  }

  private get ladder(): readonly Terms[] {
    return this.drawn.ladders[this.seat];
  }

  /** The terms that this speaker would propose next. */
  get next(): Terms {
    return at(this.ladder, Math.min(this.step + 1, this.ladder.length - 1));
  }

  likes(offered: Terms): boolean {
    return this.drawn.accepts(this.seat, offered, this.next);
  }

  /** States the next terms, or insists on the last; undefined when there is nothing left to say. */
  propose(): { readonly terms: Terms; readonly text: string } | undefined {
    const terms = this.next;
    if (this.step < this.ladder.length - 1) {
      this.step++;
      return { terms, text: this.phrase(PROPOSALS, terms) };
    }
    if (this.repeated++ > 0) return undefined;
    return { terms, text: this.phrase(INSISTING, terms) };
  }

  object = () => this.phrase(OBJECTIONS);
}

function openings(a: Speaker, b: Speaker, drawn: Case, chat: boolean): Line[] {
  if (!chat) return [{ seat: 0, text: `${a.greet()} ${drawn.opening}.` }];
  return [
    { seat: 0, text: `${a.greet()} ${a.ask()}` },
    { seat: 1, text: `${b.greet()} ${b.tell()}` },
    { seat: 0, text: `${a.tell()} ${drawn.opening}.` },
  ];
}

/** Turns of offer and answer after A's first proposal, until somebody leaves. */
function haggle(speakers: readonly [Speaker, Speaker], first: Terms): Line[] {
  const lines: Line[] = [];
  let offered = first;
  for (let seat: 0 | 1 = 1; ; seat = seat === 0 ? 1 : 0) {
    const speaker = speakers[seat];
    if (speaker.likes(offered)) {
      const other = seat === 0 ? 1 : 0;
      lines.push({ seat, text: speaker.accept(offered) }, { seat: other, text: speakers[other].part() });
      return lines;
    }
    const objection = speaker.object();
    const counter = speaker.propose();
    if (!counter) {
      lines.push({ seat, text: speaker.giveUp() });
      return lines;
    }
    lines.push({ seat, text: `${objection} ${counter.text}` });
    offered = counter.terms;
  }
}

/** Draws a whole dialogue. Strangers do not speak of their work; the others do, half of the time. */
export function drawDialogue(
  random: Random,
  drawn: Case,
  characters: readonly [Character, Character],
  relationship: Relationship,
): Line[] {
  const a = new Speaker(0, characters[0], characters[1], drawn, random);
  const b = new Speaker(1, characters[1], characters[0], drawn, random);
  const strangers = relationship === 'stranger' || relationship === 'know-by-name';
  const lines = openings(a, b, drawn, !strangers && random.integer(2) === 0);
  const first = a.propose();
  const last = lines.pop();
  if (!first || !last) throw new TypeError(`a case without proposals: ${drawn.signature}`);
  lines.push({ seat: 0, text: `${last.text} ${first.text}` });
  return [...lines, ...haggle([a, b], first.terms)];
}
