// A table as a CSV file, line by line.

import { open } from 'node:fs/promises';
import { encodeCsv } from '../report/page/csv.ts';
import type { Table, TableWriter } from './table.ts';

/** Opens a file for one table. */
export async function openCsv(path: string, table: Table): Promise<TableWriter> {
  const names = Object.keys(table.columns);
  const file = await open(path, 'wx');
  let header = true;
  const append = async (rows: Parameters<TableWriter['write']>[0]) => {
    const text = encodeCsv(
      names,
      rows.map((row) => names.map((name) => row[name] ?? null)),
    );
    await file.appendFile(header ? text : text.slice(text.indexOf('\n') + 1));
    header = false;
  };
  return {
    write: append,
    async close() {
      if (header) await append([]);
      await file.close();
    },
  };
}
