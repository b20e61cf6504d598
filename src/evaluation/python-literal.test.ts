import { expect, it } from 'vitest';
import { parsePythonStrings } from './python-literal.ts';

// Right values: ast.literal_eval of CPython 3.11.
it.each<[string, string[]]>([
  [String.raw`['caf\xe9', 'a\nb', 'it\u2019s', '\U0001F600']`, ['café', 'a\nb', 'it’s', '😀']],
  [`['a', "b's", 'c "d"']`, ['a', "b's", 'c "d"']],
  [String.raw`['it\'s', "\"q\"", 'back\\slash', 'tab\t']`, ["it's", '"q"', 'back\\slash', 'tab\t']],
  [String.raw`['\d', '\101', '\0', r'\n']`, ['\\d', 'A', '\0', '\\n']],
  [`('a',)`, ['a']],
  [`['a' 'b', u'c',]`, ['ab', 'c']],
  ["['''x'y''']", ["x'y"]],
  ['[]', []],
])('reads %s as Python does', (text, strings) => {
  expect(parsePythonStrings(text)).toEqual(strings);
});

it.each([
  String.raw`['\x4']`,
  `['a' 5]`,
  `['a'`,
  'a, b',
  `['a', None]`,
  `['a';'b']`,
  String.raw`['\N{BULLET}']`,
])('refuses %s', (text) => {
  expect(parsePythonStrings(text)).toBeUndefined();
});
