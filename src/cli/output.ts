// What the command line writes to: a terminal, a pipe or a file, as far as a reader of events has to know it.

import { widthOf } from './display-width.ts';

/** `process.stdout` and `process.stderr` are such; tests make others. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal, which may not know it: 0 then. */
  readonly columns?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is taken of a terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;

/** Whether a line can be written over there: on a terminal that knows escape codes and that somebody looks at. */
export function canRewrite({ isTTY = false }: Output, env: Environment): boolean {
  const watched = env['CI'] === undefined || ['', '0', 'false'].includes(env['CI']);
  return isTTY && env['TERM'] !== 'dumb' && watched;
}

/** The line below all others, which is written over and over. No colours are used, whatever NO_COLOR says. */
export class RewrittenLine {
  readonly #out: Output;
  #text = '';
  #columns = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  /**
   * Writes the line anew.
   *
   * @param compose makes the line for at most so many columns
   */
  draw(compose: (room: number) => string): void {
    const columns = this.#out.columns || USUAL_COLUMNS;
    // One column stays free: in the last one some terminals go on to the next line.
    const text = compose(columns - 1);
    if (text === this.#text && columns === this.#columns) return;
    this.#out.write(`${this.#erasing(columns)}${text}`);
    this.#text = text;
    this.#columns = columns;
  }

  /** Takes the line away, so that something else can be written. */
  clear(): void {
    if (this.#text !== '') this.#out.write(this.#erasing(this.#out.columns || USUAL_COLUMNS));
    this.#text = '';
  }

  /** Leaves the line as it stands; what follows begins below it. */
  leave(): void {
    if (this.#text !== '') this.#out.write('\n');
    this.#text = '';
  }

  /** A terminal that has become narrower has broken the line; its rows are taken away with it. */
  #erasing(columns: number): string {
    const rows = Math.ceil(widthOf(this.#text) / columns);
    return rows > 1 ? `\r\u001b[${rows - 1}A\u001b[J` : '\r\u001b[2K';
  }
}
