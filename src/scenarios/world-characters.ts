// The people of the embedded small world. Everything is drawn from lists, with a seed.

import { at } from '../numerics/lookup.ts';
import { pick, type Random } from '../numerics/random.ts';
import type { Character } from './schema.ts';

const FIRST_NAMES: readonly [name: string, gender: 'Woman' | 'Man' | 'Nonbinary'][] = [
  ['Nora', 'Woman'],
  ['Omar', 'Man'],
  ['Ida', 'Woman'],
  ['Felix', 'Man'],
  ['Rosa', 'Woman'],
  ['Hugo', 'Man'],
  ['Mina', 'Woman'],
  ['Tom', 'Man'],
  ['Vera', 'Woman'],
  ['Ravi', 'Man'],
  ['Lena', 'Woman'],
  ['Boris', 'Man'],
  ['Amal', 'Woman'],
  ['Jonas', 'Man'],
  ['Keiko', 'Woman'],
  ['Diego', 'Man'],
  ['Sam', 'Nonbinary'],
  ['Robin', 'Nonbinary'],
  ['Petra', 'Woman'],
  ['Anton', 'Man'],
  ['Zoe', 'Woman'],
  ['Malik', 'Man'],
  ['Greta', 'Woman'],
  ['Luis', 'Man'],
];

const LAST_NAMES = [
  'Field',
  'Reed',
  'Stone',
  'Brook',
  'Hill',
  'Marsh',
  'Wood',
  'Lake',
  'Moss',
  'Heath',
  'Ford',
  'Vale',
  'Dale',
  'Birch',
  'Thorn',
  'Frost',
];

const PRONOUNS = { Woman: 'she/her', Man: 'he/him', Nonbinary: 'they/them' } as const;

/** A trade, and what its owner says when asked how work is. */
export const TRADES: readonly { readonly occupation: string; readonly news: string }[] = [
  { occupation: 'baker', news: 'I am up before the sun, and all the bread is sold by noon' },
  { occupation: 'teacher', news: 'my pupils ask good questions this week' },
  { occupation: 'gardener', news: 'the roses are late, but the beans grow well' },
  { occupation: 'nurse', news: 'the nights are long, but my patients are kind' },
  { occupation: 'carpenter', news: 'I am building a table, and it takes all my time' },
  { occupation: 'bus driver', news: 'the roads are full, and the bus is too' },
  { occupation: 'librarian', news: 'people read more in the rain, so we are busy' },
  { occupation: 'tailor', news: 'everyone wants a coat before winter' },
  { occupation: 'cook', news: 'the kitchen is hot, and the guests are hungry' },
  { occupation: 'painter', news: 'I paint the harbour again, and I sold one picture' },
  { occupation: 'farmer', news: 'the hens lay well, and we need rain' },
  { occupation: 'postman', news: 'many parcels this month, and my legs feel it' },
];

/** What colours a person's way of speaking; `dialogue` styles are keyed by `manner`. */
export const MANNERS = ['warm', 'blunt', 'careful', 'cheerful'] as const;
export type Manner = (typeof MANNERS)[number];

const MANNER_TEXT: Record<Manner, string> = {
  warm: 'Warm and patient; cares for people.',
  blunt: 'Blunt and quick; says what it is.',
  careful: 'Careful and slow; thinks before speaking.',
  cheerful: 'Cheerful and loud; loves a joke.',
};

const HOBBIES = [
  'Keeps bees',
  'Sings in the choir',
  'Swims in the lake',
  'Collects old maps',
  'Plays chess',
  'Bakes pies',
  'Grows tomatoes',
  'Walks in the hills',
  'Repairs radios',
  'Reads crime stories',
];

const SECRETS = [
  'wants to leave town',
  'lost money at cards',
  'writes poems at night',
  'is afraid of dogs',
  'never finished school',
  'has a twin nobody knows',
  'is learning to dance',
  'found a gold ring and kept it',
];

export function mannerOf(who: Character): Manner {
  const manner = MANNERS.find((candidate) => who.personality === MANNER_TEXT[candidate]);
  if (!manner) throw new TypeError(`${who.id} is not a character of the small world`);
  return manner;
}

/** Draws one person. `index` picks the first name, so that a cast need not repeat names. */
export function drawCharacter(random: Random, id: string, index: number): Character {
  const [firstName, gender] = at(FIRST_NAMES, index % FIRST_NAMES.length);
  const trade = pick(random, TRADES);
  return {
    id,
    firstName,
    lastName: pick(random, LAST_NAMES),
    age: 20 + random.integer(50),
    gender,
    pronouns: PRONOUNS[gender],
    occupation: trade.occupation,
    publicInfo: `${pick(random, HOBBIES)}.`,
    personality: MANNER_TEXT[pick(random, MANNERS)],
    secret: `${firstName} ${pick(random, SECRETS)}.`,
  };
}

/** People with different first names. */
export function drawCast(random: Random, count: number): Character[] {
  const names = random.shuffle(FIRST_NAMES.map((_, index) => index)).slice(0, count);
  return names.map((name, index) => drawCharacter(random, `person-${index + 1}`, name));
}
