// Tables as CSV (RFC 4180): comma, CRLF, quotes only where they are needed.

export type CsvValue = string | number | boolean | null;

/**
 * Rows under their header. Numbers are written in full, so that reading gives the same doubles; null and NaN are
 * empty. Throws RangeError when a row has another number of values than the header.
 */
export function encodeCsv(header: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  const lines = [header.map(field).join(',')];
  for (const row of rows) {
    if (row.length !== header.length) {
      throw new RangeError(`row ${lines.length} has ${row.length} values under ${header.length} headings`);
    }
    lines.push(row.map(field).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function field(value: CsvValue): string {
  if (value === null || Number.isNaN(value)) return '';
  const text = String(value);
  // Leading and trailing spaces are data, but some readers trim them outside quotes.
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
