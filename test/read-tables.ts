// Tables as a reader sees them: of a page and of CSV files, cells by the names of their rows and columns.

/** One table of a page. */
export interface HtmlTable {
  readonly head: readonly string[];
  /** Each with its first cell, which names it. */
  readonly rows: readonly (readonly string[])[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

/** What is read of a piece of HTML: no tags, single spaces. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function cellsOf(row: string): string[] {
  return [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => plainText(cell));
}

/** All tables of a page in their order. */
export function htmlTables(html: string): HtmlTable[] {
  return [...html.matchAll(/<table[\s\S]*?<\/table>/g)].map(([table]) => {
    const [head = '', body = ''] = table.split('</thead>');
    const rows = [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) => cellsOf(row));
    return { head: cellsOf(head), rows };
  });
}

/** The row with this name, by heading; of headings that stand twice, the second and third have `2` and `3` behind them. */
export function rowNamed({ head, rows }: HtmlTable, ...names: readonly string[]): Record<string, string> {
  const row = rows.find((cells) => names.every((name, i) => cells[i] === name));
  if (!row) throw new Error(`no row ${names.join(', ')}; there are ${rows.map(([name]) => name).join(', ')}`);
  const seen = new Map<string, number>();
  return Object.fromEntries(
    head.map((name, i) => {
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      return [times === 1 ? name : `${name} ${times}`, row[i] ?? ''];
    }),
  );
}

/** Records of a CSV file by heading. */
export function csvRecords(text: string): Record<string, string>[] {
  const [head = [], ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) => unquoted(field)),
    );
  return rows.map((row) => Object.fromEntries(head.slice(0, -1).map((name, i) => [name, row[i] ?? ''])));
}

function unquoted(field: string): string {
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

/** The record whose fields are these. */
export function recordWith(
  text: string,
  fields: Readonly<Record<string, string | number>>,
): Record<string, string> {
  const record = csvRecords(text).find((one) =>
    Object.entries(fields).every(([name, value]) => one[name] === String(value)),
  );
  if (!record) throw new Error(`no record with ${JSON.stringify(fields)} in\n${text.slice(0, 2000)}`);
  return record;
}
