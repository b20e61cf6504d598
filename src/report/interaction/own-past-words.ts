// What the page says of this conversation against another of the same scene, and of the partner beyond own past and text.

import { decimals, intervalText, pText } from '../../figures/number-text.ts';
import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import { type Estimates, estimateText } from './own-past.ts';

/** `the partner’s state explains 0.055 [0.010, 0.100] of what its own past and the text leave`. */
export function beyondNumbers(past: Estimates | undefined): string {
  if (!past) return '';
  return `the speaker’s state explains ${estimateText(past.beyondBoth)} of what the partner’s own past and the text that both have read leave unexplained`;
}

/** What is left beyond own past and text, where its interval excludes 0. */
export function beyondText(past: Estimates | undefined): string {
  return past?.beyondBoth.interval ? ` Nor is it all in the partner’s own past: ${beyondNumbers(past)}.` : '';
}

/** What own past, text and partner explain. */
export function pastReason(past: Estimates): string {
  const { interval } = past.beyondBoth;
  const finding = !interval
    ? 'there is no interval of it, so nothing is concluded from it'
    : interval.low > 0
      ? 'its interval excludes 0'
      : 'its interval reaches 0';
  const of = (estimate: Estimates['all']) => decimals(estimate.value);
  return `The partner’s next state is explained by its own previous one with R² ${of(past.ownPast)}, by the text that both have read with ${of(past.text)}, by both with ${of(past.ownPastText)}, and with the speaker’s state besides with ${of(past.all)}: ${beyondNumbers(past)} (beyond the own past alone ${estimateText(past.beyondOwnPast)}): ${finding}.`;
}

/** What the page begins with: how much of SyncR² another conversation of the same scene does not give. */
export function leadOf({ against }: ConditionSummary): string | undefined {
  if (!against || isUntested(against)) return undefined;
  const { interactive, difference, interval, adjustedP } = against;
  const between = isUntested(interval) ? '' : ` ${intervalText(interval)}`;
  const rest = decimals(interactive - difference);
  return `SyncR² less seed-swap: ${decimals(difference)}${between} (${pText(adjustedP)}). Of SyncR² ${decimals(interactive)}, ${rest} is there as well when the same two play the same scene with another seed.`;
}

/** Whole conversations exchanged within interactions, the maps as they are. */
export function exchangeReason({ exchanged }: ConditionSummary, alpha: number): string[] {
  if (!exchanged) return [];
  if (isUntested(exchanged))
    return [`Exchanging conversations of the same interaction: not tested (${exchanged.reason}).`];
  const { observed, mean, adjustedP } = exchanged;
  const numbers = `${decimals(observed)} with the own conversation against ${decimals(mean)} with another of the same interaction in its place, ${pText(adjustedP)}`;
  return [
    adjustedP <= alpha
      ? `The same maps say more about this conversation than about another of the same interaction: ${numbers}.`
      : `The same maps say no more about this conversation than about another of the same interaction, as far as these data show: ${numbers}.`,
  ];
}
