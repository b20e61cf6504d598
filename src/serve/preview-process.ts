// The process of one first look: `node preview-process.js RUN` prints the preview as JSON, or why there is none, and ends.
// It is a process of its own so that the system can put it behind everything else.

import { InterbrainError } from '../errors.ts';
import { openRun } from '../studies/open.ts';
import { previewSynchrony } from '../studies/preview.ts';

const [, , run = ''] = process.argv;
try {
  process.stdout.write(JSON.stringify(await previewSynchrony(await openRun(run))));
} catch (error) {
  if (!(error instanceof InterbrainError)) throw error;
  process.stdout.write(JSON.stringify({ seed: 0, maps: [], missing: [error.message] }));
}
