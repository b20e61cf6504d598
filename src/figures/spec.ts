// As much of Vega-Lite as the figures use, with types that say what each part may hold; and the pieces that nearly every
// figure is made of. Vega-Lite's own types take any of a hundred shapes at each place, and say nothing of a wrong one.

import { type RecordedLayers, shownLayer } from '../episodes/recorded-layers.ts';
import { textWidth } from './font.ts';
import { wrapParts, wrapWords } from './number-text.ts';

export type Value = string | number | boolean | null;

export interface Scale {
  readonly type?: 'linear' | 'log' | 'symlog';
  readonly domain?: readonly Value[];
  readonly range?: readonly (string | readonly number[])[];
  readonly scheme?: string | { readonly name: string; readonly extent: readonly [number, number] };
  readonly zero?: boolean;
  readonly nice?: boolean;
  readonly clamp?: boolean;
  readonly constant?: number;
  readonly padding?: number;
  readonly paddingInner?: number;
  readonly paddingOuter?: number;
}

export interface Axis {
  readonly title?: string | null;
  readonly values?: readonly number[];
  readonly tickCount?: number;
  readonly format?: string;
  readonly labelExpr?: string;
  readonly grid?: boolean;
  readonly domain?: boolean;
  readonly ticks?: boolean;
  readonly orient?: 'bottom' | 'top';
  readonly labelAngle?: number;
  readonly labelFontSize?: number;
  readonly labelLimit?: number;
  readonly labelOverlap?: boolean;
  readonly titleFontSize?: number;
}

export interface Legend {
  readonly title: string | null;
  readonly orient?: 'bottom' | 'top';
  readonly direction?: 'vertical';
  readonly columns?: number;
  readonly labelLimit?: number;
  readonly symbolType?: 'circle';
  readonly symbolSize?: number;
  readonly symbolOpacity?: number;
  readonly format?: string;
  readonly tickCount?: number;
  readonly gradientThickness?: number;
  readonly gradientLength?: number;
  readonly gradientStrokeWidth?: number;
  readonly offset?: number;
}

/** What one visual property shows. */
export interface Channel {
  readonly field?: string;
  readonly type?: 'quantitative' | 'nominal' | 'ordinal';
  readonly datum?: number;
  readonly value?: string | number;
  readonly condition?: { readonly test: string; readonly value: string };
  readonly aggregate?: 'count';
  readonly bin?: {
    readonly step: number;
    readonly anchor: number;
    readonly extent: readonly [number, number];
  };
  readonly sort?: 'descending' | readonly string[] | null;
  readonly scale?: Scale;
  readonly axis?: Axis | null;
  readonly legend?: Legend | null;
  readonly title?: string | null;
  readonly header?: { readonly labelFontSize: number };
}

export type Encoding = Readonly<
  Partial<
    Record<
      'x' | 'x2' | 'xOffset' | 'y' | 'y2' | 'yOffset' | 'color' | 'detail' | 'shape' | 'strokeDash' | 'text',
      Channel
    >
  >
>;

export interface Mark {
  readonly type: 'rect' | 'rule' | 'point' | 'line' | 'area' | 'bar' | 'tick' | 'text';
  readonly [property: string]: Value | readonly number[];
}

export type Transform =
  | { readonly filter: string }
  | { readonly calculate: string; readonly as: string }
  | { readonly aggregate: readonly { readonly op: 'max'; readonly field: string; readonly as: string }[] };

export interface Title {
  readonly text: string | readonly string[];
  readonly subtitle?: string | readonly string[];
  readonly anchor?: 'start' | 'middle';
  readonly fontSize?: number;
  readonly subtitleFontSize?: number;
  readonly offset?: number;
}

/** One layer of marks, or a plot made of such. */
export interface View {
  readonly title?: Title;
  readonly width?: number | { readonly step: number };
  readonly height?: number | { readonly step: number };
  readonly data?: { readonly values: readonly object[] };
  readonly transform?: readonly Transform[];
  readonly mark?: Mark;
  readonly encoding?: Encoding;
  readonly layer?: readonly View[];
}

/** A whole figure. */
export interface FigureSpec extends View {
  readonly $schema: string;
  /** What a screen reader says instead of the picture. */
  readonly description: string;
  readonly title: Title;
  readonly padding: number;
  readonly spacing?: number;
  readonly columns?: number;
  readonly concat?: readonly View[];
  readonly hconcat?: readonly View[];
  readonly facet?: Channel;
  readonly spec?: View;
  readonly resolve?: object;
}

/** A figure with what all figures have. */
export function figure(parts: Omit<FigureSpec, '$schema' | 'padding'>): FigureSpec {
  return { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', padding: 8, ...parts };
}

/** What a figure says of itself. */
export interface FigureWords {
  readonly title: string;
  /** What belongs under the title: models, n, seeds, λ, how errors were made, whether models are toys. */
  readonly notes: readonly string[];
}

/** Notes in lines no wider than a plot and its axis, in pixels. */
export function subtitleLines(notes: readonly string[], width: number): readonly string[] {
  return wrapParts(notes, width, (text) => textWidth(text, 11));
}

/** A title with notes under it, both in lines no wider than that. */
export function titleLines({ title, notes }: FigureWords, width: number): Title {
  return {
    text: wrapWords(title, width, (text) => textWidth(text, 14, 'bold')),
    subtitle: subtitleLines(notes, width),
  };
}

/** What a screen reader says: the title, what is shown, the notes. */
export function describe({ title, notes }: FigureWords, shown: string): string {
  return `${title}: ${shown}. ${notes.join('; ')}.`;
}

/**
 * Layers, or other things counted from 1, that have a tick: all of a few, each second or fourth of many.
 *
 * @param room how much rarer ticks are in a small plot
 */
export function layerTicks(count: number, room = 1): number[] {
  const every = room * (count <= 12 ? 1 : count <= 20 ? 2 : 4);
  return Array.from({ length: count }, (_, i) => i + 1).filter((layer) => layer === 1 || layer % every === 0);
}

/**
 * The same of layers by their numbers in the model.
 *
 * @param layers how many are shown
 * @param recorded which they are, where these are not all
 */
export function recordedTicks(
  layers: number,
  recorded: RecordedLayers | undefined,
  room = 1,
): readonly number[] {
  return layerTicks(layers, room).map((place) => shownLayer(recorded, place - 1));
}

/** A field of numbers. */
export function quantitative(field: string, rest: Channel = {}): Channel {
  return { field, type: 'quantitative', ...rest };
}

/** A field of names. */
export function nominal(field: string, rest: Channel = {}): Channel {
  return { field, type: 'nominal', ...rest };
}

// Okabe and Ito's colours, which stay apart with any kind of colour vision; more series take a scheme with more of them.
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** Colours by name, in the order of the names. */
export function namedColours(names: readonly string[]): Scale {
  return names.length <= COLOURS.length
    ? { domain: names, range: COLOURS.slice(0, names.length) }
    : { domain: names, scheme: 'tableau20' };
}

/** A line where a number is 0. */
export function zeroLine(axis: 'x' | 'y'): View {
  return { mark: { type: 'rule', color: '#888888' }, encoding: { [axis]: { datum: 0 } } };
}
