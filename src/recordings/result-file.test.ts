import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { BadInput, CorruptFile, OtherFormat } from '../errors.ts';
import { type Inputs, jsonFile, resultFile, sameInputs } from './result-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'result-file-'));
  path = join(folder, 'some', 'heights.json');
});
afterEach(() => rm(folder, { recursive: true }));

const heights = resultFile<{ readonly metres: readonly number[] }>({
  format: 'interbrain-heights-2',
  schema: z.object({ metres: z.array(z.number()) }),
});
const stored = { inputs: { hills: 'a1', settings: 'b2' }, result: { metres: [3, 4.5] } };

const place = jsonFile<{ readonly format: 'interbrain-place-1'; readonly name: string }>({
  format: 'interbrain-place-1',
  schema: z.object({ format: z.literal('interbrain-place-1'), name: z.string() }),
  advice: 'draw the map again',
});

test('a result is written with its format and inputs before it, and read as it was', async () => {
  await heights.write(path, stored);
  expect(await readFile(path, 'utf8')).toBe(
    `${JSON.stringify({ format: 'interbrain-heights-2', ...{ inputs: stored.inputs }, metres: [3, 4.5] }, null, 2)}\n`,
  );
  expect(await heights.read(path)).toEqual(stored);
});

test('a label stands between format and inputs, and tells files of one format apart', async () => {
  const schema = z.object({ metres: z.array(z.number()) });
  const [hills, trees] = ['hills', 'trees'].map((of) =>
    resultFile({ format: 'interbrain-heights-2', label: { of }, schema }),
  );
  await hills?.write(path, { inputs: {}, result: { metres: [1] } });
  expect(Object.keys(JSON.parse(await readFile(path, 'utf8')))).toEqual(['format', 'of', 'inputs', 'metres']);
  expect((await hills?.read(path))?.result).toEqual({ metres: [1] });
  await expect(trees?.read(path)).rejects.toThrow(`${path}: of: `);
});

test('a value that says its own format is written as it is', async () => {
  await place.write(path, { format: 'interbrain-place-1', name: 'Ulm' });
  expect(await readFile(path, 'utf8')).toBe('{\n  "format": "interbrain-place-1",\n  "name": "Ulm"\n}\n');
  expect(await place.read(path)).toEqual({ format: 'interbrain-place-1', name: 'Ulm' });
});

test('what is missing, damaged and of another format is told apart, with what to do', async () => {
  await expect(heights.read(path)).rejects.toThrow(BadInput);
  const given = async (text: string) => {
    await rm(path, { force: true });
    await heights.write(path, stored);
    await writeFile(path, text);
    return heights.read(path).then(
      () => 'read',
      (error: unknown) => error,
    );
  };
  const damaged: [string, string][] = [
    ['{"format": "interbrain-heights-2", "inpu', 'is not JSON ('],
    ['', 'is not JSON ('],
    ['[1]', 'it does not say its format, interbrain-heights-2'],
    ['{"inputs": {}, "metres": [1]}', 'it does not say its format, interbrain-heights-2'],
    ['{"format": "interbrain-heights-2", "metres": [1]}', 'inputs: '],
    ['{"format": "interbrain-heights-2", "inputs": {"hills": 3}, "metres": [1]}', 'inputs.hills: '],
    ['{"format": "interbrain-heights-2", "inputs": {}, "metres": [1, "2"]}', 'metres.1: '],
  ];
  for (const [text, message] of damaged) {
    const error = await given(text);
    expect(error, text).toBeInstanceOf(CorruptFile);
    expect(String(error)).toContain(`${path}: ${message}`);
    // What does not say that it is ours is nothing to delete.
    const ours = text.startsWith('{"format"');
    expect(String(error)).toContain(ours ? '; delete it and run the study again' : 'move the file away');
  }
  const others: [string, string][] = [
    ['interbrain-heights-1', 'it was written by an older interbrain; delete it and run the study again'],
    [
      'interbrain-heights-10',
      'it was written by a newer interbrain: use that one, or delete it and run the study again',
    ],
    [
      'interbrain-place-1',
      'a file of another kind lies there; it is not, or no longer, what interbrain writes',
    ],
    ['pt', 'a file of another kind lies there; it is not, or no longer, what interbrain writes'],
  ];
  for (const [format, message] of others) {
    // What an older version held need not fit anything of ours.
    const error = await given(JSON.stringify({ format, whatever: true }));
    expect(error, format).toBeInstanceOf(OtherFormat);
    expect(error).toMatchObject({ path, found: format, expected: 'interbrain-heights-2' });
    expect(String(error)).toContain(
      `${path}: its format is ${format}, but interbrain-heights-2 is what this interbrain reads; ${message}`,
    );
  }
});

test('a format can have advice of its own', async () => {
  await heights.write(path, stored);
  await writeFile(path, '{"format": "interbrain-place-1"');
  await expect(place.read(path)).rejects.toThrow('; draw the map again');
});

test('what is missing, damaged, of another format or made of other inputs is never the result', async () => {
  const sameAs = async (inputs: Inputs) => sameInputs((await heights.readIfThere(path))?.inputs, inputs);
  const same = () => sameAs(stored.inputs);
  expect(await same()).toBe(false);
  expect(await heights.readIfThere(path)).toBeUndefined();
  await heights.write(path, stored);
  expect(await heights.readIfThere(path)).toEqual(stored);
  expect(await same()).toBe(true);
  expect(await sameAs({ hills: 'a1' })).toBe(true);
  expect(await sameAs({ ...stored.inputs, trees: 'c3' })).toBe(false);
  expect(await sameAs({ ...stored.inputs, hills: 'a2' })).toBe(false);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.slice(0, -3));
  expect(await same()).toBe(false);
  await writeFile(path, text.replace('heights-2', 'heights-1'));
  expect(await same()).toBe(false);
  expect(await heights.readIfThere(path)).toBeUndefined();
});

test('inputs are the same if every one that counts is', () => {
  expect(sameInputs({ a: '1', b: '2' }, { a: '1' })).toBe(true);
  expect(sameInputs({ a: '1' }, { a: '1', b: '2' })).toBe(false);
  expect(sameInputs({ a: '1' }, { a: '2' })).toBe(false);
  expect(sameInputs(undefined, {})).toBe(false);
});
