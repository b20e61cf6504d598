import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beforeStop, commonPrefix, firstLine } from './line.ts';

describe('firstLine', () => {
  it.each([
    ['', '', false],
    ['\n \n', '', false],
    ['Hello', 'Hello', false],
    ['  Hello  \n', 'Hello', true],
    ['\n\r\n Hello\r\nworld', 'Hello', true],
    ['a\rb', 'a', true],
  ])('%j', (text, line, ended) => {
    expect(firstLine(text)).toEqual({ line, ended });
  });

  it('never holds a line break, nor blanks at its ends', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\t', 'é') });
    fc.assert(
      fc.property(text, (value) => {
        const { line } = firstLine(value);
        expect(line).toBe(line.trim());
        expect(line).not.toMatch(/[\n\r]/);
        expect(line === '').toBe(value.trim() === '');
      }),
    );
  });
});

describe('beforeStop', () => {
  it.each([
    ['Yes. END more', ['END', '.'], 'Yes'],
    ['Yes', ['END'], undefined],
    ['END', ['END'], ''],
    ['aXbX', ['X'], 'a'],
    ['anything', [], undefined],
  ])('%j with %j', (text, stop, before) => {
    expect(beforeStop(text, stop)).toBe(before);
  });
});

describe('commonPrefix', () => {
  it('is the longest beginning that both share', () => {
    const tokens = fc.array(fc.nat(3));
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        const length = commonPrefix(a, b);
        expect(a.slice(0, length)).toEqual(b.slice(0, length));
        if (length < Math.min(a.length, b.length)) expect(a[length]).not.toBe(b[length]);
        expect(commonPrefix([...a, ...b], a)).toBe(a.length);
      }),
    );
  });
});
