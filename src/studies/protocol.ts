// The paper's own protocol in one word (paper §4.1): what `protocol: paper` fixes, and what it leaves to be said.

/** How the paper measures; what a study with `protocol: paper` says of these has to be the same. */
export const PAPER_PROTOCOL = {
  test: 0.2,
  splitSeeds: [0, 1, 2],
  lambda: 0.1,
  groupBy: 'interaction',
} as const;

/** The paper's number of samples; a study may have fewer, and then says so itself. */
const PAPER_SAMPLES = 6500;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a file holds, with what its protocol says where the file itself says nothing. */
export function withProtocol(raw: unknown): unknown {
  if (!isObject(raw) || raw['protocol'] !== 'paper') return raw;
  const { synchrony = {} } = raw;
  if (!isObject(synchrony)) return raw;
  return { ...raw, synchrony: { samples: PAPER_SAMPLES, ...PAPER_PROTOCOL, ...synchrony } };
}
