import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endedProcess } from '../../test/ended-process.ts';
import { BadInput } from '../errors.ts';
import { partialName, sweepPartials, writeFileAtomic } from './atomic-file.ts';
import { isRunning, processOf, thisProcess } from './processes.ts';

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

test('a temporary name is never given twice and ends in .partial', () => {
  const names = Array.from({ length: 100 }, () => partialName(join(folder, 'x.json')));
  expect(new Set(names).size).toBe(100);
  for (const name of names) expect(name).toMatch(/x\.json\.\d+-[0-9a-f]{8}-[0-9a-f]{8}\.partial$/);
});

test('two processes that write one file at once leave one of theirs, whole, and nothing beside it', async () => {
  const path = join(folder, 'same.txt');
  const module = pathToFileURL(join(import.meta.dirname, '../../dist/recordings/atomic-file.js')).href;
  const write = (letter: string) => {
    const script = `import { writeFileAtomic } from ${JSON.stringify(module)};
      for (let i = 0; i < 60; i++) await writeFileAtomic(${JSON.stringify(path)}, '${letter}'.repeat(300_000));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    children.push(child);
    return once(child, 'exit');
  };
  let over = false;
  const seen = new Set<string>();
  const watch = async () => {
    while (!over) {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text !== undefined) seen.add(`${text.length}${text[0]}${text.at(-1)}`);
    }
  };
  const watching = watch();
  expect(await Promise.all([write('a'), write('b')])).toEqual([
    [0, null],
    [0, null],
  ]);
  over = true;
  await watching;
  expect([...seen].filter((what) => what !== '300000aa' && what !== '300000bb')).toEqual([]);
  const text = await readFile(path, 'utf8');
  expect(['a', 'b'].map((letter) => letter.repeat(300_000))).toContain(text);
  expect(await readdir(folder)).toEqual(['same.txt']);
});

test('many writings of one file in one process do not meet either', async () => {
  const path = join(folder, 'same.txt');
  await Promise.all(Array.from({ length: 20 }, (_, i) => writeFileAtomic(path, `${i}`.repeat(1000))));
  expect(await readFile(path, 'utf8')).toMatch(/^(\d+?)\1{999}$/);
  expect(await readdir(folder)).toEqual(['same.txt']);
});

test('what cannot be written leaves what was there, and no temporary file', async () => {
  await mkdir(join(folder, 'x.json', 'inside'), { recursive: true });
  const failure = await writeFileAtomic(join(folder, 'x.json'), 'text').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BadInput);
  expect(String(failure)).toContain('nothing that was there before is lost');
  expect(await readdir(folder)).toEqual(['x.json']);
});

test('of temporary files, those of processes that are gone are swept, and nothing else', async () => {
  await mkdir(join(folder, 'deep', 'er'), { recursive: true });
  const gone = await endedProcess();
  expect(isRunning(gone)).toBe(false);
  const parent = processOf(process.ppid);
  if (parent === undefined) throw new Error('no parent');
  const mine = thisProcess();
  const kept = [
    partialName(join(folder, 'own.json')),
    partialName(join(folder, 'parent.json'), parent),
    join(folder, 'x.json.partial'),
    join(folder, `y.json.${gone.pid}-x.partial`),
    join(folder, 'z.json'),
  ];
  const left = [
    partialName(join(folder, 'a.json'), gone),
    partialName(join(folder, 'deep/er/b.safetensors'), gone),
    // Another process had our id before us.
    partialName(join(folder, 'c.json'), { ...mine, start: 'another' }),
  ];
  for (const path of [...kept, ...left]) await writeFile(path, '');
  expect(await sweepPartials(folder)).toBe(3);
  const rest = await readdir(folder, { recursive: true });
  expect(rest.map((name) => join(folder, name)).sort()).toEqual(
    [...kept, join(folder, 'deep'), join(folder, 'deep/er')].sort(),
  );
  expect(await sweepPartials(join(folder, 'nowhere'))).toBe(0);
});
