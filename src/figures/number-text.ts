// What every figure and number must say of itself: models, condition, samples, ridge, seeds, error.

import type { SideLayers } from '../pairs/layers.ts';
import type { Interval } from '../synchrony/intervals/interval.ts';
import type { Direction, Lambda, SplitRecord, SynchronyResult, SyncR2 } from '../synchrony/types.ts';

/** Whose states a result is about. */
export type DirectionNames = Pick<SynchronyResult, 'direction' | 'sourceModel' | 'targetModel'>;

/** The models by source and target with their seats: `llama (A) → mistral (B)`. */
export function directionTitle({ direction, sourceModel, targetModel }: DirectionNames): string {
  const [source, target] = seats(direction);
  return `${sourceModel} (${source}) → ${targetModel} (${target})`;
}

/** Seats of source and target. */
export function seats(direction: Direction): readonly ['A' | 'B', 'A' | 'B'] {
  return direction === 'A->B' ? ['A', 'B'] : ['B', 'A'];
}

/** `0.312 ± 0.004 (published standard error over 3 split seeds)`; one seed has no error to tell. */
export function syncR2Text(value: SyncR2, splits: readonly SplitRecord[]): string {
  if (splits.length < 2) return `${decimals(value.value)} (one split seed, so no error is known)`;
  const error = errorText(value.standardError);
  return `${decimals(value.value)} ± ${error} (published standard error over ${splits.length} split seeds)`;
}

/** `[0.651, 0.705]`; a dash where there is no interval. */
export function intervalText(
  interval: Pick<Interval, 'low' | 'high'> | null | undefined,
  digits = 3,
): string {
  return endsText(interval && [interval.low, interval.high], digits);
}

/** `[0.651, 0.705]`; a dash where there is no interval. */
export function endsText(ends: readonly [number, number] | null | undefined, digits = 3): string {
  return ends ? `[${decimals(ends[0], digits)}, ${decimals(ends[1], digits)}]` : '–';
}

/**
 * An error as it stands behind ±: `0.004`, `< 0.001`; a dash for 0, which only clamped rows and single seeds have, and of
 * which nothing is known.
 */
export function errorText(error: number): string {
  if (error === 0) return '–';
  return error < 0.0005 ? '< 0.001' : decimals(error);
}

/** `0.312 ± 0.004`; one split seed has no error to tell. */
export function withError(
  { value, standardError }: Pick<SyncR2, 'value' | 'standardError'>,
  seeds: number,
): string {
  return seeds > 1 ? `${decimals(value)} ± ${errorText(standardError)}` : decimals(value);
}

/** As much of an interval as tells how it was made. */
export interface IntervalOrigin {
  readonly interval: Pick<Interval, 'level' | 'groups' | 'degreesOfFreedom'>;
  readonly groupBy: string;
}

/**
 * `95 % interval, t with 42 degrees of freedom, leaving out each of 92 held-out interactions`: one text for all intervals
 * of a kind, whatever number of groups each was made from.
 */
