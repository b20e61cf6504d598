import { expect, it } from 'vitest';
import { cutToWidth, printable, widthOf } from './display-width.ts';

it.each([
  ['', 0],
  ['layers', 6],
  ['漢字', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['❤️', 2],
  ['🫠', 2],
  ['SyncR² · λ', 10],
])('%s takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

it.each([
  ['llama', 5, 'llama'],
  ['llama', 4, 'lla…'],
  ['llama', 1, '…'],
  ['llama', 0, ''],
  ['漢字漢字', 6, '漢字…'],
  // The second half of a wide character is never left over.
  ['漢字漢字', 4, '漢…'],
  ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
])('%s in %i columns is %s', (text, columns, cut) => {
  expect(cutToWidth(text, columns)).toBe(cut);
  expect(widthOf(cut)).toBeLessThanOrEqual(columns);
});

it('lets no name move the cursor', () => {
  expect(printable('a\u001b[2K\r\nb\u2028c')).toBe('a [2K b c');
});
