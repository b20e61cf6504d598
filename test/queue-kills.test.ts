// Workers and Redis killed and frozen at random while one study is made: it ends with the bytes of a run that nobody
// disturbed. Three kills as a rule; `npm run queue-kills` does thirty, and prints a table of them.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createRandom, pick } from '../src/numerics/random.ts';
import { hashTree, interbrain, scratch, writeStudy } from './cli.ts';
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

const KILLS = Number(process.env['QUEUE_KILLS'] ?? 3);
const WORKERS = 3;
/** More of everything, so that thirty kills fall into it. */
const LONG = {
  ...STUDY,
  simulation: `{ seeds: [${Array.from({ length: Math.max(1, Math.round(KILLS / 3)) }, (_, i) => i)}], rounds: 3, maxNewTokens: 24, interactions: 12 }`,
  conditions: '[interactive, passive, lag-1]',
  significance: '{ draws: 200 }',
  sensitivity: '{ textBaseline: { dimensions: 64 } }',
};
const WAYS = ['worker', 'its computing process', 'freeze', 'redis'] as const;

const folders = [scratch(), scratch(), scratch()] as const;
afterAll(() =>
  Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 }))),
);

/** Does one of the ways of harm; says what. */
async function harm(way: (typeof WAYS)[number], one: Started, redis: RedisServer): Promise<string> {
  const inner = computing(one);
  if (way === 'redis') {
    await redis.restart();
    return 'Redis killed, started again';
  }
  if (way === 'its computing process' && inner !== undefined) {
    signal(inner, 'SIGKILL');
    return 'computing process killed';
  }
  if (way === 'freeze') {
    const both = [one.child.pid ?? 0, ...(inner === undefined ? [] : [inner])];
    for (const pid of both) signal(pid, 'SIGSTOP');
    // Longer than it takes to be given up.
    setTimeout(() => {
      for (const pid of both) signal(pid, 'SIGCONT');
    }, 45_000).unref();
    return 'worker frozen for 45 s';
  }
  one.child.kill('SIGKILL');
  return 'worker killed';
}

// Without redis-server there is nothing to test with; scripts/setup-tests.mjs says how to install it.
it.skipIf(!hasRedis)(
  `${KILLS} kills of ${WORKERS} workers and Redis change no byte`,
  async () => {
    const [plain, folder, data] = folders;
    expect(await interbrain(['run', writeStudy(plain, LONG)], plain)).toMatchObject({ code: 0 });
    const redis = await startRedis(data);
    const run = startRun(writeStudy(folder, LONG), folder, redis.url);
    let ended = false;
    void run.finished.then(() => {
      ended = true;
    });
    const workers = Array.from({ length: WORKERS }, () => startWorker(folder, redis.url));
    const all = [...workers];
    const rows: string[] = [];
    const random = createRandom('queue kills');
    const count = (does: string) =>
      eventsOf(run.printed()).filter((event) => event.type === 'worker' && event.does === does).length;
    try {
      await until('a job taken', () => count('took') > 0);
      for (let kill = 1; kill <= KILLS && !ended; kill++) {
        // Each falls into work: something has been taken since the last one.
        const before = count('took');
        await wait(1000 * random.uniform() * 2);
        await until('another job taken', () => ended || count('took') > before);
        if (ended) break;
        const which = random.integer(WORKERS);
        const victim = workers[which];
        if (victim === undefined) throw new RangeError('no such worker');
        const what = await harm(pick(random, WAYS), victim, redis);
        const done = eventsOf(run.printed()).filter(({ type }) => type === 'task-done').length;
        rows.push(`${kill} | ${what} | ${done} results by then, ${count('lost')} jobs lost`);
        if (victim.child.exitCode === null && victim.child.signalCode === null) continue;
        const fresh = startWorker(folder, redis.url);
        workers[which] = fresh;
        all.push(fresh);
      }
      const { code, stdout } = await run.finished;
      if (KILLS > 3) console.log(['kill | what | when', ...rows].join('\n'));
      expect(stdout).toMatch(/"type":"run-ends","outcome":"done"/);
      expect(code).toBe(0);
      expect(rows).toHaveLength(KILLS);
      expect(existsSync(join(folder, 'runs/small/queue'))).toBe(false);
      expect(hashTree(join(folder, 'runs/small'))).toEqual(hashTree(join(plain, 'runs/small')));
    } finally {
      endAll([...all, run]);
      await redis.kill();
    }
  },
  KILLS > 3 ? 4 * 3600_000 : 600_000,
);
