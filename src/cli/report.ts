import { writeReport } from '../report/write.ts';

export async function report(run: string): Promise<void> {
  const { page } = await writeReport(run);
  process.stdout.write(`Report: ${page}\n`);
}
