import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endedProcess } from '../../test/ended-process.ts';
import { BadInput } from '../errors.ts';
import { thisProcess } from './processes.ts';
import { lockRun } from './run-lock.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../dist/recordings/run-lock.js')).href;

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), 'run-lock-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A process that tries to take the folder once it is told to, says what came of it, and does what follows. */
async function taker(then: string) {
  const script = `import { lockRun } from ${JSON.stringify(MODULE)};
    console.log('ready');
    process.stdin.once('data', async () => {
      try {
        const release = await lockRun(${JSON.stringify(folder)});
        console.log('locked');
        ${then}
      } catch (error) {
        console.log(error.name + ' ' + error.message);
        process.exit(0);
      }
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, 'run', 'study.yaml'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => (await lines.next()).value ?? '';
  const ended = once(child, 'exit');
  expect(await said()).toBe('ready');
  const go = () => child.stdin.write('go\n');
  return { child, said, go, ended };
}

const STAY = 'setInterval(() => {}, 1000)';

async function holding() {
  const held = await taker(STAY);
  held.go();
  expect(await held.said()).toBe('locked');
  return held;
}

test('a folder is locked once, and the lock leaves nothing behind', async () => {
  const release = await lockRun(join(folder, 'deep'));
  expect(await readdir(join(folder, 'deep'))).toEqual(['run.lock']);
  await expect(lockRun(join(folder, 'deep'))).rejects.toThrow(BadInput);
  release();
  release();
  expect(await readdir(join(folder, 'deep'))).toEqual([]);
  const again = await lockRun(join(folder, 'deep'));
  release();
  expect(await readdir(join(folder, 'deep'))).toEqual(['run.lock']);
  again();
});

test('a second process is told who holds the folder, since when, and what to do', async () => {
  const before = Date.now();
  const { child } = await holding();
  const failure = await lockRun(folder).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BadInput);
  const message = String(failure);
  expect(message).toContain(`${folder}: another run is working here: \`interbrain study.yaml\``);
  expect(message).toContain(`process ${child.pid} on ${hostname()}, since `);
  const since = Date.parse(/since (\S+Z)/.exec(message)?.[1] ?? '');
  expect(since).toBeGreaterThanOrEqual(before - 1000);
  expect(since).toBeLessThanOrEqual(Date.now() + 1000);
  expect(message).toContain(`wait for its end or stop it (kill ${child.pid})`);
  expect(JSON.parse(await readFile(join(folder, 'run.lock'), 'utf8'))).toMatchObject({ pid: child.pid });
});

test('after kill -9 the folder is taken over without a word', async () => {
  const { child, ended } = await holding();
  child.kill('SIGKILL');
  await ended;
  expect(await readdir(folder)).toEqual(['run.lock']);
  const release = await lockRun(folder);
  expect(JSON.parse(await readFile(join(folder, 'run.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  expect(await readdir(folder)).toEqual(['run.lock']);
  release();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  'SIGINT',
  'SIGTERM',
] as const)('%s ends a process that does not listen to it, and the lock with it', async (signal) => {
  const { child, ended } = await holding();
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
  expect(await readdir(folder)).toEqual([]);
});

test('who listens to SIGINT keeps the lock until the end', async () => {
  const held = await taker(
    `process.on('SIGINT', () => { console.log('stopping'); setTimeout(() => process.exit(7), 300); }); ${STAY}`,
  );
  held.go();
  expect(await held.said()).toBe('locked');
  held.child.kill('SIGINT');
  expect(await held.said()).toBe('stopping');
  expect(await readdir(folder)).toEqual(['run.lock']);
  expect(await held.ended).toEqual([7, null]);
  expect(await readdir(folder)).toEqual([]);
});

test('of many that race for a dead lock one wins, again and again', async () => {
  for (let round = 0; round < 3; round++) {
    const dead = await holding();
    dead.child.kill('SIGKILL');
    await dead.ended;
    const takers = await Promise.all([taker(STAY), taker(STAY), taker(STAY), taker(STAY)]);
    for (const { go } of takers) go();
    const said = await Promise.all(takers.map((one) => one.said()));
    expect(said.filter((line) => line === 'locked')).toHaveLength(1);
    const winner = takers[said.indexOf('locked')]?.child;
    const refused = said.filter((line) => line.startsWith('BadInput'));
    expect(refused).toHaveLength(3);
    expect(JSON.parse(await readFile(join(folder, 'run.lock'), 'utf8'))).toMatchObject({ pid: winner?.pid });
    expect(await readdir(folder)).toEqual(['run.lock']);
    winner?.kill('SIGTERM');
    await Promise.all(takers.map(({ ended }) => ended));
    expect(await readdir(folder)).toEqual([]);
  }
});

test('many in one process that race for a dead lock: one wins', async () => {
  const dead = { ...(await endedProcess()), host: hostname(), since: 'x', command: 'x' };
  for (let round = 0; round < 20; round++) {
    await writeFile(join(folder, 'run.lock'), JSON.stringify({ id: `dead${round}-0000`, ...dead }));
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
    const won = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['run.lock']);
    won[0]?.();
    expect(await readdir(folder)).toEqual([]);
  }
});

test('who was killed while taking a lock over does not stand in the way', async () => {
  const dead = { ...(await endedProcess()), host: hostname(), since: 'x', command: 'x' };
  const write = (name: string, id: string) => writeFile(join(folder, name), JSON.stringify({ id, ...dead }));
  await write('run.lock', '11111111-x');
  await write('run.lock.11111111', '22222222-x');
  await write('run.lock.11111111.22222222', '33333333-x');
  // One who had taken over, and was killed before it put its right away.
  await write('run.lock.44444444', '55555555-x');
  const release = await lockRun(folder);
  expect(await readdir(folder)).toEqual(['run.lock']);
  release();
  expect(await readdir(folder)).toEqual([]);
});

test('a process of the same id that was started later is not the holder', async () => {
  const holder = { id: 'x', host: hostname(), pid: process.pid, start: 'long ago', since: 'x', command: 'x' };
  await writeFile(join(folder, 'run.lock'), JSON.stringify(holder));
  (await lockRun(folder))();
  await writeFile(join(folder, 'run.lock'), JSON.stringify({ ...holder, start: thisProcess().start }));
  await expect(lockRun(folder)).rejects.toThrow('another run is working here');
});

test('of another machine it is not known whether it still runs: the user decides', async () => {
  const holder = {
    id: 'x',
    host: 'elsewhere',
    pid: 1,
    start: null,
    since: '2026-01-02T03:04:05Z',
    command: 'x',
  };
  await writeFile(join(folder, 'run.lock'), JSON.stringify(holder));
  const path = join(folder, 'run.lock');
  await expect(lockRun(folder)).rejects.toThrow(
    `process 1 on elsewhere, since 2026-01-02T03:04:05Z; whether it still runs cannot be told from this machine: if not, delete ${path} and run again`,
  );
  await rm(path);
  (await lockRun(folder))();
});

test('a lock that does not say whose it is is left to the user', async () => {
  await writeFile(join(folder, 'run.lock'), '');
  await expect(lockRun(folder)).rejects.toThrow('this lock does not say whose it is');
});

test('a lock that is not ours any more is not given back', async () => {
  const release = await lockRun(folder);
  await writeFile(join(folder, 'run.lock'), 'another');
  release();
  expect(await readdir(folder)).toEqual(['run.lock']);
});
