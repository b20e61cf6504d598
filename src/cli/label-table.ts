import { printable } from '../errors.ts';

/** Rows of a label and a value below each other. */
export function labelTable(rows: readonly (readonly [string, string | number])[]): string {
  return rows.map(([label, value]) => `${label.padEnd(16)}${printable(String(value))}\n`).join('');
}

/** 1610612736 → `1.5 GiB`. */
export function binarySize(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
