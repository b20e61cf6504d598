// Runs whose results are made by workers, through the built command line and Debian's Redis: the bytes of a run without a
// queue, whatever happens to workers and to Redis.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { statusSchema } from '../src/cli/documents.ts';
import { hashTree, interbrain, MAIN, scratch, writeStudy } from './cli.ts';
import {
  computing,
  endAll,
  eventsOf,
  STUDY,
  type Started,
  signal,
  startRun,
  startWorker,
  until,
} from './queue-run.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

const folders: string[] = [];
const processes: Started[] = [];
const servers: RedisServer[] = [];
let whole: Record<string, string>;

function place(): string {
  const folder = scratch();
  folders.push(folder);
  return folder;
}

async function redis(options: Parameters<typeof startRedis>[1] = {}): Promise<RedisServer> {
  const server = await startRedis(place(), options);
  servers.push(server);
  return server;
}

const keep = (one: Started): Started => {
  processes.push(one);
  return one;
};
const run = (study: string, folder: string, url: string, lostAfter?: number) =>
  keep(startRun(study, folder, url, lostAfter));
const worker = (folder: string, url: string, args?: string[]) => keep(startWorker(folder, url, args));

/** Results of a stage in a run's folder. */
function results(folder: string, stage: string): string[] {
  const path = join(folder, 'runs/small', stage);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
}

/** What is said of workers, in order. */
const told = (one: Started) =>
  eventsOf(one.printed()).flatMap((event) => (event.type === 'worker' ? [event] : []));

/** The end of a run that has to be like that of one without a queue. */
async function expectWhole(one: Started, folder: string): Promise<void> {
  const { code, stderr } = await one.finished;
  expect({ code, stderr: stderr.replace(/^(Warning: .*|worker .*)\n/gm, '') }).toEqual({
    code: 0,
    stderr: '',
  });
  expect(hashTree(join(folder, 'runs/small'))).toEqual(whole);
}

beforeAll(async () => {
  const folder = place();
  expect(await interbrain(['run', writeStudy(folder, STUDY)], folder)).toMatchObject({ code: 0, stderr: '' });
  whole = hashTree(join(folder, 'runs/small'));
});

afterEach(async () => {
  endAll(processes.splice(0));
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

afterAll(() =>
  Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 }))),
);

/** Each waits for a worker to be missed, minutes in all: `npm run queue-faults`. */
const atLength = it.skipIf(process.env['QUEUE_FAULTS'] === undefined);

