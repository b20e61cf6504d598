// `interbrain report`: the page of a run, written again.

import { writeReport } from '../report/write.ts';

export async function report(run: string): Promise<void> {
  const { page, damaged } = await writeReport(run);
  for (const message of damaged) process.stderr.write(`Warning: not shown: ${message}\n`);
  process.stdout.write(`Report: ${page}\n`);
}
