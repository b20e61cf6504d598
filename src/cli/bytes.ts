const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** 1234567890 → `1.23 GB`. */
export function formatBytes(bytes: number): string {
  const unit = (['GB', 'MB', 'KB'] as const).find((name) => bytes >= UNITS[name]!) ?? 'B';
  const value = bytes / UNITS[unit]!;
  return `${unit === 'B' ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
}

/** A size such as `3GB`, `1.5 GiB` or `2000000` (bytes) in bytes; undefined if it is none, or not above 0. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit = 'B'] = /^\s*([0-9]*\.?[0-9]+)\s*([a-z]+)?\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  const value = Math.floor(Number(number) * (factor ?? Number.NaN));
  return value > 0 ? value : undefined;
}
