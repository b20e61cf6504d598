// What the text baselines show of recordings whose truth is known and whose utterances say what both have read.

import { expect, test } from 'vitest';
import { measureTextBaseline } from '../src/controls/text-baseline.ts';
import { textFeatures } from '../src/controls/text-features.ts';
import type { Direction } from '../src/pairs/align.ts';
import type { PlantedOptions } from '../src/recordings/planted.ts';
import { measureSynchrony } from '../src/synchrony/measure.ts';
import { plantedConditions } from './planted-conditions.ts';

const SIZE = { scenarios: 40, interactionsPerScenario: 4, rounds: 6, layers: 2, words: true } as const;

async function measure(options: PlantedOptions, direction: Direction) {
  const { interactive, target, splits, rows, episodes, samples } = plantedConditions(
    { ...SIZE, ...options },
    { direction, groupBy: 'interaction' },
  );
  const labels = {
    condition: 'interactive',
    direction,
    sourceModel: 'a',
    targetModel: 'b',
    groupBy: 'interaction',
  } as const;
  const features = (text: 'shared' | 'heard') => textFeatures(episodes, samples, { text, dimensions: 256 });
  const settings = { splits, groups: rows.interactions, lambda: 0.1, intervals: false } as const;
  const { shared, heard, left } = await measureTextBaseline(
    interactive,
    target,
    { shared: features('shared'), heard: features('heard') },
    { labels, ...settings },
  );
  const states = await measureSynchrony(interactive, target, { ...labels, ...settings });
  return {
    states: states.syncR2.value,
    shared: shared.syncR2.value,
    heard: heard.syncR2.value,
    left: left.syncR2.value,
  };
}

test.each([
  'A->B',
  'B->A',
] as const)('shared text alone is caught: next to nothing is left (%s)', async (direction) => {
  const { states, shared, heard, left } = await measure({ text: { dialogue: 1 } }, direction);
  expect(states).toBeGreaterThan(0.3);
  expect(shared).toBeGreaterThan(0.9 * states);
  expect(heard).toBeGreaterThan(shared);
  expect(left).toBeLessThan(0.03);
});

test('text that a scenario’s dialogues share is caught as well, as far as a dialogue has begun', async () => {
  const later = await measure({ text: { scenario: 1 } }, 'B->A');
  expect(later.states).toBeGreaterThan(0.3);
  expect(later.left).toBeLessThan(0.02);
  // In A's first round nothing has been said, and of the scenario the features know the name alone.
  const first = await measure({ text: { scenario: 1 } }, 'A->B');
  expect(first.left).toBeLessThan(first.states / 3);
});

test.each([
  'A->B',
  'B->A',
] as const)('interaction survives, beside text or without any (%s)', async (direction) => {
  const alone = await measure({ strength: 1 }, direction);
  expect(alone.states).toBeGreaterThan(0.3);
  expect(alone.shared).toBeLessThan(0.05);
  expect(alone.left).toBeGreaterThan(0.9 * alone.states);
  const beside = await measure({ strength: 1, text: { dialogue: 1 } }, direction);
  const without = await measure({ text: { dialogue: 1 } }, direction);
  expect(beside.left).toBeGreaterThan(0.3);
  expect(beside.left - without.left).toBeGreaterThan(0.3);
});

test('what is left rises with the planted strength', async () => {
  const found = [];
  for (const strength of [0, 0.5, 1])
    found.push((await measure({ strength, text: { dialogue: 1 } }, 'A->B')).left);
  expect(found[1]!).toBeGreaterThan(found[0]! + 0.1);
  expect(found[2]!).toBeGreaterThan(found[1]! + 0.1);
});

test('nothing planted: nothing is found', async () => {
  const { states, shared, left } = await measure({}, 'B->A');
  for (const value of [states, shared, left]) expect(value).toBeLessThan(0.02);
});
