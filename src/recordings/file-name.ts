// Names of models, interactions and conditions as parts of paths; a browser needs them as well.

/**
 * A name as one part of a path, on every system. Characters that some file system refuses, and `+`, which parts
 * the two models of a pair, are written as in an address: `%2F`.
 */
export function toFileName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('*', '%2A');
  return encoded.startsWith('.') ? `%2E${encoded.slice(1)}` : encoded;
}

/** What `toFileName` was given. A name that was never encoded, and could not be, stays as it is. */
export function fromFileName(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The folder of a model pair, ordered by seat: `llama+mistral` has llama in seat A. */
export function pairName([a, b]: readonly [string, string]): string {
  return `${toFileName(a)}+${toFileName(b)}`;
}
