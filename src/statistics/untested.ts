// What could not be tested, and why.

import { BadInput, NotEnoughSamples } from '../errors.ts';

/** Why something was not tested. */
export interface Untested {
  readonly reason: string;
}

/** Whether there is a reason in place of a result. */
export function isUntested(value: object): value is Untested {
  return 'reason' in value;
}

/** What cannot be tested is said with its reason; damaged files and aborts are thrown. */
function untested(error: unknown): Untested {
  if (error instanceof NotEnoughSamples || error instanceof BadInput) return { reason: error.message };
  throw error;
}

/** The result of a test that takes its time, or why it could not be made. */
export async function attempt<T>(test: () => Promise<T>): Promise<T | Untested> {
  try {
    return await test();
  } catch (error) {
    return untested(error);
  }
}
