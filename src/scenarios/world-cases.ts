// The six kinds of scenario of the embedded small world. A case is a scenario together with what each side would
// say yes to: an ordered list of terms, best first. The same lists make the goals' texts, the checkable rules
// and the dialogues that the embedded models are trained on.

import type { Random } from '../numerics/random.ts';
import type { GoalRule, Relationship } from './schema.ts';

export const KINDS = ['bargaining', 'sharing', 'choosing', 'favour', 'making-up', 'inviting'] as const;
export type Kind = (typeof KINDS)[number];

/** One possible outcome. */
export interface Terms {
  /** Equal keys are equal outcomes. */
  readonly key: string;
  /** How A says it, how B says it: a clause that stands after "I suggest that" or "Agreed,". */
  readonly clause: readonly [string, string];
}

export interface Case {
  readonly kind: Kind;
  /** What must differ between training and the embedded world. */
  readonly signature: string;
  readonly situation: string;
  readonly goals: readonly [string, string];
  readonly rules: readonly [GoalRule, GoalRule];
  readonly relationships: readonly Relationship[];
  /** What each side proposes, in turn; the last is as far as it goes. */
  readonly ladders: readonly [readonly Terms[], readonly Terms[]];
  /** Whether a side would rather take `offered` than go on to propose `next`. */
  readonly accepts: (seat: 0 | 1, offered: Terms, next: Terms) => boolean;
  /** How A comes to the matter. */
  readonly opening: string;
  /** Why a side does not take an offer. */
  readonly objections: readonly [readonly string[], readonly string[]];
}

const GOODS = [
  'lamp',
  'clock',
  'bicycle',
  'guitar',
  'tent',
  'kettle',
  'chair',
  'radio',
  'mirror',
  'carpet',
  'camera',
  'table',
  'stove',
  'violin',
  'desk',
  'boat',
];
const CONDITIONS = ['old', 'blue', 'small', 'red', 'heavy', 'green', 'wooden', 'nearly new'];
const PLACES = ['a flea market', 'a garage sale', 'a small shop', 'the harbour'];
const THINGS = ['lamp', 'clock', 'teapot', 'mirror', 'blanket', 'vase', 'drum', 'globe', 'basket', 'ladder'];
const CHOICES: readonly { readonly what: string; readonly options: readonly string[] }[] = [
  {
    what: 'what to eat tonight',
    options: ['fish soup', 'lentil pie', 'noodles', 'pancakes', 'bean stew', 'pizza', 'rice and eggs'],
  },
  {
    what: 'what to do on Sunday',
    options: ['a walk', 'a museum', 'a boat trip', 'a card game', 'a concert', 'a picnic', 'a swim'],
  },
  {
    what: 'which film to see',
    options: ['the comedy', 'the western', 'the love story', 'the ghost film', 'the war film', 'the cartoon'],
  },
  {
    what: 'where to spend the holiday',
    options: ['the coast', 'the mountains', 'the city', 'the island', 'the forest', 'the lakes'],
  },
];
const TASKS: readonly [asked: string, base: string][] = [
  ['feed my cat', 'feed the cat'],
  ['water my plants', 'water the plants'],
  ['fix my bicycle', 'fix the bicycle'],
  ['paint my fence', 'paint the fence'],
  ['walk my dog', 'walk the dog'],
  ['move my piano', 'move the piano'],
  ['clean my roof', 'clean the roof'],
  ['mend my coat', 'mend the coat'],
  ['carry my boxes', 'carry the boxes'],
  ['cut my hedge', 'cut the hedge'],
];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const WRONGS = [
  'broke the window',
  'lost the umbrella',
  'forgot the birthday',
  'told the story to everyone',
  'came two hours late',
  'spilled ink on the book',
];
const REMEDIES: readonly [byA: string, byB: string][] = [
  ['I cook dinner', 'you cook dinner'],
  ['I buy a new one', 'you buy a new one'],
  ['I write a letter', 'you write a letter'],
  ['I help you for a day', 'you help me for a day'],
  ['I bring flowers', 'you bring flowers'],
  ['I clean the house', 'you clean the house'],
];
const EVENTS = ['dinner', 'a birthday party', 'a concert', 'a chess evening', 'a picnic', 'a dance'];

