// The tables of docs/options.md: keys of the study file from its schema, options of the commands from their help.

import { studyJsonSchema, studySchema } from '../src/studies/schema.ts';

/** As much of a JSON Schema as the study file's uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

interface Row {
  readonly key: string;
  readonly values: string;
  readonly fallback: string;
  readonly meaning: string;
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** Settings and lists of constants as a user writes them in YAML. */
function yaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yaml).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${key}: ${yaml(one)}`)
      .join(', ')} }`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const real = (bound: number | undefined) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return [
    real(minimum) ? `≥ ${minimum}` : '',
    real(exclusiveMinimum) ? `> ${exclusiveMinimum}` : '',
    real(maximum) ? `≤ ${maximum}` : '',
    real(exclusiveMaximum) ? `< ${exclusiveMaximum}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** What may stand there, in a few words. */
function valuesOf(schema: Schema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(valuesOf))].join(' or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.prefixItems) return `[${schema.prefixItems.map(valuesOf).join(', ')}]`;
  switch (schema.type) {
    case 'integer':
      return ['whole number', bounds(schema)].filter(Boolean).join(' ');
    case 'number':
      return ['number', bounds(schema)].filter(Boolean).join(' ');
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list of ${typeof schema.items === 'object' ? valuesOf(schema.items) : 'values'}`;
    case 'object':
      return schema.properties ? 'settings' : 'names with values';
    default:
      return 'text';
  }
}

/** Schemas of the settings that a key may hold, itself or as one of its alternatives. */
function settingsOf(schema: Schema): Schema[] {
  if (schema.properties) return [schema];
  return (schema.anyOf ?? []).flatMap(settingsOf);
}

/** Rows of the keys below `prefix`, each with those of its own settings behind it. */
function rowsOf(schema: Schema, prefix: string, known: unknown, needed = 'required'): Row[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    const fallback = lookUp(known, name) ?? property.default;
    const open = settingsOf(property);
    // Of settings that are always there, each has a default of its own.
    const whole = property.type === 'object' && open.length > 0;
    const row: Row = {
      key,
      values: valuesOf(property),
      fallback: required.has(name) ? needed : whole || fallback === undefined ? '' : `\`${yaml(fallback)}\``,
      meaning: property.description ?? '',
    };
    const below = open.flatMap((one) => rowsOf(one, key, lookUp(known, name), neededIn(open)));
    return [row, ...distinct(below), ...namedRows(property, key)];
  });
}

/** Rows of what stands under names that the user chooses. */
function namedRows({ additionalProperties, properties }: Schema, key: string): Row[] {
  if (typeof additionalProperties !== 'object' || properties) return [];
  const open = settingsOf(additionalProperties);
  return distinct(open.flatMap((one) => rowsOf(one, `${key}.NAME`, undefined, neededIn(open))));
}

/** A key that one of several alternatives requires tells them apart. */
const neededIn = (alternatives: readonly Schema[]) => (alternatives.length > 1 ? 'one of these' : 'required');

/** Alternatives may share keys, which mean the same in most of them. */
function distinct(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [`${row.key} ${row.meaning} ${row.fallback}`, row])).values()];
}

function lookUp(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** A study with nothing but what it must have, and `more`. */
const study = (more: object = {}) =>
  studySchema.safeParse({ name: 'study', models: { a: { embedded: 'toy-llama' } }, ...more }).data;

/** All keys of a study file; the defaults of settings are those they have where their key is `true`. */
export function studyKeys(): Row[] {
  const { properties = {}, required = [] }: Schema = studyJsonSchema();
  return Object.entries(properties).flatMap(([name, property]) => {
    const [own, ...below] = rowsOf({ properties: { [name]: property }, required }, '', study());
    const open = rowsOf(
      { properties: { [name]: property }, required },
      '',
      study({ [name]: true }) ?? study(),
    );
    return [...(own ? [own] : []), ...(below.length > 0 ? open.slice(1) : [])];
  });
}

const cell = (text: string) => text.replaceAll('|', '\\|');

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ key, values, fallback, meaning }) =>
      `| \`${key}\` | ${cell(values)} | ${cell(fallback)} | ${cell(meaning)} |`,
  );
  return ['| key | values | default | what it is |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** A table of the keys on top, and one for the settings of each that has any. */
export function studyKeyTables(): string {
  const rows = studyKeys();
  const top = rows.filter(({ key }) => !key.includes('.'));
  const below = top.flatMap((row) => {
    const prefix = `${row.key}.`;
    const own = rows.filter(({ key }) => key.startsWith(prefix));
    const short = own.map((one) => ({ ...one, key: one.key.slice(prefix.length) }));
    return short.length > 0 ? [`### ${row.key}\n\n${table(short)}`] : [];
  });
  return [table(top), ...below].join('\n\n');
}

interface Entry {
  readonly term: string;
  readonly text: string;
}

/** Terms and texts of one part of a command's help; a text goes on in lines that begin further right. */
function entriesOf(help: string, title: string): Entry[] {
  const part = new RegExp(`^${title}:\\n((?:  .*\\n?)+)`, 'm').exec(help)?.[1] ?? '';
  const entries: Entry[] = [];
  for (const line of part.split('\n')) {
    const begin = /^ {2}(\S.*?) {2,}(\S.*)$/.exec(line);
    const last = entries.at(-1);
    if (begin) entries.push({ term: begin[1] ?? '', text: begin[2] ?? '' });
    else if (last && line.trim() !== '')
      entries.splice(-1, 1, { ...last, text: `${last.text} ${line.trim()}` });
  }
  return entries;
}

/** Names of the commands that a help text lists. */
export function subcommands(help: string): string[] {
  return entriesOf(help, 'Commands')
    .map(({ term }) => term.split(' ')[0] ?? '')
    .filter((name) => name !== 'help' && name !== '');
}

/** A heading with usage, and a table of arguments and options. */
export function commandSection(name: string, help: string): string {
  const usage = /^Usage: (.*)$/m.exec(help)?.[1] ?? '';
  const text = /^Usage: .*\n\n((?:\S.*\n)+)/m.exec(help)?.[1]?.trim().replaceAll('\n', ' ') ?? '';
  const rows = [...entriesOf(help, 'Arguments'), ...entriesOf(help, 'Options')]
    .filter(({ term }) => !term.startsWith('-h,'))
    .map((entry) => `| \`${cell(entry.term)}\` | ${cell(entry.text)} |`);
  const table = rows.length > 0 ? ['', '| | |', '| --- | --- |', ...rows] : [];
  return [`### ${name}`, '', `\`${usage}\`: ${text}.`, ...table].join('\n');
}