// Without redis-server there is nothing to test with; scripts/setup-tests.mjs says how to install it.
describe.skipIf(!hasRedis)('a run with a queue', () => {
  it('is made by two workers, to the same bytes, and says who makes what; passwords are shown nowhere', async () => {
    const password = 'k3ep-th1s/quiet@all';
    const { url } = await redis({ password });
    const secret = url.replace('//', `//:${encodeURIComponent(password)}@`);
    const folder = place();
    const study = writeStudy(folder, STUDY);
    const all = run(study, folder, secret);
    await until('a run', () => existsSync(join(folder, 'runs/small/run.lock')));
    expect(readFileSync(join(folder, 'runs/small/run.lock'), 'utf8')).not.toContain('k3ep');
    const workers = [worker(folder, secret), worker(folder, secret)];
    await until('a job taken', () => told(all).some(({ does }) => does === 'took'));
    // Between two jobs a worker does nothing that could be seen.
    const look = (...options: string[]) => interbrain(['status', study, ...options], folder);
    let status = await look();
    while (!status.stdout.includes('Workers:') && all.child.exitCode === null) status = await look();
    let seen = statusSchema.parse(JSON.parse((await look('--json')).stdout)).workers;
    while (seen.length === 0 && all.child.exitCode === null)
      seen = statusSchema.parse(JSON.parse((await look('--json')).stdout)).workers;
    await expectWhole(all, folder);
    for (const one of workers) {
      const ended = await one.finished;
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(/Working for small as [\s\S]*small: the run is over/);
      expect(ended.stdout).not.toContain('k3ep');
    }
    expect(all.printed()).not.toContain('k3ep');
    const names = workers.map(({ child }) => `${hostname()}:${child.pid}`);
    for (const name of names) {
      const own = told(all).filter((event) => event.worker === name);
      expect(own.map(({ does }) => does)).toContain('joined');
      expect(own.filter(({ does }) => does === 'took').length).toBeGreaterThan(0);
    }
    expect(status.stdout).toMatch(/Workers:\n {2}\S+:\d+: (episodes|readings|measure), .* \(since /);
    expect(names).toContain(seen[0]?.worker);
    // Every turn was heard of, as in a run without a queue.
    const turns = eventsOf(all.printed()).filter(({ type }) => type === 'turn');
    expect(turns.length).toBeGreaterThan(16);
  });

  atLength('goes on when workers are killed, frozen, or their computing processes are', async () => {
    const { url } = await redis();
    const folder = place();
    const study = writeStudy(folder, STUDY);
    const all = run(study, folder, url);
    const [killed, frozen, stuck] = [worker(folder, url), worker(folder, url), worker(folder, url)];
    const nameOf = ({ child }: Started) => `${hostname()}:${child.pid}`;
    const took = (one: Started) =>
      told(all).some(({ worker: who, does }) => who === nameOf(one) && does === 'took');
    await until('the first to have a job', () => took(killed));
    killed.child.kill('SIGKILL');
    await until('the second to have a job', () => took(frozen));
    const behind = computing(frozen);
    frozen.child.kill('SIGSTOP');
    if (behind !== undefined) signal(behind, 'SIGSTOP');
    await until('the third to have a job', () => took(stuck));
    const computes = computing(stuck);
    if (computes !== undefined) signal(computes, 'SIGSTOP');
    await until('it to be ended', () => computing(stuck) !== computes);
    const fresh = worker(folder, url);
    await until('the loss to be told', () =>
      told(all).some(
        ({ worker: who, does }) => who === nameOf(frozen) && does !== 'took' && does !== 'joined',
      ),
    );
    frozen.child.kill('SIGCONT');
    if (behind !== undefined) signal(behind, 'SIGCONT');
    await expectWhole(all, folder);
    expect((await fresh.finished).code).toBe(0);
    expect(frozen.child.exitCode ?? (await frozen.finished).code).toBe(0);
  });

  atLength.each([
    ['from its file', true],
    ['empty', false],
  ] as const)('goes on when Redis is killed and comes back %s', async (_, keeps) => {
    const server = await redis({ keeps });
    const folder = place();
    const all = run(writeStudy(folder, STUDY), folder, server.url);
    const workers = [worker(folder, server.url), worker(folder, server.url)];
    await until('an episode', () => results(folder, 'episodes').length > 0);
    await server.restart();
    await until('a measure', () => results(folder, 'synchrony').length > 0);
    await server.restart();
    await expectWhole(all, folder);
    const warnings = eventsOf(all.printed()).flatMap((event) =>
      event.type === 'warning' ? [event.message] : [],
    );
    expect(warnings.join('\n')).toContain(`${server.url} is away`);
    for (const one of workers) expect((await one.finished).code).toBe(0);
  });

  atLength('leaves what a worker without room to write has lost to another one', async () => {
    const { url } = await redis();
    const folder = place();
    const all = run(writeStudy(folder, STUDY), folder, url);
    // No file above 1 KiB: as on a full disk, what is written fails.
    const command = `ulimit -f 1; exec ${process.execPath} ${MAIN} worker --queue ${url} --threads 1`;
    const full = spawn('bash', ['-c', command], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    full.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    try {
      await until('a job to be given back', () => said.includes('is given back'));
      expect(said).toMatch(/is given back: .*the file would be too large for this disk/);
      worker(folder, url);
      await expectWhole(all, folder);
      expect(told(all).some(({ does, message }) => does === 'lost' && message?.includes('EFBIG'))).toBe(true);
    } finally {
      const ended = once(full, 'exit');
      full.kill('SIGKILL');
      await ended;
    }
  });

  atLength(
    'refuses workers in another folder, of another study, and what it has no models or stages for',
    async () => {
      const { url } = await redis();
      const folder = place();
      const study = writeStudy(folder, STUDY);
      // Long enough for all that follows.
      const all = run(study, folder, url, 600);
      await until('a run', () => all.printed().includes('run-begins'));
      const other = place();
      const absent = await worker(other, url).finished;
      expect(absent).toMatchObject({ code: 2 });
      expect(absent.stderr).toMatch(
        /^runs\/small: the run of small is not in this folder; start the worker in the folder/,
      );
      // A copy of the folder is not the folder.
      cpSync(folder, other, { recursive: true });
      const lock = join(other, 'runs/small/run.lock');
      writeFileSync(lock, readFileSync(lock, 'utf8').replace(/"id": ".{8}/, '"id": "00000000'));
      const copied = await worker(other, url).finished;
      expect(copied).toMatchObject({ code: 2 });
      expect(copied.stderr).toContain('another run of small lies in this folder');
      writeStudy(folder, { ...STUDY, synchrony: '{ samples: all, splitSeeds: [5] }' });
      const changed = await worker(folder, url).finished;
      expect(changed).toMatchObject({ code: 2 });
      expect(changed.stderr).toContain('the study is not the same, as the run has it');
      writeStudy(folder, STUDY);
      const model = await worker(folder, url, ['--models', 'llama,gemma']).finished;
      expect(model).toMatchObject({ code: 2 });
      expect(model.stderr).toContain('small has no model gemma; its models are llama, mistral');
      const stage = await worker(folder, url, ['--stages', 'episode']).finished;
      expect(stage).toMatchObject({ code: 2 });
      expect(stage.stderr).toMatch(/no stage is called episode; stages are episodes, /);
      // Frozen, the run does not say again what it is.
      all.child.kill('SIGSTOP');
      await pretendVersion(url);
      const older = await worker(folder, url).finished;
      expect(older).toMatchObject({ code: 2 });
      expect(older.stderr).toContain('and the run is made by 9.9.9; install that one here');
      all.child.kill('SIGCONT');
      all.child.kill('SIGINT');
      expect((await all.finished).code).toBe(130);
      expect(existsSync(join(folder, 'runs/small/queue'))).toBe(false);
    },
  );

  atLength('says what nobody takes, and is stopped and gone on with', async () => {
    const { url } = await redis();
    const folder = place();
    const study = writeStudy(folder, STUDY);
    const all = run(study, folder, url);
    const measures = worker(folder, url, ['--stages', 'measure', '--stay']);
    await until('a warning', () =>
      all.printed().includes('none of the 1 workers takes episodes with llama and mistral'),
    );
    const both = worker(folder, url, ['--models', 'llama,mistral']);
    await until('an episode', () => results(folder, 'episodes').length > 0);
    all.child.kill('SIGINT');
    const stopped = await all.finished;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`go on with: interbrain run ${study} --queue ${url} --lost-after 20`);
    const again = run(study, folder, url);
    await expectWhole(again, folder);
    expect((await both.finished).code).toBe(0);
    expect(measures.child.exitCode).toBe(null);
    measures.child.kill('SIGTERM');
    expect((await measures.finished).code).toBe(0);
  });

  atLength('examples/slurm.sh makes a study where srun starts two tasks', async () => {
    const folder = place();
    writeStudy(folder, STUDY);
    const bin = place();
    const program = (name: string, lines: string) =>
      writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${lines}\n`, { mode: 0o755 });
    program('interbrain', `exec ${process.execPath} ${MAIN} "$@"`);
    // As Slurm does, of the options that the script has: each task is the command behind them.
    program('srun', 'while [[ $1 == --* ]]; do shift; done; "$@" & "$@" & wait');
    program('hostname', 'echo 127.0.0.1');
    const env = {
      ...process.env,
      ...{
        PATH: `${bin}:${process.env['PATH']}`,
        SLURM_JOB_ID: String(process.pid),
        SLURM_CPUS_PER_TASK: '1',
      },
    };
    const script = resolve(import.meta.dirname, '../examples/slurm.sh');
    const child = spawn('bash', [script, join(folder, 'study.yaml')], { cwd: bin, env, stdio: 'pipe' });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(said.match(/Working for small as/g)).toHaveLength(2);
    expect(hashTree(join(folder, 'runs/small'))).toEqual(whole);
  });

  atLength('speaks TLS with a server whose certificate it is told to trust, and with no other', async () => {
    const keys = place();
    const [certificate, key] = [join(keys, 'cert.pem'), join(keys, 'key.pem')] as const;
    const made = spawnSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=interbrain'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
      ],
      { encoding: 'utf8' },
    );
    expect(made.status, made.stderr).toBe(0);
    const { url } = await redis({ tls: { certificate, key } });
    expect(url).toMatch(/^rediss:/);
    const folder = place();
    const study = writeStudy(folder, STUDY);
    const stranger = await run(study, folder, url).finished;
    expect(stranger.code).toBe(3);
    expect(stranger.stdout).toMatch(/no Redis answers within 10 s \(.*self-signed certificate/);
    const trust = { NODE_EXTRA_CA_CERTS: certificate };
    const all = keep(startRun(study, folder, url, 20, trust));
    const one = keep(startWorker(folder, url, [], trust));
    await expectWhole(all, folder);
    expect(await one.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what is wrong with an address', async () => {
    const { url } = await redis({ password: 'right' });
    const folder = place();
    const study = writeStudy(folder, STUDY);
    const wrong = await run(study, folder, url.replace('//', '//:wr0ng@')).finished;
    expect(wrong.code).toBe(2);
    expect(wrong.stdout + wrong.stderr).toMatch(/refuses: WRONGPASS/);
    expect(wrong.stdout + wrong.stderr).not.toContain('wr0ng');
    expect((await run(study, folder, url).finished).stdout).toMatch(/refuses: NOAUTH/);
    const tls = await run(study, folder, url.replace('redis:', 'rediss:')).finished;
    expect(tls.code).toBe(3);
    expect(tls.stdout).toMatch(/no Redis answers within 10 s/);
    const http = await run(study, folder, 'http://localhost').finished;
    expect(http.code).toBe(2);
    expect(http.stdout).toContain('an address is like redis://host:6379');
  });
});

/** Changes the version that a run's process has said. */
async function pretendVersion(url: string): Promise<void> {
  const server = servers.find((one) => one.url === url);
  const client = server?.connect();
  if (client === undefined) throw new Error('no server');
  const [session] = await client.smembers('interbrain:runs');
  const key = `interbrain:run:${session}`;
  const said = JSON.parse((await client.get(key)) ?? '{}');
  await client.set(
    key,
    JSON.stringify({ ...said, identity: { ...said.identity, interbrain: '9.9.9' } }),
    'KEEPTTL',
  );
}