const CLOSE: readonly Relationship[] = ['friend', 'romantic', 'family'];
const list = (words: readonly string[]) => words.join(', ');
const withArticle = (word: string) => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
const both = (words: readonly string[]) => words.join(' and ');

function rank(ladder: readonly Terms[], terms: Terms): number {
  const found = ladder.findIndex((entry) => entry.key === terms.key);
  return found < 0 ? Number.POSITIVE_INFINITY : found;
}

/** Accepts, for ladders of choices, what is on one's own list and no worse than what one would say next. */
function byRank(ladders: Case['ladders']): Case['accepts'] {
  return (seat, offered, next) => rank(ladders[seat], offered) <= rank(ladders[seat], next);
}

function bargaining(random: Random): Case {
  const item = GOODS[random.integer(GOODS.length)]!;
  const condition = CONDITIONS[random.integer(CONDITIONS.length)]!;
  const place = PLACES[random.integer(PLACES.length)]!;
  const buyer: 0 | 1 = random.integer(2) === 0 ? 0 : 1;
  const asking = 40 + 5 * random.integer(19);
  const least = asking - 10 - 5 * random.integer(3);
  // One bargain in eight leaves no price that suits both.
  const most = random.integer(8) === 0 ? least - 5 : least + 5 * random.integer(3);
  const price = (dollars: number): Terms => {
    const buys = `I pay ${dollars} dollars for the ${item}`;
    const sells = `you pay ${dollars} dollars for the ${item}`;
    return { key: String(dollars), clause: buyer === 0 ? [buys, sells] : [sells, buys] };
  };
  const steps = (from: number, to: number) =>
    Array.from({ length: Math.abs(to - from) / 5 + 1 }, (_, i) => price(from + 5 * i * Math.sign(to - from)));
  const buys = steps(most - 5 * (2 + random.integer(2)), most);
  const sells = steps(asking, least);
  const seller = (1 - buyer) as 0 | 1;
  const texts: [string, string] = ['', ''];
  texts[buyer] = `Buy the ${item}. Pay at most ${most} dollars.`;
  texts[seller] = `Sell the ${item}. Take at least ${least} dollars.`;
  const rules: [GoalRule, GoalRule] = [
    { kind: 'price', item, role: buyer === 0 ? 'buyer' : 'seller', limit: buyer === 0 ? most : least },
    { kind: 'price', item, role: buyer === 0 ? 'seller' : 'buyer', limit: buyer === 0 ? least : most },
  ];
  const tooMuch = ['That is too much for me', 'I do not have that much'];
  const tooLittle = ['That is too little for it', `The ${item} is worth more`];
  return {
    kind: 'bargaining',
    signature: `${item} ${condition} ${asking} ${least} ${most}`,
    situation: `At ${place}, one person sells ${withArticle(condition)} ${item} for ${asking} dollars and another wants it.`,
    goals: texts,
    rules,
    relationships: ['stranger', 'know-by-name', 'acquaintance'],
    ladders: buyer === 0 ? [buys, sells] : [sells, buys],
    accepts: (seat, offered, next) =>
      seat === buyer ? Number(offered.key) <= Number(next.key) : Number(offered.key) >= Number(next.key),
    opening: buyer === 0 ? `I like the ${condition} ${item}` : `This ${condition} ${item} is for sale`,
    objections: buyer === 0 ? [tooMuch, tooLittle] : [tooLittle, tooMuch],
  };
}

