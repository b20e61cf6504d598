import { expect, it } from 'vitest';
import { sampleSynchrony } from '../../test/sample-synchrony.ts';
import { widthOf } from './display-width.ts';
import { resultTable } from './summary.ts';

const results = [sampleSynchrony(), sampleSynchrony({})];
const linesOf = (columns?: number) => resultTable(results, columns).split('\n');

it('prints a row per direction without rules between them', () => {
  const lines = linesOf();
  // Above and below the head, below the rows.
  expect(lines.filter((line) => /^[┌├└]/.test(line))).toHaveLength(3);
  expect(linesOf(widthOf(lines[0]!))).toEqual(lines);
  expect(linesOf(0)).toEqual(lines);
});

it('is lines where the terminal is narrower than the table, with all that the table says', () => {
  const wide = linesOf();
  const narrow = linesOf(widthOf(wide[0]!) - 1);
  expect(narrow.join()).not.toMatch(/[│─]/);
  const cells = wide.slice(2).flatMap((line) => line.split('│').map((cell) => cell.trim()));
  for (const cell of cells.filter((text) => text !== '' && !/─/.test(text)))
    expect(narrow.join('\n')).toContain(cell);
});
