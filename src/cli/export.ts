// `interbrain export`: a run's current results as tables for data frames.

import { BadInput } from '../errors.ts';
import { type ExportFolders, exportTables } from '../export/write-tables.ts';
import { openSource } from '../report/source.ts';
import type { ExportDocument } from './documents.ts';

interface ExportOptions extends ExportFolders {
  readonly json?: boolean;
}

/** @throws BadInput if no folder is named, or it cannot be written to, or there is no run */
export async function exportRun(run: string, { json = false, ...folders }: ExportOptions): Promise<void> {
  const { parquet, csv } = folders;
  if (parquet === undefined && csv === undefined)
    throw new BadInput('export', 'no folder is named; give --parquet FOLDER, --csv FOLDER, or both');
  const { stdout } = process;
  const source = await openSource(run);
  const { tables, missing } = await exportTables(source, folders);
  if (json) {
    const document: ExportDocument = { run, tables: [...tables], missing: [...missing] };
    stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  for (const { file, rows } of tables) stdout.write(`${file}: ${rows} ${rows === 1 ? 'row' : 'rows'}\n`);
  if (missing.length > 0) stdout.write('Not exported, since it is not there or not current:\n');
  for (const line of missing) stdout.write(`  ${line}\n`);
}
