// The one typeface of all figures, and how wide its text is. Without a canvas Vega guesses 0.8 em per
// character, which leaves gaps or cuts titles off; measuring with the font's own advance widths makes the
// layout right and the same on every machine.
//
// Arimo has the advance widths of Arial and Liberation Sans, so an SVG that a browser shows with either of
// those keeps its layout. It is licensed under the SIL Open Font License 1.1.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CorruptFile, MissingDependency } from '../errors.ts';

/** For `font-family`: the shipped font, then those of equal widths that systems have. */
export const FONT_FAMILY = "Arimo, 'Liberation Sans', Arial, Helvetica, sans-serif";

/** The name under which the shipped files know themselves. */
export const FONT_NAME = 'Arimo';

const PACKAGE = '@expo-google-fonts/arimo';
export type FontStyle = 'regular' | 'bold';

/** What measuring needs of a TrueType file. */
export interface FontMetrics {
  readonly unitsPerEm: number;
  /** Advance width of a character in font units; that of the missing-glyph box for unknown characters. */
  advance(codePoint: number): number;
}

const loaded = new Map<FontStyle, FontMetrics>();

/** Path of a shipped font file. Throws MissingDependency when the font's package is not installed. */
export function fontPath(style: FontStyle): string {
  const require = createRequire(import.meta.url);
  try {
    // Written out, so that tools that look for unused packages see this one.
    return style === 'bold'
      ? require.resolve('@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf')
      : require.resolve('@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf');
  } catch (cause) {
    throw new MissingDependency(PACKAGE, 'run `npm install` again: figures are drawn with its font', {
      cause,
    });
  }
}

/** Width of one line of text in pixels at `size` pixels per em, without kerning. */
export function textWidth(text: string, size: number, style: FontStyle = 'regular'): number {
  let metrics = loaded.get(style);
  if (metrics === undefined) {
    metrics = readFontMetrics(fontPath(style));
    loaded.set(style, metrics);
  }
  let units = 0;
  for (const character of text) units += metrics.advance(character.codePointAt(0) ?? 0);
  return (units * size) / metrics.unitsPerEm;
}

/**
 * Reads the advance widths of a TrueType file (OpenType 1.9: `head`, `hhea`, `hmtx`, `cmap` format 4, the
 * Basic Multilingual Plane). Throws CorruptFile when a table is missing or the character map has another format.
 */
export function readFontMetrics(path: string): FontMetrics {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const table = (name: string): number => tableOffset(view, name);
    const unitsPerEm = view.getUint16(table('head') + 18);
    const longMetrics = view.getUint16(table('hhea') + 34);
    const hmtx = table('hmtx');
    const glyph = glyphLookup(view, table('cmap'));
    const advance = (codePoint: number): number =>
      view.getUint16(hmtx + 4 * Math.min(glyph(codePoint), longMetrics - 1));
    return { unitsPerEm, advance };
  } catch (cause) {
    throw new CorruptFile(path, 'is not a TrueType font that we can measure', { cause });
  }
}

function tableOffset(view: DataView, name: string): number {
  const tables = view.getUint16(4);
  for (let i = 0; i < tables; i++) {
    const record = 12 + 16 * i;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((k) => view.getUint8(record + k)));
    if (tag === name) return view.getUint32(record + 8);
  }
  throw new Error(`no table ${name}`);
}

/** Character code -> glyph number, 0 for the missing-glyph box. */
function glyphLookup(view: DataView, cmap: number): (codePoint: number) => number {
  const start = formatFour(view, cmap);
  const segments = view.getUint16(start + 6) / 2;
  const ends = start + 14;
  const starts = ends + 2 * segments + 2;
  const deltas = starts + 2 * segments;
  const offsets = deltas + 2 * segments;
  return (codePoint) => {
    if (codePoint > 0xffff) return 0;
    let s = 0;
    while (s < segments && view.getUint16(ends + 2 * s) < codePoint) s++;
    if (s === segments) return 0;
    const first = view.getUint16(starts + 2 * s);
    if (codePoint < first) return 0;
    const delta = view.getUint16(deltas + 2 * s);
    const offset = view.getUint16(offsets + 2 * s);
    if (offset === 0) return (codePoint + delta) & 0xffff;
    const glyph = view.getUint16(offsets + 2 * s + offset + 2 * (codePoint - first));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  };
}

function formatFour(view: DataView, cmap: number): number {
  const subtables = view.getUint16(cmap + 2);
  for (let i = 0; i < subtables; i++) {
    const start = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(start) === 4) return start;
  }
  throw new Error('no character map of format 4');
}