export function intervalOrigins(all: readonly IntervalOrigin[]): string[] {
  const kinds = new Map<string, IntervalOrigin[]>();
  for (const one of all) {
    const kind = `${one.interval.level} ${one.groupBy}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  return [...kinds.values()].map((alike) => {
    const level = percent(alike[0]?.interval.level ?? Number.NaN);
    const unit = alike[0]?.groupBy === 'interaction' ? 'interactions' : `groups (${alike[0]?.groupBy})`;
    const freedom = rangeText(alike.map(({ interval }) => interval.degreesOfFreedom));
    const groups = rangeText(alike.map(({ interval }) => interval.groups));
    return `${level} interval, t with ${freedom} degrees of freedom, leaving out each of ${groups} held-out ${unit}`;
  });
}

/** Why an interval ends at its number, where one does (docs/method.md §6, “Centre”). */
export function stretchedNote(
  all: readonly { readonly value: number; readonly interval: Interval | null | undefined }[],
): string {
  // Of a number that is 0 the end is where numbers end.
  const ends = all.some(
    ({ value, interval }) => value > 0 && (interval?.low === value || interval?.high === value),
  );
  if (!ends) return '';
  return ' Where an interval ends at the number itself, its centre, R² about the mean of the training rows, is so far off that it was stretched to hold the number.';
}

/** `95 %`, with as many digits as it takes, up to `digits` of them. */
export function percent(share: number, digits = 6): string {
  return `${Number((100 * share).toPrecision(digits))} %`;
}

/** `n = 6500 (5200 train + 1300 test)`. */
export function samplesText(result: Pick<SynchronyResult, 'samples' | 'splits'>): string {
  const train = rangeText(result.splits.map((split) => split.trainSamples));
  const test = rangeText(result.splits.map((split) => split.testSamples));
  return `n = ${result.samples} (${train} train + ${test} test)`;
}

/** `split seeds 0, 1, 2`. */
function seedsText(splits: readonly SplitRecord[]): string {
  return `split seed${splits.length === 1 ? '' : 's'} ${splits.map((split) => split.seed).join(', ')}`;
}

/** The settings behind one result, in the order of a subtitle. */
export function settingsText(result: SynchronyResult): readonly string[] {
  return [
    `condition ${result.condition}`,
    samplesText(result),
    `groups by ${result.groupBy}`,
    seedsText(result.splits),
    lambdaText([result.lambda]),
    ...recordedText(result),
    ...reducedText(result),
    ...(result.solver === 'exact' ? [] : [`solver ${result.solver}: not to be relied on`]),
  ];
}

/** `3 of 12 source layers and 3 of 12 target layers`, where not all were recorded. */
export function recordedText({ sourceRecorded, targetRecorded }: Partial<SideLayers>): string[] {
  const sides = [
    ...(sourceRecorded ? [`${sourceRecorded.numbers.length} of ${sourceRecorded.of} source layers`] : []),
    ...(targetRecorded ? [`${targetRecorded.numbers.length} of ${targetRecorded.of} target layers`] : []),
  ];
  return sides.length === 0 ? [] : [sides.join(' and ')];
}

/** `64 principal components`, with both sides where they differ; nothing for layers as they are. */
export function reducedText({ reduced }: Pick<SynchronyResult, 'reduced'>): string[] {
  if (!reduced) return [];
  const { source, target } = reduced;
  return [
    source === target
      ? `${source} principal components of either side`
      : `${source} principal components of the source, ${target} of the target`,
  ];
}

/** Three decimals with a real minus sign; `−0.000` is `0.000`; very large ones in powers of ten. */
export function decimals(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  const text = Math.abs(value) < 1e4 ? value.toFixed(digits) : value.toExponential(1);
  return (Number(text) === 0 ? text.replace('-', '') : text).replaceAll('-', '−');
}

/** `p = 0.012`; never 0. */
export function pText(p: number): string {
  return p < 0.0005 ? `p = ${p.toExponential(1).replace('-', '−')}` : `p = ${decimals(p)}`;
}

/** Joins parts with middle dots into lines no wider than `width` as `measure` sees it. */
export function wrapParts(
  parts: readonly string[],
  width: number,
  measure: (text: string) => number,
): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last} · ${part}`;
    if (last === undefined || measure(joined) > width) lines.push(...wrapWords(part, width, measure));
    else lines[lines.length - 1] = joined;
  }
  return lines;
}

/** Breaks one text at its spaces; a single word that is too wide stays whole. */
export function wrapWords(text: string, width: number, measure: (text: string) => number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || measure(joined) > width) lines.push(word);
    else lines[lines.length - 1] = joined;
  }
  return lines;
}

/** `120`, or `120–144`. */
export function rangeText(counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? String(low) : `${low}–${high}`;
}

/** `λ = 0.1`, or `λ by cross-validation`; each value once. */
export function lambdaText(lambdas: readonly Lambda[]): string {
  const numbers = [...new Set(lambdas)].filter((lambda) => lambda !== 'cv');
  return [
    ...(numbers.length > 0 ? [`λ = ${numbers.join(' and ')}`] : []),
    ...(numbers.length < new Set(lambdas).size ? ['λ by cross-validation'] : []),
  ].join(', ');
}
