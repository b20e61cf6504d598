// What the conditions of one model pair allow one to conclude, in words, from the numbers alone. Every sentence follows
// from a comparison that was made or names one that is missing; the same numbers always give the same words.

import { INTERACTIVE, placeOf, traitsOf } from '../../conditions/condition.ts';
import type { Taken } from '../../conditions/kind.ts';
import { WITHOUT_ANY } from '../../conditions/words.ts';
import { decimals, intervalText, pText } from '../../figures/number-text.ts';
import type { ConditionDifference, ConditionSummary, StrangerTest } from '../../statistics/pair-tests.ts';
import { isUntested } from '../../statistics/pair-tests.ts';
import { type SharedText, shareText } from '../sensitivity/text-left.ts';
import type { Estimates } from './own-past.ts';
import { beyondNumbers, beyondText, exchangeReason, leadOf, pastReason } from './own-past-words.ts';

/**
 * `interaction`: above strangers and above every reader who takes no part. `text suffices`: the same, but the interval of
 * what is left without the shared text reaches 0. `text`: above strangers, not above a reader.
 * `scenario`: not above strangers. `particular`: above strangers, but nobody read along. `unsettled`: strangers could not
 * be tested. `contradiction`: above the readers and not above strangers. `nothing`: next to no synchrony. `scene`: not above
 * the same scene played with another seed. `past suffices`: what else would be interaction, but the interval of what the
 * partner explains beyond own past and text reaches 0.
 */
export type Regime =
  | 'interaction'
  | 'text suffices'
  | 'past suffices'
  | 'scene'
  | 'text'
  | 'scenario'
  | 'particular'
  | 'unsettled'
  | 'contradiction'
  | 'nothing';

/** A regime in a few words, for where many pairs are told of at once. */
export const REGIME_WORDS: Readonly<Record<Regime, string>> = {
  interaction: 'the numbers are what interaction would give',
  'text suffices': 'what both have read may be all of it',
  text: 'what both have read may be all of it',
  'past suffices': 'the own past and what both have read may be all of it',
  scene: 'the scene, which another seed plays as well, may be all of it',
  scenario: 'the shared scenario may be all of it',
  particular: 'it is particular to the partner, but nobody who only reads was compared',
  unsettled: 'it could not be tested against strangers of the same scenario',
  contradiction: 'taking part adds something that is not particular to the partner',
  nothing: 'there is next to no synchrony',
};

export interface Conclusion {
  readonly regime: Regime;
  /** How much of SyncR² belongs to this conversation; only where the scene was played with another seed, and compared. */
  readonly lead?: string;
  /** One sentence. */
  readonly verdict: string;
  /** What it rests on, one sentence or two per comparison. */
  readonly reasons: readonly string[];
  /** What cannot be said from these numbers. */
  readonly limits: readonly string[];
}

/** Below it there is nothing that a control could explain. */
const NEXT_TO_NOTHING = 0.01;

type Finding = 'above' | 'below' | 'alike' | 'untested' | 'missing';

function findingOf({ against: test }: ConditionSummary, alpha: number): Finding {
  if (!test) return 'missing';
  if (isUntested(test)) return 'untested';
  if (test.adjustedP > alpha) return 'alike';
  return test.difference > 0 ? 'above' : 'below';
}

/** The comparison with the same scene played with another seed. */
function swapOf(summaries: readonly ConditionSummary[]): ConditionSummary | undefined {
  return taking('the conversation', summaries)[0];
}

/** Conditions that take this away from the interactive one. */
function taking(what: Taken, summaries: readonly ConditionSummary[]): ConditionSummary[] {
  return summaries.filter(({ condition }) => traitsOf(condition).takes === what);
}

/**
 * @param summaries of one model pair, the interactive condition among them
 * @param alpha adjusted p-values up to it count as evidence
 * @param text of the same pair, if text baselines were made
 * @param past of the same pair, if own past, partner and text were told apart
 */
export function concludeFrom(
  summaries: readonly ConditionSummary[],
  alpha: number,
  text?: SharedText,
  past?: Estimates,
): Conclusion {
  const interactive = summaries.find(({ condition }) => condition === INTERACTIVE);
  if (!interactive) throw new RangeError('conclusions without the interactive condition');
  const { strangers } = interactive;
  const stranger: Finding = isUntested(strangers)
    ? 'untested'
    : strangers.adjustedP <= alpha
      ? 'above'
      : 'alike';
  const inOrder = (x: ConditionSummary, y: ConditionSummary) => placeOf(x.condition) - placeOf(y.condition);
  const readers = taking('taking part', summaries).sort(inOrder);
  const moments = taking('the moment', summaries);
  const finding = (summary: ConditionSummary) => findingOf(summary, alpha);
  const swap = swapOf(summaries);
  const swapped = swap ? finding(swap) : 'missing';
  const regime = regimeOf(interactive, { stranger, swapped, readers: readers.map(finding) }, text, past);
  const lower = moments.some((moment) => finding(moment) === 'above');
  const lead = swap && leadOf(swap);
  return {
    regime,
    ...(lead !== undefined && { lead }),
    verdict: verdictOf(regime, lower, sizeText(interactive, readers), text, past),
    reasons: [
      ...(swap ? [...differenceReason(swap, alpha), ...exchangeReason(swap, alpha)] : []),
      ...(past ? [pastReason(past)] : []),
      strangerReason(strangers, alpha),
      ...[...readers, ...moments].flatMap((summary) => differenceReason(summary, alpha)),
      ...(text ? [textReason(text)] : []),
    ],
    limits: [...weakEvidence(summaries, alpha), ...limitsOf(regime, interactive, summaries, text, past)],
  };
}

