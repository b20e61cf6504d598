// What could not be made of a study, and why: `failures.json` in the run's folder, which is there only if there is
// something in it. A task that is made after all loses its entry.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Inputs, jsonFile } from '../recordings/result-file.ts';

/** Why a task failed, and of what it would have been made. */
export interface Failure {
  readonly stage: string;
  readonly inputs: Inputs;
  readonly message: string;
}

const FORMAT = 'interbrain-failures-1';

const schema = z.object({
  format: z.literal(FORMAT),
  failures: z.record(
    z.string(),
    z.object({ stage: z.string(), inputs: z.record(z.string(), z.string()), message: z.string() }),
  ),
});

const failuresFile = jsonFile<z.infer<typeof schema>>({ format: FORMAT, schema, advice: 'delete it' });

const pathIn = (run: string) => join(run, 'failures.json');

/** Failures by the path of the result in the run's folder; none if the file is not there or damaged. */
export async function readFailures(run: string): Promise<Map<string, Failure>> {
  const stored = await failuresFile.read(pathIn(run)).catch(() => undefined);
  return new Map(Object.entries(stored?.failures ?? {}));
}

export async function writeFailures(run: string, failures: ReadonlyMap<string, Failure>): Promise<void> {
  if (failures.size === 0) return rm(pathIn(run), { force: true });
  const sorted = [...failures].sort(([a], [b]) => (a < b ? -1 : 1));
  await failuresFile.write(pathIn(run), { format: FORMAT, failures: Object.fromEntries(sorted) });
}
