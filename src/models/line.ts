// What counts as one line of a reply. Every implementation of LanguageModel cuts its replies here.

/** The first line that is not blank, trimmed; and whether a line break has ended it. */
export function firstLine(text: string): { readonly line: string; readonly ended: boolean } {
  const match = /^\s*([^\n\r]*)([\n\r])?/u.exec(text);
  return { line: match?.[1]?.trim() ?? '', ended: match?.[2] !== undefined };
}

/** The text before the earliest of the stop strings, or undefined if none of them is there. */
export function beforeStop(text: string, stop: readonly string[]): string | undefined {
  const places = stop.map((end) => text.indexOf(end)).filter((place) => place >= 0);
  return places.length === 0 ? undefined : text.slice(0, Math.min(...places));
}

/** How many leading items two lists share. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}
