// The conditions that a study may name (METHOD §3), by name. Each is a list of samples over recordings, of the same
// type as the interactive one, so that the measure cannot tell them apart.

/** What a condition may be called. */
export const CONDITION_NAME = /^(interactive|shuffled|pseudo-dyad|lag-[1-9]\d*)$/;

/** For messages. */
export const CONDITIONS = 'interactive, lag-1 (or lag-2, lag-3, …), shuffled, pseudo-dyad';

/** k of `lag-k`; undefined for any other condition. */
export function lagOf(condition: string): number | undefined {
  const [, lag] = /^lag-([1-9]\d*)$/.exec(condition) ?? [];
  return lag === undefined ? undefined : Number(lag);
}
