// What is said of a correlation: r or ρ, its interval, its p, its n.

import type { PairCorrelation } from '../statistics/model-pairs.ts';
import { decimals, intervalText } from './number-text.ts';

/** `llama-s × mistral-s`. */
export function pairLabel([a, b]: readonly [string, string]): string {
  return `${a} × ${b}`;
}

/** `r = 0.88 [0.23, 0.99], p = 0.021, n = 6`; `n = 2: too few pairs` where there is no r. */
export function correlationText({ correlation }: Pick<PairCorrelation, 'correlation'>, n: number): string {
  if (!correlation) return `n = ${n}: too few pairs`;
  if (Number.isNaN(correlation.r)) return `n = ${n}: no r, since one of both does not vary`;
  const { r, p, interval } = correlation;
  const ends = interval ? ` ${intervalText(interval, 2)}` : '';
  return `r = ${coefficientText(r)}${ends}, p ${pText(p)}, n = ${n}`;
}

/** Two decimals, and more where these would make ±1 of what is less. */
export function coefficientText(r: number): string {
  return decimals(r, Math.abs(r) < 1 && Math.abs(r) >= 0.995 ? 4 : 2);
}

/** `= 0.021`, `< 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${decimals(p, p < 0.1 ? 3 : 2)}`;
}
