// What is left of a pair's SyncR² when the text that both have read is taken off both sides: how much, which share of
// it, and within which intervals. A verdict on text follows from these intervals alone.

import {
  type Interval,
  intervalOf,
  meanJackknife,
  ratioJackknife,
} from '../../synchrony/intervals/interval.ts';
import { type PairPart, pairValue } from './parts.ts';

/** What the text baselines say of a pair: means over its directions. */
export interface SharedText {
  /** R² of the text that both have read, at its best target layer. */
  readonly shared: number;
  /** SyncR² with what that text predicts taken off both sides. */
  readonly left: number;
  /** SyncR² of the states on the same rows. */
  readonly states: number;
  /** Of `states` and of `left`; absent where a direction has none. */
  readonly statesInterval?: Interval;
  readonly leftInterval?: Interval;
  /** `left` as a share of `states`; only where the interval of `states` is above 0. */
  readonly share?: Interval;
}

/** @param level coverage of the intervals */
export function sharedTextOf(
  { directions }: Pick<PairPart<'text'>, 'directions'>,
  level: number,
): SharedText {
  const ofPair = (key: 'shared' | 'left' | 'states') =>
    pairValue({ directions }, (result) => result[key]).value;
  const values = { shared: ofPair('shared'), left: ofPair('left'), states: ofPair('states') };
  const jackknifeOf = (key: 'left' | 'states') => {
    const all = directions.flatMap(({ result }) => result[key].jackknife ?? []);
    return all.length === directions.length ? meanJackknife(all) : undefined;
  };
  const [states, left] = [jackknifeOf('states'), jackknifeOf('left')];
  const statesInterval = states && intervalOf(states, level, 0);
  return {
    ...values,
    ...(statesInterval && { statesInterval }),
    ...(left && { leftInterval: intervalOf(left, level, 0) }),
    ...(statesInterval &&
      statesInterval.low > 0 &&
      states &&
      left && { share: intervalOf(ratioJackknife(left, states), level, 0) }),
  };
}

/** `11 % [8 %, 14 %]`. */
export function shareText({ estimate, low, high }: Pick<Interval, 'estimate' | 'low' | 'high'>): string {
  const [own, from, to] = [estimate, low, high].map((value) => `${Math.round(100 * value)} %`);
  return `${own} [${from}, ${to}]`;
}
