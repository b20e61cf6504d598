// Models on servers that misbehave in every way that was seen: nothing that is not right gets further, and each says why.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeVllm, type Fault, type VllmServerOptions } from '../../../test/vllm-server.ts';
import { BadInput, ModelMismatch, RemoteFailure } from '../../errors.ts';
import type { LanguageModel, Sampling } from '../language-model.ts';
import { logLikelihoods } from '../likelihood.ts';
import { loadModel } from '../sources.ts';
import { createTokenizer } from '../tokenizer.ts';
import { readTokenizerFiles } from '../tokenizer-files.ts';
import type { VllmSource } from './source.ts';

const LLAMA = join(import.meta.dirname, '../../../fixtures/models/llama');
const SAMPLING: Sampling = { temperature: 0.7, maxNewTokens: 12, seed: 's' };

let own: LanguageModel;
let shared: Pick<VllmServerOptions, 'model' | 'tokenizer' | 'folder'>;
let folder: string;
let prompt: number[];
let expected: Float32Array;
const servers: FakeVllm[] = [];
const models: LanguageModel[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vllm-states-'));
  own = await loadModel({ path: LLAMA }, { worker: false });
  shared = { model: own, tokenizer: createTokenizer(await readTokenizerFiles(LLAMA)), folder };
  prompt = own.tokenize([{ role: 'user', content: 'You are Mara. You sell a boat.\nMara:' }]);
  expected = (await own.converse().read(prompt)).states;
});
afterEach(async () => {
  for (const model of models.splice(0)) await model.dispose();
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(async () => {
  await own.dispose();
  await rm(folder, { recursive: true });
});

async function start(options: Partial<VllmServerOptions> = {}): Promise<FakeVllm> {
  const server = await FakeVllm.start({ name: 'acme/toy', ...shared, ...options });
  servers.push(server);
  return server;
}

async function connect(fakes: readonly FakeVllm[], more: Partial<VllmSource> = {}): Promise<LanguageModel> {
  const source: VllmSource = {
    vllm: fakes.map(({ url }) => url),
    ...{ checkpoint: { path: LLAMA }, served: 'acme/toy', dtype: 'fp32', contextLength: 200 },
    ...{ patience: 0.3, look: 0.05, timeout: 5, ...more },
  };
  const model = await loadModel(source);
  models.push(model);
  return model;
}

async function connected(options: Partial<VllmServerOptions> = {}, more: Partial<VllmSource> = {}) {
  const server = await start(options);
  const model = await connect([server], more);
  server.asked.length = 0;
  return { server, model };
}

/** The error of a connection or a reading, or undefined. */
const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);
const states = async (model: LanguageModel) => (await model.converse().read(prompt)).states;

describe('states', () => {
  it.each<[string, Partial<VllmServerOptions>, boolean]>([
    ['in the answer', {}, false],
    ['in a file', {}, true],
    ['in a file of vLLM’s own connector, every token’s', { stock: true }, true],
  ])('are the model’s: %s', async (_, options, file) => {
    const { model, server } = await connected(options, file ? { states: folder } : {});
    expect(await states(model)).toEqual(expected);
    for (const lines of ['all', 'first'] as const)
      expect((await model.converse().reply(prompt, { ...SAMPLING, lines })).states).toEqual(expected);
    // What may end at a text comes without states, so that they are asked for before.
    const wanted = { inline: !file };
    const asked = server.asked.map((one) => one.kv_transfer_params);
    expect(asked).toEqual([wanted, wanted, wanted, { states: false }]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('of bfloat16 are float32 numbers that it holds', async () => {
    const { model } = await connected({ dtype: 'BF16' }, { dtype: 'bf16' });
    const found = await states(model);
    for (const [i, value] of found.entries())
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(Math.abs(expected[i]!) / 128);
    expect(found).not.toEqual(expected);
  });

  it('may be late, in a file that is cut while it is written', async () => {
    const { model, server } = await connected({ stock: true }, { states: folder });
    server.faults.push({ states: { late: 150 } });
    expect(await states(model)).toEqual(expected);
    expect(await readdir(folder)).toEqual([]);
  });

  it('are looked for in the folder alone, wherever the server says', async () => {
    const { model, server } = await connected({}, { states: folder });
    server.faults.push({ states: { path: '/etc/passwd' } });
    const error = await failure(
      Promise.race([states(model), new Promise((_, no) => setTimeout(() => no(new Error('late')), 200))]),
    );
    expect(error).toMatchObject({ message: 'late' });
  });

  const damaged: [string, Fault, RegExp][] = [
    [
      'of another prompt',
      { states: { tokens: (ids) => [...ids.slice(0, -1), 3] } },
      /those of another prompt/,
    ],
    ['of a prompt that is longer', { states: { tokens: (ids) => [...ids, 3] } }, /those of another prompt/],
    ['that are cut', { states: { cut: 300 } }, /cut off|is needed|not a valid safetensors/],
    [
      'of a layer that is 0',
      { states: { values: (all) => all.fill(0, 0, 64) } },
      /all states of layer 1 are 0/,
    ],
  ];
  it.each(damaged)('%s are asked for again, and not for ever', async (_, fault, message) => {
    const { model, server } = await connected();
    server.faults.push(fault);
    expect(await states(model)).toEqual(expected);
    // The server is looked at in between.
    expect(server.asked.length).toBe(3);
    server.faults.push(...Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? fault : undefined)));
    expect(String(await failure(states(model)))).toMatch(message);
  });

  const refused: [string, Fault, RegExp][] = [
    [
      'not a number',
      { states: { values: (all) => all.fill(Number.NaN, 70, 71) } },
      /hidden state .* is NaN, in layer/,
    ],
    [
      'none',
      { change: (answer) => void Object.assign(answer, { kv_transfer_params: null }) },
      /gives no hidden states: start it as/,
    ],
    ['of fewer layers', { change: shorter }, /gives states of shape \[1, 1\], but the checkpoint has/],
  ];
  it.each(refused)('are refused: %s', async (_, fault, message) => {
    const { model, server } = await connected();
    server.faults.push(fault);
    const error = await failure(states(model));
    expect(error).toBeInstanceOf(ModelMismatch);
    expect(String(error)).toMatch(message);
  });

  it('that the server could not write are told in its words', async () => {
    const { model, server } = await connected();
    const fault: Fault = {
      change: (answer) =>
        void Object.assign(answer, {
          kv_transfer_params: { error: "OSError(28, 'No space left on device')" },
        }),
    };
    server.faults.push(...Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? fault : undefined)));
    expect(String(await failure(states(model)))).toContain(
      "could not write the states: OSError(28, 'No space left",
    );
  });

  it('that nobody may read say what to do', async () => {
    const { model, server } = await connected({}, { states: folder });
    server.faults.push({ states: { unreadable: true } });
    const error = await failure(states(model));
    expect(error).toBeInstanceOf(BadInput);
    expect(String(error)).toMatch(/cannot be read \(EISDIR\); name the folder/);
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  });

  it('of another type than the study says are refused at once', async () => {
    const server = await start({ dtype: 'BF16' });
    const error = await failure(connect([server]));
    expect(error).toBeInstanceOf(ModelMismatch);
    expect(String(error)).toMatch(/computes in bf16; .* put dtype: bf16 into/);
  });
});

