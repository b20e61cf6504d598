// A table as a Parquet file, group of rows after group of rows, so that it may be larger than the memory.

import type { ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { ColumnType, Table, TableWriter } from './table.ts';

const TYPES = { text: 'STRING', integer: 'INT32', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

/** Opens a file for one table. The library is loaded when the first one is opened. */
export async function openParquet(path: string, table: Table): Promise<TableWriter> {
  const { fileWriter, ParquetWriter: Writer, schemaFromColumnData } = await import('hyparquet-writer');
  const named = Object.entries(table.columns).map(([name, [type]]) => ({ name, type }));
  const columnsOf = (data: (name: string, type: ColumnType) => ColumnSource['data']): ColumnSource[] =>
    named.map(({ name, type }) => ({
      name,
      type: TYPES[type],
      nullable: true,
      data: data(name, type),
      offsetIndex: false,
    }));
  const writer: ParquetWriter = new Writer({
    writer: fileWriter(path),
    schema: schemaFromColumnData({ columnData: columnsOf(() => []) }),
    createdBy: 'interbrain',
  });
  return {
    async write(rows) {
      await writer.write({
        columnData: columnsOf((name) => rows.map((row) => row[name] ?? null)),
        rowGroupSize: rows.length,
      });
    },
    async close() {
      await writer.finish();
    },
  };
}
