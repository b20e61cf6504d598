// The mixed model of episodes: how often the slope within pairs is called significant where there is none, and what it
// finds where there is one.

import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../numerics/random.ts';
import { modelEpisodes, type ScoredEpisode } from './episode-model.ts';

const MODELS = ['a', 'b', 'c'];
const PAIRS = MODELS.flatMap((one, i) => MODELS.slice(i).map((other): [string, string] => [one, other]));

const normal = ({ uniform }: Random) =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** Interactions and pairs of models differ in scores, and synchrony in interactions, pairs and rounds. */
function plant(name: string, slope: number, interactions = 18): ScoredEpisode[] {
  const random = createRandom(name);
  const of = (count: number) => Array.from({ length: count }, () => normal(random));
  const [easy, alike, shared, other] = [
    of(interactions),
    of(PAIRS.length),
    of(interactions),
    of(PAIRS.length),
  ];
  return PAIRS.flatMap((models, p) =>
    Array.from({ length: interactions }, (_, i): ScoredEpisode => {
      const rounds = 3 + Math.floor(6 * random.uniform());
      const own = 0.1 * normal(random) + 0.05 * shared[i]!;
      const noise = 0.8 * normal(random);
      return {
        ...{ models, interaction: `i${i}`, seed: 0, rounds, synchrony: 0.3 + 0.1 * alike[p]! + own },
        score: 5 + 0.7 * easy[i]! + 0.5 * other[p]! + slope * own - 0.1 * rounds + noise,
      };
    }),
  );
}

const modelOf = (episodes: readonly ScoredEpisode[]) =>
  modelEpisodes(episodes, { judge: 'rule', level: 0.95 });
const within = (episodes: readonly ScoredEpisode[]) =>
  modelOf(episodes).fixed.find(({ name }) => name === 'within')!;

describe('the slope within pairs', () => {
  it('is called significant at 5 % in 3 to 7 of 100 studies where it is 0, and its interval holds 0 in the others', () => {
    const STUDIES = 400;
    let [rejected, outside] = [0, 0];
    for (let study = 0; study < STUDIES; study++) {
      const { p, low, high } = within(plant(`null ${study}`, 0));
      rejected += Number(p <= 0.05);
      outside += Number(low > 0 || high < 0);
    }
    expect(outside).toBe(rejected);
    expect(rejected / STUDIES).toBeGreaterThan(0.03);
    expect(rejected / STUDIES).toBeLessThan(0.07);
  }, 120_000);

  it('is found where it is', () => {
    const found = Array.from({ length: 20 }, (_, study) => within(plant(`true ${study}`, 4)));
    const mean = found.reduce((sum, { estimate }) => sum + estimate / found.length, 0);
    expect(Math.abs(mean - 4)).toBeLessThan(0.5);
    expect(found.filter(({ p }) => p < 0.05).length).toBeGreaterThan(15);
  });
});

it('has every effect that the episodes can tell, and says what it leaves out', () => {
  const all = modelOf(plant('all', 1));
  expect(all.fixed.map(({ name }) => name)).toEqual(['intercept', 'within', 'between', 'rounds']);
  expect(all.random.map(({ name, levels }) => [name, levels])).toEqual([
    ['interaction', 18],
    ['pair', 6],
  ]);
  expect(all.notes).toEqual([]);
  const few = plant('few', 1).filter(({ models }) => models[0] === 'a' && models[1] !== 'c');
  const two = modelOf(few.map((one) => ({ ...one, rounds: 4 })));
  expect(two.pairs).toBe(2);
  expect(two.fixed.map(({ name }) => name)).toEqual(['intercept', 'within']);
  expect(two.notes).toEqual([
    '2 pairs of models have fixed levels of their own: no slope between them',
    'all episodes have as many rounds',
  ]);
  const one = modelOf(few.filter(({ models }) => models[1] === 'a'));
  expect(one.random).toEqual([]);
  expect(one.notes).toContain('one episode of every interaction: no intercepts of them');
});

it('takes a pair in both seats as one', () => {
  const all = plant('seats', 1);
  const turned = all.map(
    (one, i): ScoredEpisode => (i % 2 ? { ...one, models: [one.models[1], one.models[0]] } : one),
  );
  expect(modelOf(turned).fixed).toEqual(modelOf(all).fixed);
});

it('refuses too few episodes, and synchrony that does not vary', () => {
  const all = plant('refused', 1);
  expect(() => modelOf(all.slice(0, 5))).toThrow('held-out episodes with a score');
  expect(() => modelOf(all.map((one) => ({ ...one, synchrony: 0.3 })))).toThrow('differ in synchrony');
});
