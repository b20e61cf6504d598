// The conditions that a study may name (docs/method.md §3), by name. Each is a list of samples over recordings, of the same
// type as the interactive one, so that the measure cannot tell them apart.

import { PASSIVE_FORMATS, type PassiveFormat } from '../prompts/passive.ts';

/** What a condition may be called. */
export const CONDITION_NAME = /^(interactive|passive|passive-same-format|shuffled|pseudo-dyad|lag-[1-9]\d*)$/;

/** For messages. */
export const CONDITIONS =
  'interactive, passive, passive-same-format, lag-1 (or lag-2, lag-3, …), shuffled, pseudo-dyad';

/** Whether the sources of a condition are states of a reader, which have a recording of their own. */
export function isPassive(condition: string): condition is PassiveFormat {
  return PASSIVE_FORMATS.some((format) => format === condition);
}

/** k of `lag-k`; undefined for any other condition. */
export function lagOf(condition: string): number | undefined {
  const [, lag] = /^lag-([1-9]\d*)$/.exec(condition) ?? [];
  return lag === undefined ? undefined : Number(lag);
}
