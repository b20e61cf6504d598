import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StudyEvent } from '../studies/events.ts';
import { LiveFollower, parseLine } from './follow.ts';
import { createLiveWriter, livePath } from './live-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'follow-'));
});
afterAll(() => rm(folder, { recursive: true }));

const begins: StudyEvent = {
  ...{ type: 'run-begins', study: 's', run: 'runs/s' },
  stages: [{ stage: 'episodes', unit: 'episodes', total: 2, tasks: 2 }],
};
const turn = (round: number): StudyEvent => ({
  ...{
    type: 'turn',
    models: ['a', 'b'],
    seed: 0,
    interaction: 'x',
    round,
    seat: 'A',
    speaker: 'Ann',
    text: `é ${round} \n <b>`,
  },
});
const line = (event: StudyEvent, day = 1) =>
  `${JSON.stringify({ time: `2026-01-0${day}T00:00:00.000Z`, ...event })}\n`;

it('reads each event once, in order, half lines when they are whole', async () => {
  const path = join(folder, 'once.ndjson');
  const follower = new LiveFollower(path);
  expect(await follower.look()).toEqual([]);
  expect(follower.found).toBe(false);
  const bytes = Buffer.from(line(begins) + line(turn(1)) + line(turn(2)));
  const seen: unknown[] = [];
  // In pieces that end anywhere, within a character too.
  for (let at = 0; at < bytes.length; at += 37) {
    await appendFile(path, bytes.subarray(at, at + 37));
    const events = await follower.look();
    if (events !== 'again')
      seen.push(...events.map((event) => ('round' in event ? event.round : event.type)));
  }
  expect(seen).toEqual(['run-begins', 1, 2]);
  expect(follower.state.counts.turns).toBe(2);
  expect(follower.state.talks[0]?.turns.map(({ text }) => text)).toEqual(['é 1 \n <b>', 'é 2 \n <b>']);
});

it('notices a file that is begun anew', async () => {
  const path = join(folder, 'anew.ndjson');
  await writeFile(path, line(begins) + line(turn(1)));
  const follower = new LiveFollower(path);
  await follower.look();
  await writeFile(path, line(begins));
  expect(await follower.look()).toBe('again');
  expect(follower.state.counts.turns).toBe(0);
  await rm(path);
  expect(await follower.look()).toEqual([]);
  await writeFile(path, line(begins, 2) + line(turn(1)) + line(turn(2)) + line(turn(3)));
  expect(await follower.look()).toBe('again');
  expect(follower.state.counts.turns).toBe(3);
});

it.each([
  '',
  '{',
  '[]',
  'null',
  '{"type":"turn"}',
  '{"type":"other","time":"x"}',
  `"${'x'.repeat(1_000_001)}"`,
])('passes over a line that is no event (%#)', (text) => {
  expect(parseLine(text)).toBeUndefined();
});

it('a writer begins the file anew, tells progress once a second, and leaves out what was there', async () => {
  const run = join(folder, 'run');
  let ticks = 0;
  const progress = (done: number): StudyEvent => ({
    ...{ type: 'progress', stage: 'episodes', unit: 'episodes', done, total: 9, skipped: 0 },
  });
  for (const events of [
    [begins, turn(1)],
    [begins, progress(1), progress(2), progress(9), turn(2)],
  ]) {
    const writer = createLiveWriter(run, () => new Date(100 * ticks++));
    for (const event of events) writer.on(event);
    writer.on({ type: 'task-skipped', stage: 'episodes', task: 'episodes/a+b/0/x.json' });
    writer.close();
  }
  const lines = (await readFile(livePath(run), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((text) => parseLine(text));
  expect(lines.map((event) => (event && 'done' in event ? event.done : event?.type))).toEqual([
    'run-begins',
    1,
    9,
    'turn',
  ]);
});

it('a writer that cannot write is no reason to stop', async () => {
  const path = join(folder, 'a-file');
  await writeFile(path, '');
  const writer = createLiveWriter(path);
  expect(() => [begins, turn(1)].forEach(writer.on)).not.toThrow();
  writer.close();
});
