import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CorruptFile } from '../errors.ts';
import { readJsonObject } from './json-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer) {
  const path = join(folder, 'config.json');
  await writeFile(path, content);
  return readJsonObject(path);
}

it('reads the numbers that Python writes and JSON has not', async () => {
  const text = '{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN, -Infinity \\" Infinity", "NaN": 1}';
  expect(await read(text)).toEqual({
    a: Number.NaN,
    b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    c: 'NaN, -Infinity " Infinity',
    // A key is text.
    NaN: 1,
  });
});

it.each<[string, string | Buffer, RegExp]>([
  ['a byte order mark', '\ufeff{}', /config.json: begins with a byte order mark.*without one/],
  ['bytes that are not UTF-8', Buffer.from('{"a": "\xff"}', 'latin1'), /is not UTF-8/],
  ['what is no JSON', '{"a": NaN', /is not JSON .*download it again/],
  ['a list', '[NaN]', /must hold a JSON object/],
  ['other words', '{"a": nan}', /is not JSON/],
])('refuses %s', async (_, content, message) => {
  await expect(read(content)).rejects.toThrow(CorruptFile);
  await expect(read(content)).rejects.toThrow(message);
});
