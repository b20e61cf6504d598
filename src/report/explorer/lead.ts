// The two sentences with which the explorer begins: what the number is, and what it allows one to say of interaction.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals, percent } from '../../figures/number-text.ts';
import type { PageData } from '../../view/data.ts';
import { type Conclusion, REGIME_WORDS } from '../interaction/conclusions.ts';
import type { ModelNames } from '../shared.ts';
import type { PairResult } from '../synchrony/measures.ts';

/** A tested pair with what its tests come to. */
export interface ConcludedPair {
  readonly models: ModelNames;
  readonly conclusion: Conclusion;
}

export function leadOf(pairs: readonly PairResult[], concluded: readonly ConcludedPair[]): PageData['lead'] {
  return { number: numberSentence(pairs), verdict: verdictSentence(concluded) };
}

/** `0.570 (95 % interval 0.551 to 0.589)`. */
function withInterval({ value, interval }: PairResult): string {
  if (!interval) return `${decimals(value)} (no interval)`;
  return `${decimals(value)} (${percent(interval.level).replace(' ', '\u00a0')} interval ${decimals(interval.low)} to ${decimals(interval.high)})`;
}

function numberSentence(pairs: readonly PairResult[]): string {
  const own = pairs.filter(({ condition }) => condition === INTERACTIVE);
  const sorted = own.toSorted((a, b) => a.value - b.value);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (!lowest || !highest) return 'No pair of models is measured in all its directions yet.';
  const scale = '0 would be nothing, 1 all there is to predict';
  if (sorted.length === 1)
    return `From one speaker’s hidden state, a linear map predicts its partner’s next state with SyncR² ${withInterval(highest)} in ${pairLabel(highest.models)}; ${scale}.`;
  return `From one speaker’s hidden state, a linear map predicts its partner’s next state with SyncR² from ${withInterval(lowest)} in ${pairLabel(lowest.models)} to ${withInterval(highest)} in ${pairLabel(highest.models)}, the ends of ${sorted.length} pairs; ${scale}.`;
}

function verdictSentence(concluded: readonly ConcludedPair[]): string {
  const [only] = concluded;
  if (!only)
    return 'Whether it is interaction cannot be said: no pair was tested against strangers and readers in all its directions (significance in the study file asks for it).';
  if (concluded.length === 1) return `Is it interaction? ${only.conclusion.verdict}`;
  const counts = new Map<string, number>();
  for (const { conclusion } of concluded) {
    const words = REGIME_WORDS[conclusion.regime];
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const parts = [...counts].map(([words, count]) => `in ${count} of ${concluded.length} pairs ${words}`);
  return `Is it interaction? ${parts.join('; ')}.`.replace('? in', '? In');
}
