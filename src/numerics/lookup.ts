// Elements and entries that must be there. TypeScript cannot know that an index is within its list; where no loop over
// the list itself will do, these say so and fail loudly. Inner loops over numbers do without them.

/**
 * The element at a place.
 *
 * @throws RangeError if the list has none there
 */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`place ${index} of a list of ${list.length}`);
  return element;
}

/**
 * The elements at these places, in their order: NumPy's `take`.
 *
 * @throws RangeError if the list has none at one of them
 */
export function take<T>(list: ArrayLike<T>, indices: Iterable<number>): T[] {
  return Array.from(indices, (index) => at(list, index));
}

/**
 * The first element.
 *
 * @throws RangeError for an empty list
 */
export function first<T>(list: ArrayLike<T>): T {
  return at(list, 0);
}

/**
 * What a map holds under a key.
 *
 * @throws RangeError if it holds nothing there
 */
export function entryOf<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`no entry ${String(key)} among ${map.size}`);
  return value;
}
