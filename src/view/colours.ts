// Colours of maps: viridis without its darkest quarter for R², as in the figures, and blue to orange for differences.

type Rgb = readonly [number, number, number];

/** Viridis at 0.25, 0.375 … 1. */
const VIRIDIS: readonly Rgb[] = [
  [59, 82, 139],
  [44, 113, 142],
  [33, 145, 140],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];
const DIVERGING: readonly Rgb[] = [
  [11, 92, 148],
  [120, 170, 207],
  [240, 240, 240],
  [232, 160, 100],
  [163, 71, 0],
];
const NEGATIVE = '#c9c9c9';
const UNKNOWN = '#ffffff';
/** Steps of a scale: a map is drawn as one path for each. */
export const STEPS = 64;

function along(stops: readonly Rgb[], share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  const [from = [0, 0, 0], to = [0, 0, 0]] = [stops[low], stops[low + 1]];
  const parts = from.map((x, i) => Math.round(x + (place - low) * ((to[i] ?? x) - x)));
  return `#${parts.map((x) => x.toString(16).padStart(2, '0')).join('')}`;
}

/** A scale: `r2` from 0 to its high end, gray below; `difference` from −high to high. */
export interface ColourScale {
  readonly kind: 'r2' | 'difference';
  readonly high: number;
}

/** Colour of a value, in `STEPS` steps. */
export function colourOf(value: number, { kind, high }: ColourScale): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (kind === 'r2' && value < 0) return NEGATIVE;
  const share = kind === 'r2' ? value / high : (value / high + 1) / 2;
  const step = Math.round(Math.min(1, Math.max(0, share)) * STEPS) / STEPS;
  return along(kind === 'r2' ? VIRIDIS : DIVERGING, step);
}

/** A round high end for values that are looked at together. */
export function highEnd(all: readonly ArrayLike<number>[], absolute = false): number {
  let highest = 0;
  for (const values of all)
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      highest = Math.max(highest, absolute ? Math.abs(value) || 0 : value || 0);
    }
  if (highest === 0) return 0.1;
  const step = highest > 0.1 ? 0.05 : 0.01;
  return Number((Math.ceil(highest / step - 1e-6) * step).toFixed(2));
}
