/** Milliseconds that connections have to come to an end. */
const ENDING = 3000;

/** A connection that tries to reach a Redis which is away would keep the program from ending. */
export function leaveQueue(): void {
  setTimeout(() => process.exit(), ENDING).unref();
}
