import { expect, test } from 'vitest';
import { parseBytes } from './bytes.ts';

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
