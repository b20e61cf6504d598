import { BadInput } from '../errors.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { judgeStudy } from '../studies/judge.ts';
import { readManifest } from '../studies/manifest.ts';
import { pairsOf, seatOrdersOf } from '../studies/plan.ts';
import { judgeKey, type Study } from '../studies/schema.ts';
import { interruptible } from './interrupt.ts';
import { judgeLines } from './judge-lines.ts';
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

/** `interbrain judge`: scores the recorded episodes of a run. */
export async function judge(run: string, options: JudgeOptions): Promise<void> {
  const { study, scenarios } = await readManifest(run);
  const reader = createTerminalReader(process.stdout, process.stderr);
  const advice = 'Stopped. What is judged stays; the same command goes on.';
  const done = await interruptible(reader, advice, (signal) =>
    judgeStudy({
      run,
      orders: pairsOf(study).flatMap(seatOrdersOf),
      seeds: study.simulation.seeds,
      encounters: encountersOf(scenarios),
      judge: chooseJudge(study.judge, options, run),
      retryFailed: options.retryFailed,
      onProgress: ({ what, ...progress }) =>
        reader.on({ ...progress, type: 'progress', stage: what, unit: what }),
      signal,
    }),
  );
  for (const line of judgeLines(done)) process.stdout.write(`${line}\n`);
  process.stdout.write(`Scores: ${run}/evaluation; on the page after: interbrain report ${run}\n`);
}