function sharing(random: Random): Case {
  const items = random.shuffle(THINGS).slice(0, 4);
  const [first, second, third, fourth] = items as [string, string, string, string];
  // One time in eight both need the same thing.
  const needs: [string, string] = [first, random.integer(8) === 0 ? first : second];
  const likes: [string, string] = random.integer(2) === 0 ? [third, fourth] : [third, third];
  const shown = random.shuffle(items);
  const ordered = (wanted: readonly string[]) => shown.filter((item) => wanted.includes(item));
  const split = (forA: readonly string[]): Terms => {
    const a = both(ordered(forA).map((item) => `the ${item}`));
    const b = both(shown.filter((item) => !forA.includes(item)).map((item) => `the ${item}`));
    return {
      key: ordered(forA).join('+'),
      clause: [`I take ${a} and you take ${b}`, `you take ${a} and I take ${b}`],
    };
  };
  const others = (own: readonly string[]) => shown.filter((item) => !own.includes(item));
  const shares = (seat: 0 | 1): string[][] => {
    const best = [needs[seat], likes[seat]];
    return [best, ...others(best).map((item) => [needs[seat], item])].slice(0, 3);
  };
  const ladder = (seat: 0 | 1) => shares(seat).map((own) => split(seat === 0 ? own : others(own)));
  const ladders: Case['ladders'] = [ladder(0), ladder(1)];
  const goal = (seat: 0 | 1) =>
    `Take two things home. You need the ${needs[seat]}. You also like the ${likes[seat]}.`;
  const rule = (seat: 0 | 1): GoalRule => ({ kind: 'items', items: shown, must: needs[seat] });
  const objections = (seat: 0 | 1) => [`I need the ${needs[seat]}`, `Then I do not get what I like`];
  return {
    kind: 'sharing',
    signature: `${shown.join(' ')} ${needs.join(' ')} ${likes.join(' ')}`,
    situation: `Two people share out what was left in a house: ${list(shown.map((item) => `a ${item}`))}. Each takes two.`,
    goals: [goal(0), goal(1)],
    rules: [rule(0), rule(1)],
    relationships: ['acquaintance', 'friend', 'family'],
    ladders,
    accepts: byRank(ladders),
    opening: 'Let us share these things out',
    objections: [objections(0), objections(1)],
  };
}

/** Four kinds are a choice among named options of which each side accepts some. */
function optionCase(
  parts: Pick<Case, 'kind' | 'situation' | 'relationships' | 'opening' | 'objections'> & {
    readonly rule: 'choice' | 'promise';
    readonly ladders: Case['ladders'];
    readonly goals: readonly [string, string];
  },
): Case {
  const { rule, ladders, ...rest } = parts;
  const options = [...new Set([...ladders[0], ...ladders[1]].map((terms) => terms.key))];
  const ruleFor = (seat: 0 | 1): GoalRule => ({
    kind: rule,
    options,
    accept: ladders[seat].map((terms) => terms.key),
  });
  return {
    ...rest,
    ladders,
    signature: `${parts.situation} ${parts.goals.join(' ')}`,
    rules: [ruleFor(0), ruleFor(1)],
    accepts: byRank(ladders),
  };
}

/** Two or three options each; `meet` of them in common, as the last resort of both. */
function preferences(random: Random, options: readonly string[]): [string[], string[]] {
  const drawn = random.shuffle(options);
  const [x, y, common, z] = drawn as [string, string, string, string];
  const agree = random.integer(8) > 0;
  const first = random.integer(3) === 0 ? [x, z, common] : [x, common];
  return [first, agree ? [y, common] : [y]];
}

function choosing(random: Random): Case {
  const topic = CHOICES[random.integer(CHOICES.length)]!;
  const [first, second] = preferences(random, topic.options);
  const terms = (option: string): Terms => ({
    key: option,
    clause: [`we take ${option}`, `we take ${option}`],
  });
  const goal = (own: readonly string[]) =>
    `Agree on ${topic.what}. You want ${own[0]}.${own.length > 1 ? ` You also accept ${both(own.slice(1))}.` : ''} You refuse the rest.`;
  const shown = random
    .shuffle(topic.options)
    .filter((option, i) => i < 2 || first.includes(option) || second.includes(option));
  return optionCase({
    kind: 'choosing',
    rule: 'choice',
    situation: `Two people decide ${topic.what}: ${list(shown)}.`,
    goals: [goal(first), goal(second)],
    relationships: ['acquaintance', ...CLOSE],
    ladders: [first.map(terms), second.map(terms)],
    opening: `Let us decide ${topic.what}`,
    objections: [
      ['That is not for me', 'I would rather not'],
      ['That is not for me', 'I would rather not'],
    ],
  });
}

