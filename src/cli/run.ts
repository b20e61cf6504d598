// `interbrain run`: the whole way of a study, from wherever an earlier run stopped.

import { type WrittenReport, writeReport } from '../report/write.ts';
import { openStudy } from '../studies/open.ts';
import { type RunStudyOptions, runStudy, type StudyOutcome } from '../studies/run-study.ts';
import { againCommand } from './again.ts';
import { announcement } from './announcement.ts';
import { tellBugs } from './bug.ts';
import { failureLines } from './failure-lines.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { createJsonReader } from './json-reader.ts';
import { judgeLines, judgeSummary } from './judge-lines.ts';
import { summaryLines } from './summary.ts';
import { createTerminalReader } from './terminal-line.ts';

type Resources = Pick<RunStudyOptions, 'threads' | 'device' | 'memory' | 'kvMemory' | 'atOnce'>;

interface RunOptions extends Resources {
  readonly out: string;
  /** In place of the study's own number. */
  readonly interactions?: number;
  readonly json?: boolean;
}

/** What is printed of results, for people. */
function resultLines({ summary, page }: WrittenReport): string[] {
  const judged = judgeSummary(summary.judgements);
  return [...summaryLines(summary), ...(judged ? judgeLines(judged) : []), `Report: ${page}`];
}

export async function run(file: string, options: RunOptions): Promise<void> {
  const { stdout, stderr } = process;
  const again = againCommand(file, options);
  const reader = options.json ? createJsonReader(stdout, stderr) : createTerminalReader(stdout, stderr);
  const print = (line: string) => options.json || stdout.write(`${line}\n`);
  let written: WrittenReport | undefined;
  const report = async (folder: string) => {
    written = await writeReport(folder);
    return written.page;
  };
  let outcome: StudyOutcome;
  try {
    const { interactions } = options;
    const opened = await openStudy(file, options.out, { interactions, purpose: 'run' });
    print(announcement(opened));
    const stopped = `Stopped. What is recorded is safe; go on with: ${again}`;
    outcome = await interruptible(reader, stopped, (signal) =>
      runStudy(opened, { ...options, on: reader.on, signal, report }),
    );
  } catch (error) {
    // Of Ctrl-C the run's own last event tells.
    if (!(error instanceof Interrupted)) reader.fail(error);
    throw error;
  }
  process.exitCode = outcome.exitCode;
  if (written) resultLines(written).forEach(print);
  for (const line of failureLines(outcome, again)) stderr.write(`${line}\n`);
  tellBugs(outcome.errors, stderr);
}
