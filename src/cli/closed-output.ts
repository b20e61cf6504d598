// What becomes of a command when nobody reads what it prints any more: `| head` has seen enough, a log's disk is full.

/** As much of a stream as is needed here. */
interface Stream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  write(text: string): unknown;
}

export interface ClosedOutputOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Whether the command does more than print, and so goes on to its end. */
  readonly goesOn: () => boolean;
  readonly exit: (code: number) => void;
}

/**
 * Ends a command that only prints, quietly where a pipe was closed, when its stdout cannot be written to; lets one that
 * works go on, whose exit code says what came of the work. stderr may be closed at any time.
 */
export function surviveClosedOutput({ stdout, stderr, goesOn, exit }: ClosedOutputOptions): void {
  let told = false;
  stderr.on('error', () => {});
  stdout.on('error', ({ code, message }) => {
    const closed = code === 'EPIPE';
    if (!closed && !told) stderr.write(`stdout cannot be written to: ${message}\n`);
    told = true;
    if (!goesOn()) exit(closed ? 0 : 3);
  });
}
