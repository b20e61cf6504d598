// What is said of an error that nobody expected.

import { InterbrainError } from '../errors.ts';
import type { Output } from './output.ts';

/** Asks to report those of the errors that are bugs; the others have said what they had to say. */
export function tellBugs(errors: readonly unknown[], err: Pick<Output, 'write'>): void {
  const bugs = errors.filter((error) => !(error instanceof InterbrainError));
  if (bugs.length > 0) err.write('This is a bug in interbrain; please report it with what follows.\n');
  for (const bug of bugs) err.write(`${(bug instanceof Error && bug.stack) || String(bug)}\n`);
}
