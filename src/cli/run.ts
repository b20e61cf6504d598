// `interbrain run`: the whole way of a study, from wherever an earlier run stopped.

import { BadInput } from '../errors.ts';
import { type WrittenReport, writeReport } from '../report/write.ts';
import { createLiveWriter } from '../serve/live-file.ts';
import type { OnEvent } from '../studies/events.ts';
import type { Maker } from '../studies/maker.ts';
import { openStudy } from '../studies/open.ts';
import { type RunStudyOptions, runStudy, type StudyOutcome } from '../studies/run-study.ts';
import { againCommand } from './again.ts';
import { announcement } from './announcement.ts';
import { tellBugs } from './bug.ts';
import { failureLines } from './failure-lines.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { createJsonReader } from './json-reader.ts';
import { judgeLines, judgeSummary } from './judge-lines.ts';
import { leaveQueue } from './leave-queue.ts';
import type { ShownRun } from './serve.ts';
import { summaryLines } from './summary.ts';
import { createTerminalReader } from './terminal-line.ts';

type Resources = Pick<RunStudyOptions, 'threads' | 'device' | 'memory' | 'kvMemory' | 'atOnce'>;

interface RunOptions extends Resources {
  readonly out: string;
  /** In place of the study's own number. */
  readonly interactions?: number;
  readonly json?: boolean;
  /** Address of a queue whose workers make the results. */
  readonly queue?: string;
  /** Seconds. */
  readonly lostAfter?: number;
  /** false: what happens is not written to `live.ndjson`, which `interbrain serve` shows. */
  readonly live?: boolean;
  /** Whether the run is shown in a browser, until Ctrl-C. */
  readonly serve?: boolean;
}

/** Seconds of silence after which a worker has lost its job. */
const LOST_AFTER = 60;

/** Who makes the results: workers, or this machine's processes. What they need is loaded only if there are any. */
async function makerOf({ queue, interactions, lostAfter = LOST_AFTER }: RunOptions): Promise<Maker> {
  if (queue === undefined) {
    const { ProcessesMaker } = await import('../queue/processes-maker.ts');
    return new ProcessesMaker(interactions);
  }
  const { parseQueueAddress } = await import('../queue/address.ts');
  const address = parseQueueAddress(queue);
  const { QueueMaker } = await import('../queue/maker.ts');
  return new QueueMaker({ address, lostAfter, interactions });
}

/** What is printed of results, for people. */
function resultLines({ summary, page }: WrittenReport): string[] {
  const judged = judgeSummary(summary.judgements);
  return [
    ...summaryLines(summary, process.stdout.columns),
    ...(judged ? judgeLines(judged) : []),
    `Report: ${page}`,
  ];
}

/** Whoever hears of the run: the terminal, and `interbrain serve` by way of a file. */
function heard(on: OnEvent, run: string, { live = true }: RunOptions): OnEvent {
  if (!live) return on;
  const file = createLiveWriter(run);
  return (event) => {
    on(event);
    file.on(event);
  };
}

/** The run in a browser, where that is asked for. The server is loaded only then. */
async function shown(
  run: string,
  { serve = false, live = true, json = false }: RunOptions,
): Promise<ShownRun | undefined> {
  if (!serve) return undefined;
  if (!live) throw new BadInput('--serve', 'has nothing to show with --no-live; leave one of them out');
  const { showRun } = await import('./serve.ts');
  return showRun(run, (line) => void (json ? process.stderr : process.stdout).write(`${line}\n`));
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
  let page: ShownRun | undefined;
  try {
    const { interactions, queue } = options;
    const maker = await makerOf(options);
    const purpose = queue === undefined ? 'run' : 'queue';
    const opened = await openStudy(file, options.out, { interactions, purpose });
    print(announcement(opened));
    page = await shown(opened.run, options);
    const stopped = `Stopped. What is recorded is safe; go on with: ${again}`;
    outcome = await interruptible(reader, stopped, (signal) =>
      runStudy(opened, { ...options, maker, on: heard(reader.on, opened.run, options), signal, report }),
    );
  } catch (error) {
    await page?.close();
    // Of Ctrl-C the run's own last event tells.
    if (!(error instanceof Interrupted)) reader.fail(error);
    throw error;
  } finally {
    if (options.queue !== undefined) leaveQueue();
  }
  process.exitCode = outcome.exitCode;
  if (written) resultLines(written).forEach(print);
  for (const line of failureLines(outcome, again)) stderr.write(`${line}\n`);
  tellBugs(outcome.errors, stderr);
  await page?.stay();
}
