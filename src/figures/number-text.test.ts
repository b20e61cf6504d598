import { describe, expect, it } from 'vitest';
import { decimals, errorText, pText, stretchedNote, withError, wrapParts, wrapWords } from './number-text.ts';

describe('words of figures', () => {
  it('writes numbers with a real minus and no negative zero', () => {
    expect(decimals(-0.1234)).toBe('−0.123');
    expect(decimals(-0.0001)).toBe('0.000');
    expect(decimals(-98107)).toBe('−9.8e+4');
    expect(decimals(Number.NaN)).toBe('NaN');
  });

  it('never writes an error of 0.000', () => {
    expect([errorText(0), errorText(0.0004), errorText(0.0005)]).toEqual(['–', '< 0.001', '0.001']);
    expect(withError({ value: 0, standardError: 0 }, 3)).toBe('0.000 ± –');
    expect(withError({ value: 0.0002, standardError: 0.0001 }, 3)).toBe('0.000 ± < 0.001');
    expect(withError({ value: 0.2, standardError: 0 }, 1)).toBe('0.200');
  });

  it('never writes a p of 0', () => {
    expect([pText(0.0123), pText(0.0005), pText(0.00004)]).toEqual(['p = 0.012', 'p = 0.001', 'p = 4.0e−5']);
  });

  it('breaks lines between parts first, then between words', () => {
    const measure = (text: string): number => text.length;
    expect(wrapParts(['aa', 'bb', 'cccc dd'], 7, measure)).toEqual(['aa · bb', 'cccc dd']);
    expect(wrapParts(['aaaa bbbb', 'c'], 6, measure)).toEqual(['aaaa', 'bbbb', 'c']);
    expect(wrapWords('longerthanthat x', 5, measure)).toEqual(['longerthanthat', 'x']);
  });
});

it('says why an interval ends at its number, where one does', () => {
  const interval = (low: number, high: number) =>
    ({
      estimate: 0.3,
      low,
      high,
      level: 0.95,
      kind: 'jackknife-t',
      standardError: 0.1,
      degreesOfFreedom: 5,
      groups: 6,
    }) as const;
  const note = (value: number, low: number, high: number) =>
    stretchedNote([
      { value: 0.3, interval: interval(0.2, 0.4) },
      { value: 0.3, interval: null },
      { value, interval: interval(low, high) },
    ]);
  expect(note(0.3, 0.3, 0.5)).toMatch(/stretched to hold the number/);
  expect(note(0.3, 0.1, 0.3)).toMatch(/stretched to hold the number/);
  expect(note(0.3, 0.29, 0.5)).toBe('');
  expect(note(0, 0, 0.1)).toBe('');
});
