import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeLabels } from './label-places.ts';

const PLOT = { width: 560, height: 400, radius: 5 };

const points = fc.array(
  fc.record({
    x: fc.integer({ min: 0, max: 560 }),
    y: fc.integer({ min: 0, max: 400 }),
    width: fc.integer({ min: 10, max: 120 }),
    height: fc.constant(12),
  }),
  { maxLength: 40 },
);

it('covers no point, no other label and no edge, whatever the points', () => {
  fc.assert(
    fc.property(points, (all) => {
      const boxes = placeLabels(all, PLOT).flatMap((place, i) => {
        if (place === null) return [];
        const { width, height } = all[i]!;
        const box = { left: place.x - width / 2, top: place.y - height / 2, width, height };
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.left + width).toBeLessThanOrEqual(560);
        expect(box.top + height).toBeLessThanOrEqual(400);
        for (const { x, y } of all) {
          const [dx, dy] = [Math.abs(x - place.x), Math.abs(y - place.y)];
          expect(dx >= width / 2 + 5 || dy >= height / 2 + 5).toBe(true);
        }
        return [box];
      });
      for (const [i, a] of boxes.entries())
        for (const b of boxes.slice(i + 1))
          expect(
            a.left + a.width <= b.left ||
              b.left + b.width <= a.left ||
              a.top + 12 <= b.top ||
              b.top + 12 <= a.top,
          ).toBe(true);
    }),
  );
});

it('labels 21 points in the middle of the plot, all of them', () => {
  const crowd = Array.from({ length: 21 }, (_, i) => ({
    x: 200 + 37 * (i % 5),
    y: 150 + 23 * Math.floor(i / 5),
    width: 95,
    height: 12,
  }));
  expect(placeLabels(crowd, PLOT)).not.toContain(null);
});

it('draws no line into a label: it ends at the edge that is nearer', () => {
  const close = Array.from({ length: 9 }, (_, i) => ({ x: 250 + 4 * i, y: 200, width: 90, height: 12 }));
  const places = placeLabels(close, PLOT);
  const far = places.flatMap((place, i) =>
    place?.edge ? [{ ...place, edge: place.edge, from: close[i]! }] : [],
  );
  expect(far.length).toBeGreaterThan(0);
  for (const { x, y, edge, from } of far) {
    expect(Math.max(Math.abs(edge.x - x) / 45, Math.abs(edge.y - y) / 6)).toBeCloseTo(1, 9);
    expect(Math.hypot(edge.x - from.x, edge.y - from.y)).toBeLessThan(Math.hypot(x - from.x, y - from.y));
  }
});

it('puts a lonely label beside its point, and none for a point outside', () => {
  const lonely = { x: 100, y: 100, width: 60, height: 12 };
  expect(placeLabels([lonely, { ...lonely, x: -20 }], PLOT)).toEqual([{ x: 137, y: 100, edge: null }, null]);
});
