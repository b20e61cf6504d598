// The words in which progress is told: how far something is, how fast it goes, how long it still takes.

import { formatBytes } from './bytes.ts';
import { cutToWidth, printable, widthOf } from './display-width.ts';

/** How far a piece of work is, and since when it is worked on. */
export interface Work {
  /** What is counted: `layer pairs`, `download llama`. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Of those done, how many an earlier run had done. */
  readonly skipped: number;
  readonly bytes?: boolean | undefined;
  /** What is worked on just now. */
  readonly detail?: string | undefined;
  /** Seconds that went into what this run has done of it. */
  readonly seconds: number;
  /** Which stage of how many it is, counted from 1; absent where there is one. */
  readonly place?: { readonly index: number; readonly of: number } | undefined;
  /** Seconds since the run began. */
  readonly runSeconds?: number | undefined;
}

/** 75 → `1 min 15 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Half a unit may be done; what is counted is whole ones. */
const countOf = ({ bytes }: Work, value: number) => (bytes ? formatBytes(value) : `${Math.floor(value)}`);

const ratio = (work: Work) => `${countOf(work, work.done)}/${countOf(work, work.total)}`;

const before = (work: Work) => (work.skipped > 0 ? ` (${countOf(work, work.skipped)} done before)` : '');

/** Units per second, of what this run has done itself; undefined as long as that cannot be known. */
function rateOf({ done, skipped, seconds }: Work): number | undefined {
  const fresh = done - skipped;
  return fresh > 0 && seconds > 0 ? fresh / seconds : undefined;
}

function rateText(work: Work): string | undefined {
  const rate = rateOf(work);
  if (rate === undefined) return undefined;
  if (work.bytes) return `${formatBytes(rate)}/s`;
  if (rate < 1) return `${(1 / rate).toFixed(1)} s each`;
  return `${rate.toFixed(rate < 100 ? 1 : 0)}/s`;
}

function leftText(work: Work): string | undefined {
  const rate = rateOf(work);
  if (rate === undefined || work.done >= work.total) return undefined;
  return `${duration((work.total - work.done) / rate)} left`;
}

/** Shortest piece of a detail that says anything, columns. */
const SHORTEST_DETAIL = 10;

const join = (parts: readonly (string | undefined)[]) =>
  parts.filter((part) => part !== undefined).join(' · ');

/**
 * `stage 2 of 6 · layer pairs 1200/4800 (300 done before) · 310/s · 12 s left · run 1 min 31 s`, and what is worked on
 * just now; what matters least is left out first where there is no room for all of it.
 *
 * @param room columns that the line may take at most
 */
export function liveLine(work: Work, room: number = Number.POSITIVE_INFINITY): string {
  const { label, place, runSeconds, detail, done, total } = work;
  const stage = place && `stage ${place.index} of ${place.of}`;
  const count = `${printable(label)} ${ratio(work)}`;
  const [speed, left] = [rateText(work), leftText(work)];
  const run = runSeconds === undefined ? undefined : `run ${duration(runSeconds)}`;
  const whole = join([stage, `${count}${before(work)}`, speed, left, run]);
  const rest = room - widthOf(whole) - ' · '.length;
  if (detail !== undefined && rest >= SHORTEST_DETAIL)
    return join([whole, cutToWidth(printable(detail), rest)]);
  const shorter = [
    whole,
    join([stage, count, speed, left, run]),
    join([stage, count, speed, left]),
    join([stage, count, left]),
    join([stage, count]),
    count,
    ratio(work),
    `${total > 0 ? Math.floor((100 * done) / total) : 100} %`,
  ];
  return shorter.find((line) => widthOf(line) <= room) ?? cutToWidth(shorter.at(-1) ?? '', room);
}

/** What stays of a piece of work that has ended: `episodes 1080/1080 · 31 s · 34.8/s`. */
export function lastingLine(work: Work, seconds: number = work.seconds, failed: number = 0): string {
  const speed = rateText(work);
  return join([
    `${printable(work.label)} ${ratio(work)}${before(work)}`,
    failed > 0 ? `${failed} failed` : undefined,
    speed === undefined ? undefined : duration(seconds),
    speed,
  ]);
}
