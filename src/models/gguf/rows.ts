// llama.cpp turns pairs of neighbouring dimensions, transformers pairs a half apart, and for some architectures its
// converter has reordered the rows of q and k to suit.

/**
 * The rows of whole heads in the order of transformers: of each head first the even ones, then the odd ones.
 *
 * @param bytes whole heads, row by row
 * @param head rows of a head
 * @param row bytes of a row
 */
export function separateHalves(
  bytes: Uint8Array<ArrayBuffer>,
  head: number,
  row: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  for (let to = 0; to * row < bytes.length; to++) {
    const within = to % head;
    const from = to - within + (within < head / 2 ? 2 * within : 2 * within - head + 1);
    out.set(bytes.subarray(from * row, (from + 1) * row), to * row);
  }
  return out;
}
