import { describe, expect, it } from 'vitest';
import { decimals, wrapParts, wrapWords } from './number-text.ts';

describe('words of figures', () => {
  it('writes numbers with a real minus and no negative zero', () => {
    expect(decimals(-0.1234)).toBe('−0.123');
    expect(decimals(-0.0001)).toBe('0.000');
    expect(decimals(-98107)).toBe('−9.8e+4');
    expect(decimals(Number.NaN)).toBe('NaN');
  });

  it('breaks lines between parts first, then between words', () => {
    const measure = (text: string): number => text.length;
    expect(wrapParts(['aa', 'bb', 'cccc dd'], 7, measure)).toEqual(['aa · bb', 'cccc dd']);
    expect(wrapParts(['aaaa bbbb', 'c'], 6, measure)).toEqual(['aaaa', 'bbbb', 'c']);
    expect(wrapWords('longerthanthat x', 5, measure)).toEqual(['longerthanthat', 'x']);
  });
});
