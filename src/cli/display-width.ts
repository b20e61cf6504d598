// How wide a text stands on a terminal: a letter takes one column, 漢 and most emoji two, an accent none.

import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns of what is seen as one character. */
function columnsOf(grapheme: string): number {
  // Emoji younger than the library's table are wide too, and several joined to one are as wide as one.
  return /\p{Emoji_Presentation}|\uFE0F/u.test(grapheme) ? 2 : Math.min(2, stringWidth(grapheme));
}

/** Latin letters and our own signs, of which every one takes a column; a line is measured often. */
const PLAIN = /^[\u0020-\u007E\u00A1-\u00AC\u00AE-\u024F…→]*$/;

/** Columns that a text without control characters takes on a terminal. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

/** The beginning of a text that takes at most so many columns, `…` included if something is missing. */
export function cutToWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  let width = 1;
  let cut = '';
  for (const { segment } of graphemes.segment(text)) {
    width += columnsOf(segment);
    if (width > columns) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** A name as it may stand in a line: control characters, which could move the cursor, become blanks. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
