// No file of src imports itself by way of others, types included: what belongs together can be read in some order.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'),
);

/** Files of src that a file imports or exports from, by their paths below src. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(SRC, resolve(dirname(join(SRC, file)), path)),
  );
}

/**
 * One circle for every file that closes one: `a.ts → b.ts → a.ts`.
 *
 * @param graph what each file imports
 */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const begin = path.indexOf(file);
    if (begin >= 0) circles.add([...path.slice(begin), file].join(' → '));
    if (begin >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return [...circles];
}

it('finds a circle', () => {
  const graph = { a: ['b', 'd'], b: ['c'], c: ['b', 'd'], d: [], e: ['e'] };
  expect(circlesOf(new Map(Object.entries(graph)))).toEqual(['b → c → b', 'e → e']);
});

it('there is no circle of files', () => {
  const graph = new Map(files.map((file) => [file, importsOf(file)]));
  expect([...graph.values()].flat().filter((target) => !graph.has(target))).toEqual([]);
  expect([...graph.values()].flat().length).toBeGreaterThan(1000);
  const circles = circlesOf(graph);
  expect(circles).toEqual([]);
});
