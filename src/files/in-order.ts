// Many small things that are waited for, such as files that are read: several at once, and handed on in their order.

/**
 * What is made of each item, in the order of the items.
 *
 * @param atOnce how many are under way or ready at most
 * @throws what making one has thrown, when its turn comes; those behind it are made in vain
 */
export async function* inOrder<Item, Made>(
  items: Iterable<Item>,
  make: (item: Item) => Promise<Made>,
  atOnce = 16,
): AsyncGenerator<Made, void> {
  const waiting: Promise<Made>[] = [];
  for (const item of items) {
    const made = make(item);
    // Its turn may never come.
    made.catch(() => {});
    waiting.push(made);
    const [next] = waiting;
    if (waiting.length < atOnce || next === undefined) continue;
    waiting.shift();
    yield await next;
  }
  for (const made of waiting) yield await made;
}
