import { withoutPasswords } from '../http/failures.ts';

/** An argument as a shell takes it: in quotes where it has to be. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a study can be run with besides its file. */
export interface AgainOptions {
  readonly out: string;
  readonly interactions?: number | undefined;
  readonly threads?: number | undefined;
  readonly device?: string | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
  /** Bytes. */
  readonly kvMemory?: number | undefined;
  readonly atOnce?: number | undefined;
  /** The address of a queue. */
  readonly queue?: string | undefined;
  /** Seconds. */
  readonly lostAfter?: number | undefined;
}

/** The command that goes on with a study, as the one that was called: in the same folder, just as long, with as much memory. */
export function againCommand(file: string, options: AgainOptions): string {
  const { out, device = 'cpu', interactions, threads, memory, kvMemory, atOnce, queue, lostAfter } = options;
  const sizes = { interactions, threads, memory, 'kv-memory': kvMemory, 'at-once': atOnce };
  const given = { ...sizes, 'lost-after': lostAfter };
  const numbers = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  return [
    `interbrain run ${quoted(file)}`,
    ...(out === 'runs' ? [] : [`--out ${quoted(out)}`]),
    // A password is nobody's to read in a terminal.
    ...(queue === undefined ? [] : [`--queue ${quoted(withoutPasswords(queue))}`]),
    ...(device === 'cpu' ? [] : [`--device ${device}`]),
    ...numbers,
  ].join(' ');
}
