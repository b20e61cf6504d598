// A run's current results → files for data frames: every table under a temporary name first, and all of them renamed when
// the last one is whole.

import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput, codeOf, InterbrainError, messageOf } from '../errors.ts';
import { partialName, sweepPartials } from '../recordings/atomic-file.ts';
import { type Missing, missingLines } from '../report/about/missing-lines.ts';
import type { ReportSource } from '../report/source.ts';
import { openCsv } from './csv.ts';
import { openParquet } from './parquet.ts';
import type { Batch, Part, Table, TableWriter } from './table.ts';
import { PARTS } from './tables.ts';

/** Rows that are kept in memory until they are written. */
const ROWS_AT_ONCE = 20_000;

/** Where the files go. */
export interface ExportFolders {
  readonly parquet?: string | undefined;
  readonly csv?: string | undefined;
}

/** A table that was written. */
export interface WrittenTable {
  readonly table: string;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface Exported {
  readonly tables: readonly WrittenTable[];
  /** What of the study is not there, a line for each stage. */
  readonly missing: readonly string[];
}

const FORMATS = { parquet: openParquet, csv: openCsv } as const;

/** One file under its temporary name. */
class OpenTable {
  readonly table: Table;
  readonly path: string;
  readonly partial: string;
  rows = 0;
  readonly #writer: TableWriter;
  #waiting: Batch['rows'][number][] = [];

  constructor(table: Table, path: string, partial: string, writer: TableWriter) {
    this.table = table;
    this.path = path;
    this.partial = partial;
    this.#writer = writer;
  }

  async add(rows: Batch['rows']): Promise<void> {
    for (const row of rows) {
      this.#waiting.push(row);
      if (this.#waiting.length >= ROWS_AT_ONCE) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting.map(finite);
    this.#waiting = [];
    this.rows += rows.length;
    if (rows.length > 0) await this.#writer.write(rows);
  }

  /** The file is whole and on the disk, under its temporary name. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#writer.close();
    const file = await open(this.partial, 'r+');
    await file.sync();
    await file.close();
  }
}

/** NaN and infinity are no values of a table. */
function finite(row: Batch['rows'][number]): Batch['rows'][number] {
  const isBad = (value: unknown) => typeof value === 'number' && !Number.isFinite(value);
  if (!Object.values(row).some(isBad)) return row;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, isBad(value) ? null : value]));
}

/** Opens the files of a part's tables, in every format that is asked for. */
async function openPart({ tables }: Part, folders: ExportFolders, opened: OpenTable[]): Promise<OpenTable[]> {
  const own: OpenTable[] = [];
  for (const format of ['parquet', 'csv'] as const)
    for (const table of folders[format] === undefined ? [] : tables) {
      const path = join(folders[format] ?? '', `${table.name}.${format}`);
      const partial = partialName(path);
      const one = new OpenTable(table, path, partial, await FORMATS[format](partial, table));
      own.push(one);
      opened.push(one);
    }
  return own;
}

async function makeFolders(folders: ExportFolders): Promise<void> {
  for (const folder of Object.values(folders)) {
    if (folder === undefined) continue;
    await mkdir(folder, { recursive: true });
    await sweepPartials(folder, false);
  }
}

/**
 * Writes the current results of a run as tables. Every table is written, also one without rows; other files of the
 * folders are left alone. If it is stopped, the tables that were there before stay.
 *
 * @param onTable called when a table's rows have all been written
 * @throws BadInput if a folder cannot be written to; CorruptFile naming a damaged result
 */
export async function exportTables(
  source: ReportSource,
  folders: ExportFolders,
  onTable: (table: string, rows: number) => void = () => {},
): Promise<Exported> {
  const opened: OpenTable[] = [];
  try {
    await makeFolders(folders);
    for (const part of PARTS) {
      const own = await openPart(part, folders, opened);
      for await (const { table, rows } of part.rows(source))
        for (const one of own) if (one.table === table) await one.add(rows);
      for (const one of own) await one.close();
      for (const { name } of part.tables)
        onTable(name, own.find(({ table }) => table.name === name)?.rows ?? 0);
    }
    for (const { partial, path } of opened) await rename(partial, path);
  } catch (cause) {
    for (const { partial } of opened) await rm(partial, { force: true }).catch(() => {});
    // What the system says of files is a user's matter; anything else is told as it is.
    if (cause instanceof InterbrainError || typeof codeOf(cause) !== 'string') throw cause;
    const where = [folders.parquet, folders.csv].filter((one) => one !== undefined).join(' and ');
    throw new BadInput(
      where,
      `cannot be written (${messageOf(cause)}); tables that were there are not lost`,
      {
        cause,
      },
    );
  }
  return { tables: await Promise.all(opened.map(written)), missing: missingLines(await missingOf(source)) };
}

async function written({ table, path, rows }: OpenTable): Promise<WrittenTable> {
  return { table: table.name, file: path, rows, bytes: (await stat(path)).size };
}

async function missingOf({ states, leftOut = [], unseen = [] }: ReportSource): Promise<Missing> {
  return { stages: await states(), leftOut, unseen };
}
