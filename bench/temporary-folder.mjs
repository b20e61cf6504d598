// A folder for gigabytes of states, which must not stay behind, also when the run is stopped by hand.

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder below `parent`, hands it to `use`, and deletes it with all that is in it. */
export async function withTemporaryFolder(parent, use) {
  const folder = await mkdtemp(join(parent ?? tmpdir(), 'interbrain-bench-'));
  const stop = () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await use(folder);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await rm(folder, { recursive: true, force: true });
  }
}
