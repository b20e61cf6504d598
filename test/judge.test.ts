// Judging a run through the built command line, by a server on this machine that speaks the OpenAI API.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEVEN_DIMENSIONS } from '../src/evaluation/dimensions.ts';
import { hashTree, interbrain, scratch, start, writeStudy } from './cli.ts';

const folder = scratch();
const run = join(folder, 'runs/small');
const evaluation = join(run, 'evaluation');
const EPISODES = 16;

const agent = Object.fromEntries(
  SEVEN_DIMENSIONS.map(({ name, low }) => [name, { reason: 'so', score: low + 1 }]),
);
const ANSWER = JSON.stringify({
  choices: [{ finish_reason: 'stop', message: { content: JSON.stringify({ A: agent, B: agent }) } }],
  usage: { prompt_tokens: 100, completion_tokens: 10 },
});

let server: Server;
let url: string;
/** What the judge was shown, by question. */
const asked: string[] = [];
/** Milliseconds that the judge thinks. */
let pause = 0;

const judgements = () => {
  try {
    return readdirSync(evaluation, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    );
  } catch {
    return [];
  }
};
const judge = () => ['judge', run, '--url', url, '--model', 'some-judge', '--concurrency', '2'];

beforeAll(async () => {
  expect(await interbrain(['run', writeStudy(folder)], folder)).toMatchObject({ code: 0 });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { messages } = JSON.parse(Buffer.concat(chunks).toString());
      asked.push(JSON.stringify(messages));
      await setTimeout(pause);
      response.end(ANSWER);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('goes on after kill -9 with what is missing alone', async () => {
  pause = 200;
  const { child, finished } = start(judge(), folder);
  while (judgements().length < 5) await setTimeout(5);
  child.kill('SIGKILL');
  expect((await finished).code).toBeNull();
  const kept = judgements();
  const hashes = (tree: Record<string, string>) => kept.map((name) => tree[name]);
  const before = hashes(hashTree(evaluation));
  expect(kept.length).toBeGreaterThanOrEqual(5);
  expect(kept.length).toBeLessThan(EPISODES);
  for (const name of kept)
    expect(JSON.parse(readFileSync(join(evaluation, name), 'utf8'))).toMatchObject({ status: 'judged' });

  // What the dead process had sent may still be on its way.
  server.closeAllConnections();
  await setTimeout(500);
  pause = 0;
  asked.length = 0;
  const again = await interbrain(judge(), folder);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain(
    `Judged by some-judge: ${EPISODES} episodes, ${EPISODES - kept.length} of them now`,
  );
  expect(asked).toHaveLength(EPISODES - kept.length);
  expect(new Set(asked).size).toBe(asked.length);
  expect(judgements()).toHaveLength(EPISODES);
  expect(hashes(hashTree(evaluation))).toEqual(before);
});

it('asks nothing that has been answered, and is counted by status', async () => {
  asked.length = 0;
  expect(await interbrain(judge(), folder)).toMatchObject({ code: 0 });
  expect(asked).toEqual([]);
  const study = writeStudy(folder, { judge: `{ url: "${url}", model: some-judge }` });
  const { stdout } = await interbrain(['status', study], folder);
  expect(stdout).toMatch(/llama → mistral: 8\/8 episodes, 2\/2 measures, 8\/8 judgements$/m);
});

it('is counted by status with what failed, is damaged or is another judge’s', async () => {
  const study = writeStudy(folder, { judge: `{ url: "${url}", model: some-judge }` });
  const [first, second] = judgements()
    .filter((name) => name.startsWith('llama+mistral'))
    .map((name) => join(evaluation, name)) as [string, string];
  const { agents: _, ...head } = JSON.parse(readFileSync(first, 'utf8'));
  writeFileSync(first, JSON.stringify({ ...head, status: 'failed', failure: 'no answer' }));
  const failed = await interbrain(['status', study], folder);
  expect(failed.stdout).toMatch(/llama → mistral: .* 7\/8 judgements \(1 failed\)$/m);
  expect(failed.stdout).toContain('interbrain judge runs/small --retry-failed');
  // `run` leaves what failed as it is, so it is not what helps.
  expect(failed.stdout).not.toContain('Go on with');
  writeFileSync(second, '{');
  const damaged = await interbrain(['status', study], folder);
  expect(damaged).toMatchObject({ code: 0, stderr: '' });
  expect(damaged.stdout).toMatch(/ 6\/8 judgements \(1 failed\)$/m);
  expect(damaged.stdout).toContain('Go on with: interbrain run');
  asked.length = 0;
  expect(await interbrain([...judge(), '--retry-failed'], folder)).toMatchObject({ code: 0 });
  expect(asked).toHaveLength(2);
  expect((await interbrain(['status', study], folder)).stdout).toMatch(/8\/8 judgements$/m);
  const other = await interbrain(['status', writeStudy(folder, { judge: 'rule' })], folder);
  expect(other.stdout).toMatch(/ 0\/8 judgements \(8 stale\)$/m);
});
