// Cases of the small world in which something changes hands: a price, or a share of things.

import { pick, type Random } from '../numerics/random.ts';
import type { GoalRule } from './schema.ts';
import { byRank, type Case, type Terms } from './world-terms.ts';
import { both, CONDITIONS, firstFour, GOODS, list, PLACES, THINGS, withArticle } from './world-words.ts';

/** A buyer and a seller, each with a price as far as it goes. */
export function bargaining(random: Random): Case {
  const item = pick(random, GOODS);
  const condition = pick(random, CONDITIONS);
  const place = pick(random, PLACES);
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
  const seller = buyer === 0 ? 1 : 0;
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

/** Four things, two for each; everybody needs one and likes another. */
export function sharing(random: Random): Case {
  const items = random.shuffle(THINGS).slice(0, 4);
  const [first, second, third, fourth] = firstFour(items);
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
