// The merges of a SentencePiece vocabulary, which lists tokens and scores alone: a token can be made of any two tokens
// that it falls into, and the best token is made first. The order is that of transformers' `generate_merges`, so that
// ties between equal scores fall as they do there.

export type Merge = readonly [string, string];

interface Candidate {
  readonly left: string;
  readonly right: string;
  readonly leftId: number;
  readonly rightId: number;
  /** Characters. */
  readonly leftLength: number;
  readonly rightLength: number;
  readonly score: number;
}

/**
 * @param tokens by their ids
 * @param score of a token by its id: the higher one is merged first
 */
export function mergesOf(tokens: readonly string[], score: (id: number) => number): Merge[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const candidates: Candidate[] = [];
  for (const [token, id] of ids) {
    const found: Candidate[] = [];
    const characters = Array.from(token);
    let cut = 0;
    for (const [i, character] of characters.slice(0, -1).entries()) {
      cut += character.length;
      const left = token.slice(0, cut);
      const leftId = ids.get(left);
      if (leftId === undefined) continue;
      const right = token.slice(cut);
      const rightId = ids.get(right);
      if (rightId === undefined) continue;
      const lengths = { leftLength: i + 1, rightLength: characters.length - i - 1 };
      found.push({ left, right, leftId, rightId, ...lengths, score: score(id) });
    }
    candidates.push(...found.sort((a, b) => a.leftId - b.leftId || a.rightId - b.rightId));
  }
  candidates.sort(
    (a, b) => b.score - a.score || b.leftLength - a.leftLength || b.rightLength - a.rightLength,
  );
  return candidates.map(({ left, right }) => [left, right]);
}
