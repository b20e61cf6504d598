// What a table for data frames is: columns that say what they hold, and rows of plain values. The files, their schema and
// docs/data-frames.md are all made of it.

import type { ReportSource } from '../report/source.ts';

/** `text`: UTF-8; `integer`: 32 bits; `number`: float64. Every column may be empty, which is null. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean';

interface ValueOf {
  readonly text: string;
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
}

/** A column: what it holds, and what that is, as a sentence without its full stop. */
export type Column<Type extends ColumnType = ColumnType> = readonly [type: Type, meaning: string];

export type Columns = Readonly<Record<string, Column>>;

/** A value for each column; what is not finite is written as null. */
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: ValueOf[C[Name][0]] | null };

export interface Table<C extends Columns = Columns> {
  /** Of the file, without its ending. */
  readonly name: string;
  /** What a row is. */
  readonly row: string;
  readonly columns: C;
}

/** Rows of one table; a batch holds few enough to be kept in memory. */
export interface Batch {
  readonly table: Table;
  readonly rows: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

/** A file that takes rows. */
export interface TableWriter {
  readonly write: (rows: Batch['rows']) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Tables that are made of the same results, in one pass over them. */
export interface Part {
  readonly tables: readonly Table[];
  /** In any order; every row belongs to one of the tables. */
  readonly rows: (source: ReportSource) => AsyncIterable<Batch>;
}

/** Columns with the types that they are written with. */
export function columns<const C extends Columns>(own: C): C {
  return own;
}

/** Rows with every column of their table and no other. */
export function batchOf<C extends Columns>(table: Table<C>, rows: readonly RowOf<C>[]): Batch {
  return { table, rows };
}
