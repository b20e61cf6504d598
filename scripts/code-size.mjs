// How the code keeps to what CONTRIBUTING.md asks of it: lengths of files and functions, any, non-null ! and casts.
// Prints a table; with --check, ends with 1 where a limit is not kept. Tests are not counted.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'))
  .map((name) => join(SRC, name));

const functions = [];
const found = { any: [], bang: [], as: [] };
const byFolder = new Map();

function note(kind, path, line) {
  found[kind].push(`${path}:${line}`);
  const folder = path.split('/')[1];
  const counts = byFolder.get(folder) ?? { any: 0, bang: 0, as: 0 };
  counts[kind]++;
  byFolder.set(folder, counts);
}

const lengths = files.map((file) => {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(
    file,
    text,
    ts.ScriptTarget.Latest,
    true,
    file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const path = file.slice(ROOT.length + 1);
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node) => {
    const isConst = ts.isAsExpression(node) && node.type.getText(source) === 'const';
    if (ts.isFunctionLike(node) && node.body && ts.isBlock(node.body))
      functions.push({
        lines: lineOf(node.body.end) - lineOf(node.getStart(source)) + 1,
        where: `${path}:${lineOf(node.getStart(source))}`,
      });
    if (node.kind === ts.SyntaxKind.AnyKeyword) note('any', path, lineOf(node.pos));
    if (ts.isNonNullExpression(node)) note('bang', path, lineOf(node.end));
    if (ts.isAsExpression(node) && !isConst) note('as', path, lineOf(node.end));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { lines: text.split('\n').length - 1, path };
});

const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const rows = [
  [
    'lines of a file, median',
    quantile(
      lengths.map(({ lines }) => lines),
      0.5,
    ),
    120,
  ],
  [
    'lines of a file, 95th percentile',
    quantile(
      lengths.map(({ lines }) => lines),
      0.95,
    ),
    300,
  ],
  [
    'lines of a function, 95th percentile',
    quantile(
      functions.map(({ lines }) => lines),
      0.95,
    ),
    35,
  ],
  ['any', found.any.length, 0],
  ['non-null !', found.bang.length, 399],
  ['as, but for as const', found.as.length, 79],
];
for (const [what, value, most] of rows)
  console.log(
    `${what.padEnd(40)}${String(value).padStart(6)}   at most ${most}${value > most ? '   NOT KEPT' : ''}`,
  );

if (process.argv.includes('--list')) {
  for (const { lines, path } of lengths.toSorted((a, b) => b.lines - a.lines).slice(0, 20))
    console.log(lines, path);
  for (const { lines, where } of functions.toSorted((a, b) => b.lines - a.lines).slice(0, 20))
    console.log(lines, where);
  for (const [folder, counts] of byFolder) console.log(folder.padEnd(16), JSON.stringify(counts));
}
if (process.argv.includes('--where'))
  for (const kind of ['any', 'bang', 'as']) console.log(kind, found[kind].join('\n'));
if (process.argv.includes('--check') && rows.some(([, value, most]) => value > most)) process.exit(1);
