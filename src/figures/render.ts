// Vega-Lite spec -> SVG -> PNG, without a browser, a canvas or the system's fonts: the same spec gives the
// same bytes on every machine. Vega, Vega-Lite and resvg are loaded when the first figure is drawn.

import type { LoggerInterface } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { BadInput, MissingDependency } from '../errors.ts';
import { FONT_FAMILY, FONT_NAME, fontPath, textWidth } from './font.ts';
import type { FigureSpec } from './spec.ts';

export interface SvgOptions {
  /** Starts every id inside the SVG, so that several figures can stand in one page. Letters, digits, `-`, `_`. */
  readonly idPrefix?: string;
  /** What a screen reader says instead of the picture; by default the spec's `description`. */
  readonly label?: string;
}

export interface PngOptions {
  /** Pixels per SVG unit; 2 is sharp in print and on dense screens. */
  readonly scale?: number;
  /** TrueType files in place of the shipped ones. */
  readonly fontFiles?: readonly string[];
}

/** The part of Vega's scene graph that measures text. Vega exports it, but its types do not list it. */
interface TextMetrics {
  width(item: MeasuredItem, text: string): number;
}
interface MeasuredItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/**
 * Draws a spec whose data are inline.
 *
 * @throws BadInput when Vega-Lite cannot make sense of it; MissingDependency if Vega cannot measure text with our font
 */
export async function renderSvg(spec: FigureSpec, options: SvgOptions = {}): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  measureWithOurFont(vega);
  const logger = vega.logger(vega.Error);
  const compiled = vegaLite.compile(withHouseStyle(spec), { logger: complaining() });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    const svg = await view.toSVG();
    const drawn = renumberIds(withoutMarkRoles(svg), options.idPrefix ?? 'figure');
    return labelled(drawn, options.label ?? spec.description);
  } finally {
    view.finalize();
  }
}

/** Rasterises an SVG with the shipped font on white. */
export async function renderPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: options.scale ?? 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: [...(options.fontFiles ?? [fontPath('regular'), fontPath('bold')])],
      defaultFontFamily: FONT_NAME,
      sansSerifFamily: FONT_NAME,
    },
  });
  return new Uint8Array(image.render().asPng());
}

/** For a page: as wide as the column allows, up to the drawn size. */
export function fluidSvg(svg: string): string {
  return svg.replace(/^<svg [^>]*>/, (tag) => {
    const width = / width="([\d.]+)"/.exec(tag)?.[1] ?? '100%';
    const sized = tag.replace(/ (width|height)="[^"]*"/g, '');
    return sized.replace('<svg ', `<svg style="width:100%;height:auto;max-width:${width}px" `);
  });
}

/**
 * Sets Vega's text measurement, which is one variable for the whole process. It is set on each drawing and
 * never back: figures may be drawn at the same time, and it depends on nothing but the text.
 */
function measureWithOurFont(vega: object): void {
  const metrics = 'textMetrics' in vega ? vega.textMetrics : undefined;
  if (!isTextMetrics(metrics))
    throw new MissingDependency('vega', 'this version measures no text; run `npm install` again');
  metrics.width = (item, text) => {
    const style = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600 ? 'bold' : 'regular';
    return textWidth(String(text ?? ''), item.fontSize ?? 11, style);
  };
}

function isTextMetrics(value: unknown): value is TextMetrics {
  return typeof value === 'object' && value !== null && 'width' in value;
}

/** With fonts, colours and sizes that all figures share. */
function withHouseStyle(spec: FigureSpec): TopLevelSpec {
  const config = {
    font: FONT_FAMILY,
    background: '#ffffff',
    // The label of the whole figure says what there is; a label on each of a thousand cells does not.
    aria: false,
    view: { stroke: null },
    axis: {
      labelFontSize: 11,
      titleFontSize: 12,
      labelColor: '#222',
      titleColor: '#222',
      gridColor: '#e2e2e2',
      domainColor: '#888',
      tickColor: '#888',
    },
    legend: { labelFontSize: 11, titleFontSize: 11, labelColor: '#222', titleColor: '#222' },
    title: {
      fontSize: 14,
      subtitleFontSize: 11,
      subtitleColor: '#444',
      color: '#111',
      anchor: 'start',
      subtitleLineHeight: 15,
      subtitlePadding: 6,
      offset: 12,
    },
  } as const;
  // Our types allow a part of what Vega-Lite's do, and its compiler checks the rest.
  return { ...spec, config } as unknown as TopLevelSpec;
}

/** A compiler's warning means that the spec does not say what was meant, so it is an error here. */
function complaining(): LoggerInterface {
  const complain = (...messages: readonly unknown[]): never => {
    throw new BadInput('figure', messages.map(String).join(' '));
  };
  const logger: LoggerInterface = {
    level: () => logger,
    error: complain,
    warn: complain,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

/** Vega numbers clip paths and gradients through the life of the process; here they count from 0 per figure. */
function renumberIds(svg: string, prefix: string): string {
  const names = new Map<string, string>();
  for (const [, id] of svg.matchAll(/ id="([^"]+)"/g)) {
    if (id !== undefined && !names.has(id)) names.set(id, `${prefix}-${names.size}`);
  }
  return svg
    .replace(/ id="([^"]+)"/g, (_, id: string) => ` id="${names.get(id)}"`)
    .replace(/="url\(#([^)"]+)\)"/g, (_, id: string) => `="url(#${names.get(id) ?? id})"`);
}

/** Vega calls groups of marks pictures by themselves, without a name; the figure is one picture, and has one. */
function withoutMarkRoles(svg: string): string {
  return svg.replaceAll(/ role="graphics-\w+" aria-roledescription="[^"]*"(?: aria-label="[^"]*")?/g, '');
}

function labelled(svg: string, label: string): string {
  const text = label
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
  return svg.replace('<svg ', () => `<svg role="img" aria-label="${text}" `);
}
