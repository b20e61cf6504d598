// What the benchmarks print: Markdown tables.

export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  console.log([line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n'));
}

/** The middle one; of an even number the upper of the two. */
export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
