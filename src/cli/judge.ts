import { BadInput } from '../errors.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { type JudgedStudy, judgeStudy } from '../studies/judge.ts';
import { readManifest } from '../studies/manifest.ts';
import { pairsOf, seatOrdersOf } from '../studies/plan.ts';
import { judgeKey, type Study } from '../studies/schema.ts';
import { Interrupted, interruptSignal } from './interrupt.ts';
import { createProgressPrinter } from './progress.ts';

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

/** What a judge came to, in lines; the failed ones by name. */
export function judgeLines({ judge, judged, failed, fresh, plain }: JudgedStudy): string[] {
  const { judgements, promptTokens, completionTokens, cost } = fresh;
  const price = cost === null ? '' : `, cost ${cost.toFixed(4)}`;
  const tokens =
    promptTokens + completionTokens > 0
      ? ` (${promptTokens} prompt and ${completionTokens} completion tokens${price})`
      : '';
  const shown = failed.slice(0, 5);
  return [
    `Judged by ${judge}: ${judged} episodes, ${judgements} of them now${tokens}${failed.length > 0 ? `; ${failed.length} failed` : ''}`,
    ...(plain ? ['The judge’s server has no structured output; answers were read out of its text.'] : []),
    ...shown.map(
      ({ models, seed, interaction, failure }) =>
        `  failed: ${models.join('+')}, seed ${seed}, ${interaction}: ${failure}`,
    ),
    ...(failed.length > shown.length ? [`  and ${failed.length - shown.length} more`] : []),
    ...(failed.length > 0
      ? ['  Failed judgements count nowhere; try them again with: interbrain judge RUN --retry-failed']
      : []),
  ];
}

/** `interbrain judge`: scores the recorded episodes of a run. */
export async function judge(run: string, options: JudgeOptions): Promise<void> {
  const { study, scenarios } = await readManifest(run);
  const printer = createProgressPrinter(process.stdout);
  const { signal, release } = interruptSignal();
  try {
    const done = await judgeStudy({
      run,
      orders: pairsOf(study).flatMap(seatOrdersOf),
      seeds: study.simulation.seeds,
      encounters: encountersOf(scenarios),
      judge: chooseJudge(study.judge, options, run),
      retryFailed: options.retryFailed,
      onProgress: printer.update,
      signal,
    });
    printer.finishLine();
    for (const line of judgeLines(done)) process.stdout.write(`${line}\n`);
    process.stdout.write(`Scores: ${run}/evaluation; on the page after: interbrain report ${run}\n`);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.stderr.write('Stopped. What is judged stays; the same command goes on.\n');
    process.exitCode = 130;
  } finally {
    printer.finishLine();
    release();
  }
}
