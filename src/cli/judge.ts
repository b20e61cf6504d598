// `interbrain judge`: scores the recorded episodes of a run, by the study's judge or another.

import { relative } from 'node:path';
import { BadInput } from '../errors.ts';
import { StageContext } from '../studies/context.ts';
import type { StudyEvent } from '../studies/events.ts';
import { readManifest, writeManifest } from '../studies/manifest.ts';
import { type OpenStudy, openRun } from '../studies/open.ts';
import { runStudy } from '../studies/run-study.ts';
import { judgeKey, type Study } from '../studies/schema.ts';
import { JUDGEMENTS } from '../studies/stages/judgements.ts';
import { currentResults } from '../studies/state.ts';
import { interruptible } from './interrupt.ts';
import { judgeLines, judgeSummary } from './judge-lines.ts';
import { createTerminalReader } from './terminal-line.ts';

export interface JudgeOptions {
  readonly url?: string;
  readonly model?: string;
  readonly apiKeyEnv?: string;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly maxTokens?: number;
  readonly rule?: true;
  readonly retryFailed?: true;
}

/** The study's judge, with what the command line says instead. */
function chooseJudge(
  own: Study['judge'],
  options: JudgeOptions,
  run: string,
): Exclude<Study['judge'], false> {
  const { rule, retryFailed: _, ...given } = options;
  if (rule) return 'rule';
  if (Object.keys(given).length === 0) {
    if (own) return own;
    throw new BadInput(
      run,
      'the study names no judge; give --url and --model of a server with the OpenAI API, or --rule for the embedded world',
    );
  }
  const parsed = judgeKey.safeParse({ ...(typeof own === 'object' && own), ...given });
  if (parsed.success && parsed.data && parsed.data !== 'rule') return parsed.data;
  const missing = (['url', 'model'] as const).filter(
    (key) => !(given[key] ?? (own && own !== 'rule' && own[key])),
  );
  if (missing.length > 0) throw new BadInput('judge', `--${missing.join(' and --')} missing`);
  throw new BadInput(
    'judge',
    parsed.error?.issues.map(({ message }) => message).join('; ') ?? 'is not valid',
  );
}

type JudgeKey = Exclude<Study['judge'], false>;

/** What there is of this judge's judgements, failed ones among them, and which of them were made now. */
async function judgementsOf(opened: OpenStudy, madeNow: ReadonlySet<string>) {
  const { current, failed } = await currentResults(JUDGEMENTS, new StageContext(opened));
  const all = [...current, ...failed].flatMap(({ task, result }) => (result ? [{ task, result }] : []));
  const made = all.filter(({ task }) => madeNow.has(relative(opened.run, JUDGEMENTS.path(opened.run, task))));
  return { all: all.map(({ result }) => result), made: made.map(({ result }) => result) };
}

/** Says in the manifest who judged, if it is not whom the study names, so that the report knows. */
async function noteJudge({ run }: OpenStudy, judge: JudgeKey): Promise<void> {
  const { judge: _, ...manifest } = await readManifest(run);
  const own = JSON.stringify(manifest.study.judge) === JSON.stringify(judge);
  await writeManifest(run, { ...manifest, ...(!own && { judge }) });
}

export async function judge(run: string, options: JudgeOptions): Promise<void> {
  const opened = await openRun(run);
  const key = chooseJudge(opened.study.judge, options, run);
  const judged = opened.with({ study: { ...opened.study, judge: key } });
  const reader = createTerminalReader(process.stdout, process.stderr);
  const madeNow = new Set<string>();
  let found = false;
  const on = (event: StudyEvent) => {
    reader.on(event);
    if (event.type === 'task-done' || event.type === 'task-failed') madeNow.add(event.task);
    found ||= event.type === 'task-done' || event.type === 'task-skipped';
  };
  const advice = 'Stopped. What is judged stays; the same command goes on.';
  const stage = { stages: [JUDGEMENTS.name], retryFailed: options.retryFailed };
  try {
    const { errors } = await interruptible(reader, advice, (signal) =>
      runStudy(judged, { ...stage, on, signal }),
    );
    for (const error of errors) throw error;
  } finally {
    if (found) await noteJudge(opened, key);
  }
  const { all, made } = await judgementsOf(judged, madeNow);
  const price = key !== 'rule' && key.price !== undefined;
  const summary = judgeSummary(all, { made, price });
  for (const line of summary ? judgeLines(summary) : []) process.stdout.write(`${line}\n`);
  process.stdout.write(`Scores: ${run}/evaluation; on the page after: interbrain report ${run}\n`);
}
