import { expect, it } from 'vitest';
import { isLeave, withoutMarker } from './leave.ts';

it.each([
  ['Goodbye. LEAVE', true],
  ['leave', true],
  ['(LEAVE)', true],
  ['Leave! I mean it', true],
  ['I will *leave*.', true],
  ['I just left', false],
  ['Please leave me alone', false],
  ['LEAVES fall', false],
  ['', false],
  ['...', false],
])('%j ends the conversation: %s', (text, ends) => {
  expect(isLeave(text, { marker: 'LEAVE' })).toBe(ends);
});

it('knows other markers, with or without what stands around them', () => {
  expect(isLeave('Goodbye! [END]', { marker: '[END]' })).toBe(true);
  expect(isLeave('END', { marker: '[END]' })).toBe(true);
  expect(isLeave('The end is near.', { marker: '[END]' })).toBe(false);
});

it.each([
  ['Goodbye. LEAVE', 'Goodbye.'],
  ['LEAVE', ''],
  ['LEAVE. I must go. (leave)', 'I must go.'],
  ['Hello there.', 'Hello there.'],
])('%j without the marker is %j', (text, rest) => {
  expect(withoutMarker(text, { marker: 'LEAVE' })).toBe(rest);
});