/** One state of one layer. */
function shorter(answer: { kv_transfer_params: Record<string, unknown> | null }): void {
  const bytes = Buffer.from(String(answer.kv_transfer_params?.['hidden_states_safetensors']), 'base64');
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { data_offsets: number[] }
  >;
  const [from = 0, to = 0] = header['token_ids']!.data_offsets;
  const ids = bytes.subarray(8 + length + from, 8 + length + to);
  const made = JSON.stringify({
    hidden_states: { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] },
    token_ids: { dtype: 'I64', shape: [ids.length / 8], data_offsets: [4, 4 + ids.length] },
  });
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(made.length));
  const file = Buffer.concat([head, Buffer.from(made), Buffer.alloc(4, 1), ids]);
  answer.kv_transfer_params = { hidden_states_safetensors: file.toString('base64') };
}

describe('replies', () => {
  const passing: [string, Fault][] = [
    [
      'ended by a server that is being stopped',
      { change: ({ choices: [choice] }) => void Object.assign(choice!, { finish_reason: 'abort' }) },
    ],
    [
      'to another prompt',
      { change: ({ choices: [choice] }) => void Object.assign(choice!, { prompt_token_ids: [1] }) },
    ],
    ['of a dead engine', { status: 500, message: 'EngineCore encountered an issue.' }],
    ['that are no JSON', { body: '<html>' }],
    ['that are no completions', { body: '{"choices":[]}' }],
    ['whose connection is cut', 'reset'],
  ];
  it.each(passing)('are asked for again: %s', async (_, fault) => {
    const { model, server } = await connected();
    const whole = await model.converse().reply(prompt, SAMPLING);
    server.faults.push(fault);
    expect(await model.converse().reply(prompt, SAMPLING)).toEqual(whole);
  });

  it('that are refused are not asked for again, and the server’s words are told', async () => {
    const { model, server } = await connected();
    server.faults.push({ status: 400, message: 'Token id 99 is out of vocabulary' });
    const error = await failure(model.converse().reply(prompt, SAMPLING));
    expect(error).toBeInstanceOf(RemoteFailure);
    expect(String(error)).toContain('refused the request with status 400: Token id 99 is out of vocabulary');
    expect(server.asked.length).toBe(1);
  });

  it('that are noise are refused, with what helps', async () => {
    const { model, server } = await connected();
    const noise = { token_logprobs: [-0.1, ...Array.from({ length: 11 }, () => -18)] };
    server.faults.push(undefined, {
      change: ({ choices: [choice] }) => void Object.assign(choice!, { logprobs: noise }),
    });
    const error = await failure(model.converse().reply(prompt, SAMPLING));
    expect(error).toBeInstanceOf(ModelMismatch);
    expect(String(error)).toMatch(/log-probability -18.0 of 11 tokens.*NoDraftScheduler/);
  });

  it('that the server cuts, or says in other tokens, are refused', async () => {
    const { model, server } = await connected();
    const cut: Fault = {
      change: ({ choices: [choice] }) => {
        choice!.token_ids = [5];
        choice!.finish_reason = 'length';
      },
    };
    server.faults.push(undefined, cut);
    expect(String(await failure(model.converse().reply(prompt, SAMPLING)))).toMatch(
      /cut a reply at 1 of 12 tokens/,
    );
    server.faults.push(undefined, {
      change: ({ choices: [choice] }) => void Object.assign(choice!, { token_ids: [1_000_000] }),
    });
    expect(String(await failure(model.converse().reply(prompt, SAMPLING)))).toMatch(/it has another model/);
  });

  it('go on behind a blank line, and end at the first line break after it', async () => {
    const { model, server } = await connected();
    const all = await model.converse().reply(prompt, { ...SAMPLING, lines: 'all', maxNewTokens: 60 });
    expect(server.asked.at(-1)).not.toHaveProperty('stop');
    server.asked.length = 0;
    const one = await model.converse().reply(prompt, { ...SAMPLING, maxNewTokens: 60 });
    expect(server.asked.map(({ stop }) => stop)).toEqual([undefined, ['\n', '\r']]);
    expect(one.states).toEqual(expected);
    expect(one.text).not.toContain('\n');
    expect(all.tokens.length).toBeGreaterThanOrEqual(one.tokens.length);
    // The model of the fixture says a line break as its first token now and then; here always.
    const breaks = own.tokenizeContinuation('\n');
    server.faults.push(undefined, {
      change: ({ choices: [choice] }) => {
        choice!.token_ids = breaks;
        choice!.finish_reason = 'stop';
      },
    });
    server.asked.length = 0;
    const later = await model.converse().reply(prompt, { ...SAMPLING, maxNewTokens: 60 });
    expect(server.asked[2]?.prompt).toEqual([...prompt, ...breaks]);
    expect(server.asked[2]?.max_tokens).toBe(60 - breaks.length);
    expect(server.asked[2]?.kv_transfer_params).toEqual({ states: false });
    expect(later.tokens.slice(0, breaks.length)).toEqual(breaks);
    expect(later.states).toEqual(expected);
  });

  it('are sampled as asked, whatever the checkpoint’s own settings are', async () => {
    const { model, server } = await connected();
    const settings = { topK: 5, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1, stop: ['Tomas:'] };
    await model.converse().reply(prompt, { ...SAMPLING, ...settings });
    expect(server.asked[1]).toMatchObject({
      ...{
        temperature: 0.7,
        top_k: 5,
        top_p: 0.9,
        min_p: 0.05,
        repetition_penalty: 1.1,
        n: 1,
        stream: false,
      },
      stop: ['Tomas:', '\n', '\r'],
    });
    await model.converse().reply(prompt, SAMPLING);
    expect(server.asked[3]).toMatchObject({
      temperature: 0.7,
      top_k: 0,
      top_p: 1,
      min_p: 0,
      repetition_penalty: 1,
    });
  });
});

