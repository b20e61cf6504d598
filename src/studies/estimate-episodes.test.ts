import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectedEpisode, type HeardTurn, workRate } from './estimate-episodes.ts';

const turn = (place: number, last: boolean, more: Partial<HeardTurn> = {}): HeardTurn => ({
  place,
  start: 0,
  end: 1000,
  work: 1,
  read: 10,
  spoken: 5,
  last,
  ...more,
});

/** An episode of some turns, the first two of which read more; cut off, or ended by its last turn. */
function episode(turns: number, ended: boolean): HeardTurn[] {
  return Array.from({ length: turns }, (_, place) =>
    turn(place, ended && place === turns - 1, { work: place < 2 ? 3 : 1 }),
  );
}

it('is the plain mean where every episode was heard to its end', () => {
  const lengths = [2, 3, 3, 6];
  const expected = expectedEpisode(
    lengths.flatMap((length) => episode(length, true)),
    16,
  );
  expect(expected.turns).toBeCloseTo(3.5, 10);
  // 3 for each of the first two turns, 1 for every later one.
  expect(expected.work).toBeCloseTo((6 + 7 + 7 + 10) / 4, 10);
  expect(expected.samples['A->B']).toBeCloseTo((1 + 1 + 1 + 3) / 4, 10);
  expect(expected.samples['B->A']).toBeCloseTo((0 + 1 + 1 + 2) / 4, 10);
  expect(expected.assumedFrom).toBeUndefined();
});

it('does not take the cut-off ones for short', () => {
  // Half of the episodes end with turn 2, the others with turn 4; of these many were cut off before.
  const heard = [episode(2, true), episode(4, true), episode(3, false), episode(2, true)].flat();
  // At turn 2 two of four end; at turn 4 the only one that was heard does.
  expect(expectedEpisode(heard, 16).turns).toBeCloseTo(2 + 0.5 * 2, 10);
});

it('assumes all rounds where no episode was heard to its end, and says from where on', () => {
  const expected = expectedEpisode([episode(3, false), episode(4, false)].flat(), 10);
  expect(expected.turns).toBe(10);
  expect(expected.assumedFrom).toBe(4);
  expect(expected.work).toBeCloseTo(3 + 3 + 8, 10);
  expect(expected.samples).toEqual({ 'A->B': 5, 'B->A': 4 });
});

it('gives the mean for any lengths of whole episodes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1 }), (lengths) => {
      const heard = lengths.flatMap((length) => episode(length, length < 16));
      const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
      expect(expectedEpisode(heard, 16).turns).toBeCloseTo(mean, 8);
    }),
  );
});

it('counts of a turn the part that lies in the sample', () => {
  const turns = [
    turn(0, false, { start: 0, end: 1000, work: 4 }),
    turn(1, false, { start: 1000, end: 3000, work: 6 }),
    turn(0, false, { start: 2500, end: 3500, work: 100 }),
  ];
  // The second turn lies in it by half, the third not at all.
  expect(workRate({ turns, start: 0, end: 2000 })).toBeCloseTo((4 + 3) / 2, 10);
});