/** `by 0.011 to 0.033 of 0.570`: how much taking part adds to reading. */
function sizeText({ syncR2 }: ConditionSummary, readers: readonly ConditionSummary[]): string {
  const added = readers.flatMap((reader) =>
    reader.against && !isUntested(reader.against) ? [decimals(reader.against.difference)] : [],
  );
  const least = [...new Set(added.toSorted())].join(' to ');
  return `by ${least} of ${decimals(syncR2)}`;
}

/** Differences whose p counts as evidence while their interval reaches 0. */
function weakEvidence(summaries: readonly ConditionSummary[], alpha: number): string[] {
  return summaries.flatMap(({ condition, against }) => {
    if (!against || isUntested(against) || isUntested(against.interval) || against.adjustedP > alpha)
      return [];
    const { low, high } = against.interval;
    if (low > 0 || high < 0) return [];
    return [
      `The difference from ${condition} has a p below ${alpha}, but its interval reaches 0: the evidence is weak.`,
    ];
  });
}

/** What the comparisons found. */
interface Findings {
  readonly stranger: Finding;
  readonly swapped: Finding;
  readonly readers: readonly Finding[];
}

function regimeOf(
  { syncR2 }: ConditionSummary,
  { stranger, swapped, readers }: Findings,
  text: SharedText | undefined,
  past: Estimates | undefined,
): Regime {
  if (syncR2 < NEXT_TO_NOTHING) return 'nothing';
  const made = readers.filter((finding) => finding !== 'missing' && finding !== 'untested');
  const aboveReaders = made.length > 0 && made.every((finding) => finding === 'above');
  if (swapped === 'alike' || swapped === 'below') return 'scene';
  if (stranger === 'untested') return 'unsettled';
  if (stranger === 'alike') return aboveReaders ? 'contradiction' : 'scenario';
  if (made.length === 0) return 'particular';
  if (!aboveReaders) return 'text';
  const left = past?.beyondBoth.interval;
  if (left && left.low <= 0) return 'past suffices';
  return text?.leftInterval && text.leftInterval.low <= 0 ? 'text suffices' : 'interaction';
}

function verdictOf(
  regime: Regime,
  lower: boolean,
  size: string,
  text: SharedText | undefined,
  past: Estimates | undefined,
): string {
  const time = lower
    ? ' It does depend on alignment in time, which text that both read at that moment gives as well.'
    : '';
  const verdicts: Record<Regime, string> = {
    interaction: `These numbers are what interaction would give: a state says more about its own partner than about strangers in the same scenario, and a model that takes part has more of it than one that only reads along, ${size}.${beyondText(past)}${leftText(text)}`,
    'past suffices': `What the partner was before, and what both have read, may be all of it: ${beyondNumbers(past)}, and the interval reaches 0. A state says more about its own partner than about strangers in the same scenario, and a model that takes part has more of it than one that only reads along, ${size}; but not detectably more than the partner’s own past and the text already say. That is no evidence of interaction.`,
    scene: `The scene may be all of it: the partner’s state in this conversation is not detectably better predicted than that of the same character in the same scene played with another seed.${time} That is no evidence of interaction.`,
    'text suffices': `What both have read may be all of it: ${leftNumbers(text)}, and the interval reaches 0. A state says more about its own partner than about strangers in the same scenario, and a model that takes part has more of it than one that only reads along, ${size}; that may be interaction, or the part of the text that a speaker made itself.`,
    text: `What both have read may be all of it: a state says more about its own partner than about strangers, but somebody who only reads the dialogue predicts the partner no worse.${time} That is no evidence of interaction.`,
    scenario: `The shared scenario may be all of it: the partner is not detectably better predicted than strangers who play the same scenario.${time} That is no evidence of interaction.`,
    particular:
      'A state says more about its own partner than about strangers in the same scenario. Whether that is interaction or the dialogue that both have read cannot be said, since nobody who takes no part was compared.',
    unsettled:
      'Whether it is interaction cannot be said: the test against strangers of the same scenario could not be made.',
    contradiction:
      'A model that takes part predicts more than one that only reads along, but not more of its own partner than of strangers in the same scenario: taking part adds something that is not particular to the partner. That is no evidence of interaction.',
    nothing: `There is next to no synchrony (SyncR² below ${NEXT_TO_NOTHING}), so there is nothing that interaction would have to explain.`,
  };
  return verdicts[regime];
}