it('gives the likelihoods of continuations that our own engine gives', async () => {
  const { model, server } = await connected({}, { states: folder });
  const continuations = ['Yes', ' boat', ''].map((text) => own.tokenizeContinuation(text));
  const found = await logLikelihoods(model, model.converse(), prompt, continuations);
  const reference = await logLikelihoods(own, own.converse(), prompt, continuations);
  for (const [i, { logProbability, ...rest }] of reference.entries()) {
    expect(found[i]).toMatchObject(rest);
    expect(found[i]?.logProbability).toBeCloseTo(logProbability, 4);
  }
  expect(server.asked.every((one) => one.kv_transfer_params?.states === false)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});

describe('a connection', () => {
  it('says what it found', async () => {
    const { model, server } = await connected();
    expect(model.servers).toEqual([
      { url: server.url, version: '0.32.0', contextLength: 4096, capacity: 8192 },
    ]);
    // 8192 tokens hold 40 prompts of 200, and every other one speaks.
    expect(model.concurrency).toBe(80);
    expect(model.info).toMatchObject({ device: 'vllm', capabilities: ['likelihoods'], dtype: 'fp32' });
    expect(model.info.notes?.join()).toContain('only if the same requests run side by side');
  });

  it.each<[string, Partial<VllmServerOptions>, Partial<VllmSource>, RegExp]>([
    ['has another model', { name: 'other' }, {}, /has no model acme\/toy; its models are other.*served:/],
    [
      'holds too little',
      { maxModelLen: 200 },
      {},
      /holds 200 tokens, too few for prompts of 200.*--max-model-len 201/,
    ],
  ])('is refused: the server %s', async (_, options, more, message) => {
    const error = await failure(connect([await start(options)], more));
    expect(error).toBeInstanceOf(BadInput);
    expect(String(error)).toMatch(message);
  });

  it('finds the model by the checkpoint’s name where none is given', async () => {
    const server = await start({ name: 'llama' });
    expect((await connect([server], { served: undefined })).info.id).toBe('llama');
    expect(server.asked[0]?.model).toBe('llama');
  });

  it('is refused where the server makes other tokens', async () => {
    const server = await start();
    server.tokens = (ids) => ids.slice(1);
    expect(String(await failure(connect([server])))).toMatch(
      /makes other tokens of a text .* not of the same checkpoint/,
    );
  });

  it('to an address where nothing is, or no such server', async () => {
    const server = await start();
    await server.stop();
    expect(String(await failure(connect([server])))).toContain('cannot be reached (ECONNREFUSED');
    const other = await start();
    const url = other.url.replace(/\/v1$/, '');
    expect(String(await failure(loadModel({ vllm: [url], checkpoint: { path: LLAMA } })))).toMatch(
      /no models are listed there; the address of a vLLM server ends in \/v1/,
    );
  });

  it('with a key that is not there is refused', async () => {
    const server = await start();
    expect(String(await failure(connect([server], { apiKeyEnv: 'NO_SUCH_KEY' })))).toContain(
      'NO_SUCH_KEY is not set',
    );
  });
});

describe('several servers', () => {
  it('share the work', async () => {
    const both = [await start({ slow: 20 }), await start({ slow: 20 })];
    const model = await connect(both);
    for (const server of both) server.asked.length = 0;
    await Promise.all(Array.from({ length: 10 }, () => states(model)));
    expect(both.map(({ asked }) => asked.length)).toEqual([5, 5]);
    expect(both.map(({ most }) => most)).toEqual([5, 5]);
  });

  it('are left when they die, and what ran there goes to another', async () => {
    const [one, two] = [await start({ slow: 10 }), await start()];
    const model = await connect([one, two]);
    one.faults.push('dies');
    const found = await Promise.all(Array.from({ length: 8 }, () => states(model)));
    for (const each of found) expect(each).toEqual(expected);
    expect(model.servers?.map(({ url }) => url)).toEqual([two.url]);
    // It is found again.
    await one.listen();
    await new Promise((done) => setTimeout(done, 80));
    await states(model);
    const serversNow = async () => {
      await states(model);
      return model.servers?.length;
    };
    await expect.poll(serversNow, { timeout: 20_000 }).toBe(2);
  });

  it('that are all gone are waited for', async () => {
    const { model, server } = await connected({}, { patience: 5 });
    await server.stop();
    setTimeout(() => void server.listen(), 300);
    expect(await states(model)).toEqual(expected);
  });

  it('that do not come back end the work, with what to do', async () => {
    const { model, server } = await connected();
    await server.stop();
    const error = await failure(states(model));
    expect(error).toBeInstanceOf(RemoteFailure);
    expect(String(error)).toMatch(
      /no server has answered for 0.3 s .*start it again, then interbrain run goes on/,
    );
  });

  it('that come back with another model are not taken', async () => {
    const { model, server } = await connected({}, { patience: 20 });
    await server.stop();
    server.tokens = (ids) => ids.slice(1);
    const reading = failure(states(model));
    setTimeout(() => void server.listen(), 200);
    expect(String(await reading)).toContain('makes other tokens of a text');
  });
});

it('is silent no longer than it may be', async () => {
  const { model, server } = await connected({}, { timeout: 2 });
  server.faults.push(...Array.from({ length: 12 }, () => 'silent' as const));
  expect(String(await failure(states(model)))).toMatch(
    /no complete answer within 2 s|no server has answered/,
  );
});

it('ends what is under way when the conversation is closed', async () => {
  const { model } = await connected({ slow: 500 });
  const conversation = model.converse();
  const reading = failure(conversation.read(prompt));
  setTimeout(() => conversation.close(), 50);
  expect(String(await reading)).toContain('closed');
});
