import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeCsv } from './csv.ts';

it('quotes only what needs it', () => {
  const rows = [
    ['plain', 'a,b', 'say "hi"'],
    ['two\nlines', 'c\rd', ' padded '],
    ['λ = 0.1', '', "it's"],
  ];
  expect(encodeCsv(['x', 'y', 'z,w'], rows)).toBe(
    'x,y,"z,w"\r\nplain,"a,b","say ""hi"""\r\n"two\nlines","c\rd"," padded "\r\nλ = 0.1,,it\'s\r\n',
  );
});

it('writes numbers in full and leaves out what is not known', () => {
  const rows = [[0.1 + 0.2, -1e-12, Number.NaN, null, true]];
  expect(encodeCsv(['a', 'b', 'c', 'd', 'e'], rows)).toBe(
    'a,b,c,d,e\r\n0.30000000000000004,-1e-12,,,true\r\n',
  );
});

it('refuses a row that does not fit its header', () => {
  expect(() => encodeCsv(['a', 'b'], [[1, 2], [3]])).toThrow('row 2 has 1 values under 2 headings');
});

/** A reader by the book (RFC 4180), to read back what was written. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (const [, quoted, plain, end] of text.matchAll(token)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

it('is read back as it was written, whatever the text', () => {
  const cell = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 })), (rows) => {
      expect(readCsv(encodeCsv(['a', 'b', 'c'], rows))).toEqual([['a', 'b', 'c'], ...rows]);
    }),
  );
});
