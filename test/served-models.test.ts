// A study whose models are computed elsewhere: one on vLLM servers, and one behind an API that shows no states. What can be
// measured is, and the rest is said before, in the results and on the page.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embeddedModelFolder } from '../src/models/embedded.ts';
import type { LanguageModel } from '../src/models/language-model.ts';
import { loadModel } from '../src/models/sources.ts';
import { createTokenizer } from '../src/models/tokenizer.ts';
import { readTokenizerFiles } from '../src/models/tokenizer-files.ts';
import { createRandom } from '../src/numerics/random.ts';
import { episodePath, serversPath, statesPath } from '../src/recordings/layout.ts';
import { readEpisode } from '../src/recordings/recording.ts';
import { openStates } from '../src/recordings/states.ts';
import { writeReport } from '../src/report/write.ts';
import { type OpenStudy, openStudy } from '../src/studies/open.ts';
import { runStudy } from '../src/studies/run-study.ts';
import { stateOf } from '../src/studies/state.ts';
import { type ChatServer, serveChat } from './chat-server.ts';
import { FakeVllm } from './vllm-server.ts';

const LLAMA = embeddedModelFolder('toy-llama', 'test');
const folder = mkdtempSync(join(tmpdir(), 'served-'));
let own: LanguageModel;
let vllm: FakeVllm;
let chat: ChatServer;

beforeAll(async () => {
  own = await loadModel({ path: LLAMA });
  const tokenizer = createTokenizer(await readTokenizerFiles(LLAMA));
  vllm = await FakeVllm.start({ model: own, tokenizer, name: 'toy-llama', folder });
  // Nothing twice: who repeats itself has left.
  chat = await serveChat(({ messages }) => {
    const random = createRandom(JSON.stringify(messages));
    return `I would say ${random.integer(900)}, and not ${random.integer(90)}.`;
  });
});
afterAll(async () => {
  await Promise.all([vllm.stop(), chat.stop(), own.dispose()]);
  rmSync(folder, { recursive: true });
});

function study(name: string, more: Record<string, string> = {}): string {
  const keys: Record<string, string> = {
    name,
    models: `{ big: { vllm: ${vllm.url}, model: ${LLAMA}, dtype: fp32 }, talk: { api: ${chat.url}, model: small-talk } }`,
    pairs: '[[big, talk], [big, big]]',
    conditions: '[interactive, passive]',
    simulation: '{ seeds: [0], rounds: 3, maxNewTokens: 12, interactions: 6 }',
    synchrony: '{ samples: all, splitSeeds: [0, 1], test: 0.4, intervals: false }',
    ...more,
  };
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    Object.entries(keys)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  return file;
}

let opened: OpenStudy;

it('is played, and what has states on both sides is measured', async () => {
  opened = await openStudy(study('served'), folder, { purpose: 'run' });
  expect(opened.warnings.join('\n')).toMatch(
    /talk shows no hidden states, so that no synchrony with it can be measured; in passive alone its partner \(big\) reads in its place/,
  );
  const outcome = await runStudy(opened, { report: async (run) => (await writeReport(run)).page });
  expect(outcome).toMatchObject({ exitCode: 0, errors: [] });
  const states = await stateOf(await openStudy(study('served'), folder));
  const measures = states.find(({ stage }) => stage === 'measure')!.tasks;
  expect(measures.map(({ task, state }) => `${task.label} ${state}`).sort()).toEqual([
    'big+big A->B interactive current',
    'big+big A->B passive current',
    'big+big B->A interactive current',
    'big+big B->A passive current',
    // The partner reads where it has heard, and predicts what it has itself.
    'big+talk B->A passive current',
    'talk+big A->B passive current',
  ]);
}, 600_000);

it('records replies as token ids where they need not repeat, and whose states there were', async () => {
  const [{ interaction }] = opened.encounters as [(typeof opened.encounters)[0]];
  const key = { models: ['big', 'talk'], seed: 0, interaction: interaction.id } as const;
  const { turns } = await readEpisode(episodePath(opened.run, key));
  for (const { seat, tokens, newTokens, promptTokens } of turns)
    if (seat === 'A') expect(tokens?.length).toBe(newTokens);
    else expect([tokens, newTokens, promptTokens]).toEqual([undefined, 7, 41]);
  const { A, B } = await openStates(statesPath(opened.run, 'interactive', key));
  expect([A.layers, A.rounds, A.hiddenSize]).toEqual([own.info.layers, 3, own.info.hiddenSize]);
  expect([B.layers, B.rounds, B.hiddenSize]).toEqual([0, 3, 0]);
  const read = await openStates(statesPath(opened.run, 'passive', key));
  expect([read.B.layers, read.B.hiddenSize]).toEqual([own.info.layers, own.info.hiddenSize]);
});

it('says on the page, in the manifest and beside the results what it is of', () => {
  const at = (path: string) => readFileSync(join(opened.run, path), 'utf8');
  expect(at('report/index.html')).toContain('talk shows no hidden states');
  expect(at('report/index.html')).toContain('only if the same requests run side by side');
  const manifest = JSON.parse(at('manifest.json')) as { models: Record<string, { capabilities: string[] }> };
  expect(manifest.models['big']?.capabilities).toEqual(['likelihoods']);
  const servers = JSON.parse(readFileSync(serversPath(opened.run, 'big'), 'utf8')) as object;
  expect(servers).toMatchObject({ servers: [{ url: vllm.url, version: '0.32.0', capacity: 8192 }] });
});

it('is refused when it asks for what such models do not give', async () => {
  const file = study('wanting', { mentalStates: 'true', abilities: '{ MuSR: run }' });
  const error = await openStudy(file, folder).catch(String);
  expect(error).toMatch(
    /mentalStates: mental states need the probabilities of labels, which talk does not give/,
  );
  expect(error).toMatch(/abilities.MuSR: MuSR need/);
});

it('is opened with a warning where a server is away, so that what is recorded can be looked at', async () => {
  await vllm.stop();
  const { warnings } = await openStudy(study('served'), folder, { purpose: 'run' });
  expect(warnings.join('\n')).toMatch(
    /models.big.vllm: .*cannot be reached .*it is asked again when it is needed/,
  );
  const outcome = await runStudy(await openStudy(study('served'), folder), {});
  expect(outcome).toMatchObject({ exitCode: 0, errors: [] });
  await vllm.listen();
});
