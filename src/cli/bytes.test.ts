import { expect, test } from 'vitest';
import { formatBytes, parseBytes } from './bytes.ts';

test.each([
  ['3GB', 3e9],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['800mb', 8e8],
  ['2000000', 2e6],
])('%s', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', '3 parsecs', '-1GB', '0', 'GB', '1e9', '3GB or so'])('"%s" is no size', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});

test('writes sizes as people say them', () => {
  expect([0, 999, 1000, 81_920, 2_661_440, 14_483_498_224].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1 KB',
    '81.9 KB',
    '2.66 MB',
    '14.5 GB',
  ]);
});
