// The things, places, deeds and days that the small world's cases are about, and how words are joined.

import { at } from '../numerics/lookup.ts';

export const GOODS = [
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
export const CONDITIONS = ['old', 'blue', 'small', 'red', 'heavy', 'green', 'wooden', 'nearly new'];
export const PLACES = ['a flea market', 'a garage sale', 'a small shop', 'the harbour'];
export const THINGS = [
  'lamp',
  'clock',
  'teapot',
  'mirror',
  'blanket',
  'vase',
  'drum',
  'globe',
  'basket',
  'ladder',
];
export const CHOICES: readonly { readonly what: string; readonly options: readonly string[] }[] = [
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
export const TASKS: readonly [asked: string, base: string][] = [
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
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
export const WRONGS = [
  'broke the window',
  'lost the umbrella',
  'forgot the birthday',
  'told the story to everyone',
  'came two hours late',
  'spilled ink on the book',
];
export const REMEDIES: readonly [byA: string, byB: string][] = [
  ['I cook dinner', 'you cook dinner'],
  ['I buy a new one', 'you buy a new one'],
  ['I write a letter', 'you write a letter'],
  ['I help you for a day', 'you help me for a day'],
  ['I bring flowers', 'you bring flowers'],
  ['I clean the house', 'you clean the house'],
];
export const EVENTS = ['dinner', 'a birthday party', 'a concert', 'a chess evening', 'a picnic', 'a dance'];

/** Words with commas between them. */
export const list = (words: readonly string[]) => words.join(', ');
/** A noun phrase with `a` or `an` before it. */
export const withArticle = (word: string) => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
/** Words with `and` between them. */
export const both = (words: readonly string[]) => words.join(' and ');

/** The first four of four words or more. */
export function firstFour(words: readonly string[]): [string, string, string, string] {
  return [at(words, 0), at(words, 1), at(words, 2), at(words, 3)];
}
