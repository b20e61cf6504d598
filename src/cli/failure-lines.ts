// The last lines of a run that did not come to its whole end.

import type { RunEnds } from '../studies/events.ts';

/**
 * Which stages failed or were left out, why, and how to go on; nothing if none did.
 *
 * @param again the command that goes on
 */
export function failureLines({ failed }: Pick<RunEnds, 'failed'>, again: string): string[] {
  if (failed.length === 0) return [];
  return [
    failed.length === 1 ? 'One stage is not done:' : `${failed.length} stages are not done:`,
    ...failed.map(({ stage, message }) => `  ${stage}: ${message}`),
    `What else the study asks for is there. When that is mended, go on with: ${again}`,
  ];
}
