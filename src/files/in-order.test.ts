import { expect, test } from 'vitest';
import { inOrder } from './in-order.ts';

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

test('hands on in order what is ready in another, so many at once', async () => {
  let [underWay, most] = [0, 0];
  const square = async (value: number) => {
    most = Math.max(most, ++underWay);
    await after(value % 3 === 0 ? 6 : 1);
    underWay--;
    return value ** 2;
  };
  const items = Array.from({ length: 20 }, (_, i) => i);
  expect(await all(inOrder(items, square, 4))).toEqual(items.map((value) => value ** 2));
  expect(most).toBe(4);
  expect(await all(inOrder([], square))).toEqual([]);
  expect(await all(inOrder([3], square))).toEqual([9]);
});

test('throws at the turn of what has failed, and no failure is left behind', async () => {
  const seen: number[] = [];
  const failing = async (value: number) => {
    if (value >= 2) throw new Error(`item ${value}`);
    await after(5);
    return value;
  };
  await expect(async () => {
    for await (const value of inOrder([0, 1, 2, 3, 4], failing, 5)) seen.push(value);
  }).rejects.toThrow('item 2');
  expect(seen).toEqual([0, 1]);
  // Whoever stops early leaves the rest to themselves.
  for await (const value of inOrder([0, 1, 2, 3], failing, 4)) if (value === 0) break;
  await after(10);
});