function favour(random: Random): Case {
  const [task, back] = random.shuffle(TASKS) as [(typeof TASKS)[number], (typeof TASKS)[number]];
  const [asked, free] = preferences(random, DAYS);
  const terms = (day: string): Terms => ({
    key: day,
    clause: [`you ${task[0]} on ${day} and I ${back[1]}`, `I ${task[1]} on ${day} and you ${back[0]}`],
  });
  return optionCase({
    kind: 'favour',
    rule: 'promise',
    situation: `One person asks another for help: somebody should ${task[1]}.`,
    goals: [
      `Ask your partner to ${task[0]} on ${both(asked).replaceAll(' and ', ' or ')}. Offer to ${back[1]} in return.`,
      `Help on ${both(free).replaceAll(' and ', ' or ')}, on no other day, and only if your partner will ${back[0]}.`,
    ],
    relationships: ['acquaintance', 'friend', 'family'],
    ladders: [asked.map(terms), free.map(terms)],
    opening: `I need somebody to ${task[0]}`,
    objections: [
      ['That day is no good for me', 'That does not help me'],
      ['I have no time that day', 'I am busy then'],
    ],
  });
}

function makingUp(random: Random): Case {
  const wrong = WRONGS[random.integer(WRONGS.length)]!;
  const texts = new Map(REMEDIES.map(([byA, byB]) => [byA, byB]));
  const [offers, wishes] = preferences(
    random,
    REMEDIES.map(([byA]) => byA),
  );
  const terms = (byA: string): Terms => ({ key: byA.slice(2), clause: [byA, texts.get(byA)!] });
  const inSecond = (byA: string) => byA.slice(2).replace(' you ', ' the other ');
  const inThird = (byA: string) => texts.get(byA)!.slice(4).replace(' me ', ' you ');
  return optionCase({
    kind: 'making-up',
    rule: 'promise',
    situation: `The first person ${wrong}, and the second person is hurt. They meet again.`,
    goals: [
      `Say sorry and make peace. You would ${both(offers.map(inSecond)).replaceAll(' and ', ' or ')}, nothing else.`,
      `Make peace, but only if your partner will ${both(wishes.map(inThird)).replaceAll(' and ', ' or ')}.`,
    ],
    relationships: CLOSE,
    ladders: [offers.map(terms), wishes.map(terms)],
    opening: `I am sorry that I ${wrong}`,
    objections: [
      ['I cannot do that', 'That is too hard for me'],
      ['That is not enough', 'That does not make it good'],
    ],
  });
}

function inviting(random: Random): Case {
  const event = EVENTS[random.integer(EVENTS.length)]!;
  const hour = 5 + random.integer(5);
  const [first, second] = preferences(random, DAYS);
  const terms = (day: string): Terms => ({
    key: day,
    clause: [`you come on ${day} at ${hour}`, `I come on ${day} at ${hour}`],
  });
  return optionCase({
    kind: 'inviting',
    rule: 'choice',
    situation: `One person invites another to ${event} at ${hour} in the evening. They look for a day.`,
    goals: [
      `Invite your partner to ${event}. You want ${first[0]}. You also accept ${both(first.slice(1))}. You refuse the rest.`,
      `Accept the invitation. You want ${second[0]}.${second.length > 1 ? ` You also accept ${both(second.slice(1))}.` : ''} You refuse the rest.`,
    ],
    relationships: ['acquaintance', 'friend', 'romantic'],
    ladders: [first.map(terms), second.map(terms)],
    opening: `I would like to see you at ${event}`,
    objections: [
      ['That day does not work here', 'I am away that day'],
      ['I cannot come that day', 'I am busy then'],
    ],
  });
}

const MAKERS: Record<Kind, (random: Random) => Case> = {
  bargaining,
  sharing,
  choosing,
  favour,
  'making-up': makingUp,
  inviting,
};

export function drawCase(random: Random, kind: Kind): Case {
  return MAKERS[kind](random);
}
