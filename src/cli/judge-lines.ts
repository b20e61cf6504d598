// What a judge came to, in words.

import type { Judgement } from '../evaluation/types.ts';

type Failed = Extract<Judgement, { status: 'failed' }>;

export interface JudgeSummary {
  readonly judge: string;
  /** Episodes that have a judgement. */
  readonly judged: number;
  readonly failed: readonly Pick<Failed, 'models' | 'seed' | 'interaction' | 'failure'>[];
  /** Of the judgements made now, not of those an earlier run had made. */
  readonly fresh?: {
    readonly judgements: number;
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cost: number | null;
  };
}

/** Judgements of which it is known when they were made. */
interface Now {
  /** Those that were made now. */
  readonly made: readonly Judgement[];
  /** Whether the price of tokens is known. */
  readonly price: boolean;
}

/** What judgements come to; undefined if there are none. */
export function judgeSummary(judgements: readonly Judgement[], now?: Now): JudgeSummary | undefined {
  if (judgements.length === 0) return undefined;
  const failed = judgements.filter((judgement) => judgement.status === 'failed');
  const judge = [...new Set(judgements.map((judgement) => judgement.judge))].join(', ');
  const summary = { judge, judged: judgements.length - failed.length, failed };
  return now ? { ...summary, fresh: freshOf(now) } : summary;
}

function freshOf({ made, price }: Now): NonNullable<JudgeSummary['fresh']> {
  const sum = (of: (usage: NonNullable<Judgement['usage']>) => number | undefined) =>
    made.reduce((total, { usage }) => total + ((usage && of(usage)) ?? 0), 0);
  return {
    judgements: made.length,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
    cost: price ? sum(({ cost }) => cost) : null,
  };
}

function freshText({ judgements, promptTokens, completionTokens, cost }: NonNullable<JudgeSummary['fresh']>) {
  const price = cost === null ? '' : `, cost ${cost.toFixed(4)}`;
  const tokens = `${promptTokens} prompt and ${completionTokens} completion tokens${price}`;
  return `, ${judgements} of them now${promptTokens + completionTokens > 0 ? ` (${tokens})` : ''}`;
}

/** What a judge came to, in lines; the failed ones by name. */
export function judgeLines({ judge, judged, failed, fresh }: JudgeSummary): string[] {
  const shown = failed.slice(0, 5);
  const count = failed.length > 0 ? `; ${failed.length} failed` : '';
  return [
    `Judged by ${judge}: ${judged} episodes${fresh ? freshText(fresh) : ''}${count}`,
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