/** `of SyncR² 0.600, 0.200 [0.150, 0.250] is left without what the shared text predicts`. */
function leftNumbers(text: SharedText | undefined): string {
  if (!text) return '';
  const { states, left, leftInterval, share } = text;
  const interval = leftInterval ? ` ${intervalText(leftInterval)}` : '';
  const ofAll = share ? `, ${shareText(share)} of it` : '';
  return `of SyncR² ${decimals(states)}, ${decimals(left)}${interval} is left without what the shared text predicts${ofAll}`;
}

/** What is left without the text, where its interval excludes 0. */
function leftText(text: SharedText | undefined): string {
  return text?.leftInterval
    ? ` Not all of it goes with what the words of the text predict: ${leftNumbers(text)}.`
    : '';
}

function textReason(text: SharedText): string {
  const interval = text.leftInterval;
  const finding = !interval
    ? 'there is no interval of it, so nothing is concluded from it'
    : interval.low > 0
      ? 'its interval excludes 0'
      : 'its interval reaches 0';
  return `The words that both have read predict the partner’s state with R² ${decimals(text.shared)} at its best layer, without any model’s state; ${leftNumbers(text)} (taken off both sides): ${finding}.`;
}

function strangerReason(test: ConditionSummary['strangers'], alpha: number): string {
  if (isUntested(test)) return `Against strangers of the same scenario: not tested (${test.reason}).`;
  const { observed, mean, detectable, adjustedP } = test as StrangerTest;
  const numbers = `${decimals(observed)} on the rows that have a stranger, against ${decimals(mean)} on average with strangers of the same scenario`;
  if (adjustedP <= alpha)
    return `SyncR² with the own partner is ${numbers} (${pText(adjustedP)}): scenario and round alone do not give it. Strangers are other characters with other names, and they have said other things; who the two are, and what was said, may give it as well as interaction.`;
  return `SyncR² with the own partner is ${numbers} (${pText(adjustedP)}): no difference that these data could show, which would have to be about ${decimals(detectable)} or more.`;
}

/** `0.312 against 0.200 on the same rows, difference 0.112 [0.080, 0.140], p = 0.001`. */
function differenceText({ interactive, difference, interval, adjustedP }: ConditionDifference): string {
  const between = isUntested(interval) ? '' : ` ${intervalText(interval)}`;
  const both = `${decimals(interactive)} against ${decimals(interactive - difference)} on the same rows`;
  return `${both}, difference ${decimals(difference)}${between}, ${pText(adjustedP)}`;
}

/** What the comparison of the interactive condition with this one says; nothing if there are no words for it. */
function differenceReason(summary: ConditionSummary, alpha: number): string[] {
  const { condition, against: test } = summary;
  const words = traitsOf(condition).difference;
  const finding = findingOf(summary, alpha);
  if (!test || !words || finding === 'missing') return [];
  return [words[finding](isUntested(test) ? test.reason : differenceText(test))];
}

/** What stays open for want of readers. */
function readerLimits(summaries: readonly ConditionSummary[]): string[] {
  const tested = taking('taking part', summaries).filter(({ against }) => against && !isUntested(against));
  if (tested.length === 0) return [WITHOUT_ANY['taking part']];
  const open = tested.flatMap(({ condition }) => traitsOf(condition).openAlone ?? []);
  return open.length === tested.length ? open : [];
}

function limitsOf(
  regime: Regime,
  { strangers }: ConditionSummary,
  summaries: readonly ConditionSummary[],
  text: SharedText | undefined,
  past: Estimates | undefined,
): string[] {
  const limits = readerLimits(summaries);
  if (regime === 'interaction' && !text)
    limits.push(
      'How much of it the words that both have read predict by themselves was not looked at; sensitivity: true adds it.',
    );
  if (regime === 'interaction' && !past)
    limits.push(
      'How much of it the partner’s own previous state explains was not looked at; ownPast: true adds it.',
    );
  if (regime === 'interaction' && text && !text.leftInterval)
    limits.push(
      'How much of it the words that both have read predict by themselves has no interval (intervals are off, or a split holds out too few groups), so it counts for nothing here.',
    );
  if (taking('the moment', summaries).length === 0) limits.push(WITHOUT_ANY['the moment']);
  if (taking('the conversation', summaries).length === 0) limits.push(WITHOUT_ANY['the conversation']);
  if (taking('the partner', summaries).length === 0 && isUntested(strangers))
    limits.push(
      'More interactions per scenario, or groupBy: scenario, would let strangers of the same scenario be tested.',
    );
  if (regime === 'interaction' || regime === 'text suffices' || regime === 'past suffices')
    limits.push(
      'A linear map between states says that they share something, not what passes between the models or that one causes the other; an own part of the speaker that stands in its text would do.',
    );
  else if (regime !== 'nothing')
    limits.push('What is not detected may still be there; more interactions would narrow the intervals.');
  return limits;
}
