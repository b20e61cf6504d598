// Cases of the small world that are a choice among named options, of which each side accepts some.

import { at, entryOf } from '../numerics/lookup.ts';
import { pick, type Random } from '../numerics/random.ts';
import type { GoalRule, Relationship } from './schema.ts';
import { byRank, type Case, type Terms } from './world-terms.ts';
import { both, CHOICES, DAYS, EVENTS, firstFour, list, REMEDIES, TASKS, WRONGS } from './world-words.ts';

const CLOSE: readonly Relationship[] = ['friend', 'romantic', 'family'];
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
  const [x, y, common, z] = firstFour(drawn);
  const agree = random.integer(8) > 0;
  const first = random.integer(3) === 0 ? [x, z, common] : [x, common];
  return [first, agree ? [y, common] : [y]];
}

/** One of a few things to eat, do or see. */
export function choosing(random: Random): Case {
  const topic = pick(random, CHOICES);
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

/** Help on a day, for help in return. */
export function favour(random: Random): Case {
  const tasks = random.shuffle(TASKS);
  const [task, back] = [at(tasks, 0), at(tasks, 1)];
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

/** A remedy for a wrong. */
export function makingUp(random: Random): Case {
  const wrong = pick(random, WRONGS);
  const texts = new Map(REMEDIES.map(([byA, byB]) => [byA, byB]));
  const [offers, wishes] = preferences(
    random,
    REMEDIES.map(([byA]) => byA),
  );
  const terms = (byA: string): Terms => ({ key: byA.slice(2), clause: [byA, entryOf(texts, byA)] });
  const inSecond = (byA: string) => byA.slice(2).replace(' you ', ' the other ');
  const inThird = (byA: string) => entryOf(texts, byA).slice(4).replace(' me ', ' you ');
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

/** A day to meet on. */
export function inviting(random: Random): Case {
  const event = pick(random, EVENTS);
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
