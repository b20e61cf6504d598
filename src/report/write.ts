// A run's folder → its report. Everything is read from the run's files, so a report can be written again anywhere, at
// any time: of a run that is not complete it shows what there is, and says what is missing.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileProblem } from '../files/file-problem.ts';
import { partialName, sweepPartials, writeFlushed } from '../recordings/atomic-file.ts';
import { buildReport, type EarlierPng } from './report.ts';
import type { ReportFiles } from './section.ts';
import { SECTIONS } from './sections.ts';
import { openSource } from './source.ts';
import { gatherSummary, type RunSummary } from './summary.ts';

/** A report that was written. */
export interface WrittenReport {
  /** Absolute path of its page. */
  readonly page: string;
  /** What the page shows, as far as a terminal tells of it. */
  readonly summary: RunSummary;
  /** Results that are not shown since they cannot be read: paths, with why. */
  readonly damaged: readonly string[];
}

/**
 * Writes `report/` of a run anew. The new report is written beside the old one and takes its place when it is whole, so
 * that the old one stays if this fails.
 *
 * @param run the run's folder: `runs/first-study`
 * @throws BadInput if the folder holds no run, or cannot be written to; CorruptFile naming a damaged file; OtherFormat if
 *   another version made the run
 */
export async function writeReport(run: string): Promise<WrittenReport> {
  const source = await openSource(run);
  const folder = join(run, 'report');
  await replaceFolder(folder, await buildReport(source, SECTIONS, pngsOf(folder)));
  const [summary, damaged] = [await gatherSummary(source), await source.damaged()];
  return { page: resolve(folder, 'index.html'), summary, damaged };
}

/** PNGs of the report that is there: to draw pixels takes longer than all else, and most figures stay what they are. */
function pngsOf(folder: string): EarlierPng {
  return async (stem, svg) => {
    const path = join(folder, 'figures', stem);
    try {
      if ((await readFile(`${path}.svg`, 'utf8')) !== svg) return undefined;
      return new Uint8Array(await readFile(`${path}.png`));
    } catch {
      // Not there, or not to be read: it is drawn.
      return undefined;
    }
  };
}

/**
 * Puts files in the place of a folder, whatever was in it: figures of models that are no longer in the study would stand
 * there unexplained. A folder cannot take another one's name, so the old one steps aside; if this is stopped there, it is
 * put back the next time.
 */
async function replaceFolder(folder: string, files: ReportFiles): Promise<void> {
  const [fresh, aside] = [partialName(folder), `${folder}.old`];
  try {
    await sweepPartials(dirname(folder), false);
    if (existsSync(folder)) await rm(aside, { recursive: true, force: true });
    else await rename(aside, folder).catch(unlessAbsent);
    for (const [path, content] of files) {
      await mkdir(dirname(join(fresh, path)), { recursive: true });
      await writeFlushed(join(fresh, path), content);
    }
    await rename(folder, aside).catch(unlessAbsent);
    await rename(fresh, folder);
    await rm(aside, { recursive: true, force: true });
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true }).catch(() => {});
    await rename(aside, folder).catch(() => {});
    throw fileProblem(folder, 'written', cause, 'the report that was there before is not lost');
  }
}

/** A folder that is not there need not be moved. */
function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
