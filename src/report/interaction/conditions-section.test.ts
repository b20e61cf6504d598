import { expect, it } from 'vitest';
import { namedConditions } from '../../../test/named-conditions.ts';
import { conditionsOfPair } from '../../../test/sample-conditions.ts';
import { conditions } from './conditions-section.ts';

const figuresOf = (...names: readonly string[]) => {
  const { data, shared } = conditionsOfPair(namedConditions(...names));
  return new Map(conditions.figures?.(data, shared));
};

const sectionOf = (...names: readonly string[]) => {
  const { data, shared } = conditionsOfPair(namedConditions(...names));
  return conditions.body(data, shared, new Map());
};

const ALL = ['interactive', 'passive', 'passive-same-format', 'lag-2', 'pseudo-dyad', 'shuffled'];

it('says of each condition what is paired, in the study’s order', () => {
  const section = String(sectionOf(...ALL));
  const said = [...section.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, text]) => [name, text]);
  expect(said).toEqual([
    ['interactive', 'the state of who is about to speak, and that of the partner’s next turn'],
    [
      'passive',
      'the state of a reader in the speaker’s place who takes no part, and the partner’s next turn',
    ],
    ['passive-same-format', 'the same, with the reader’s prompt in the form of the speaker’s'],
    ['lag-2', 'the speaker’s state, and the partner’s turn that many rounds later'],
    [
      'pseudo-dyad',
      'the speaker’s state, and the turn of a stranger who plays the same scenario with somebody else',
    ],
    ['shuffled', 'the speaker’s state, and the partner’s turn in another round of the same episode'],
  ]);
});

it('lags have a figure of their own, which begins with the interactive condition at 0', () => {
  const figures = figuresOf('lag-10', ...ALL);
  const dots = JSON.stringify(figures.get('conditions+pairs'));
  for (const name of ALL) expect(dots.includes(`"${name}"`), name).toBe(name !== 'lag-2');
  const lags = JSON.stringify(figures.get('conditions+lag'));
  // Every mark of the figure has the same points.
  const drawn = [...new Set(lags.match(/"x":\d+,"value":-?[\d.]+/g))];
  const points = drawn.map((point) =>
    [...point.matchAll(/:(-?[\d.]+)/g)].map(([, number]) => Number(number)),
  );
  expect(points).toEqual([
    [0, expect.closeTo(0.4375, 9)],
    [2, expect.closeTo(0.3375, 9)],
    [10, expect.closeTo(-0.0625, 9)],
  ]);
});

it('a table has the same numbers, with the rows that all lags have', () => {
  const text = String(sectionOf('interactive', 'lag-1')).replace(/\s+/g, ' ');
  // The mean of four directions; their jackknives are centred 0.002 above.
  expect(text).toContain('<td class="number">0.438 [');
  expect(text).toContain('<td class="number">0.387 [');
  expect(text).toContain('n = 850–900 (680–720 train + 170–180 test) at every lag');
  expect(text).toContain('95 % interval, t with 16 degrees of freedom');
});

it('there is no figure of lags without one, and no section of one condition', () => {
  expect(figuresOf('interactive', 'shuffled').has('conditions+lag')).toBe(false);
  expect(figuresOf('interactive').size).toBe(0);
  expect(sectionOf('interactive')).toBeNull();
});
