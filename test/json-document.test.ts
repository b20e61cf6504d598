// The examples of docs/json.md are what the commands print.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import {
  compareSchema,
  doctorSchema,
  errorSchema,
  estimateSchema,
  exportSchema,
  measureSchema,
  modelSchema,
  statusSchema,
  verifySchema,
} from '../src/cli/documents.ts';

const ROOT = resolve(import.meta.dirname, '..');
const text = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');

/** What stands in a block of code that is marked with a name. */
function example(name: string): string {
  const [, found] = new RegExp(`^\`\`\`\\w+ ${name}\\n([^]*?)^\`\`\`$`, 'm').exec(text) ?? [];
  expect(found, name).toBeDefined();
  return found ?? '';
}

const documents: Readonly<Record<string, z.ZodType>> = {
  error: errorSchema,
  status: statusSchema,
  estimate: estimateSchema,
  measure: measureSchema,
  export: exportSchema,
  compare: compareSchema,
  doctor: doctorSchema,
  model: modelSchema,
  verify: verifySchema,
};

it.each(Object.entries(documents))('shows the document of %s', (name, schema) => {
  const document: unknown = JSON.parse(example(name));
  expect(schema.parse(document)).toEqual(document);
});

it('shows every event of a run and says when it comes', () => {
  const source = readFileSync(join(ROOT, 'src/studies/events.ts'), 'utf8');
  const types = [...source.matchAll(/readonly type: ('[^;]+');/g)].flatMap(([, union = '']) =>
    union.split(' | ').map((one) => one.slice(1, -1)),
  );
  expect(types.length).toBeGreaterThan(8);
  const lines = example('events')
    .trim()
    .split('\n')
    .map((line): { type: string; time: string } => JSON.parse(line));
  expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(types));
  for (const { time } of lines) expect(new Date(time).toISOString()).toBe(time);
  const rows = [...text.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, names = '']) => names.split(', '));
  for (const type of types) expect(rows).toContain(`\`${type}\``);
});
