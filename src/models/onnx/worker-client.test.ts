// The worker itself is the built one: `npm test` builds first.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { BadInput, ModelFailure, ModelMismatch } from '../../errors.ts';
import { packError, unpackError } from '../../files/packed-error.ts';
import type { LanguageModel } from '../language-model.ts';
import { createTokenizer } from '../tokenizer.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadOnnxModel } from './model.ts';
import type { OnnxSetup } from './onnx-setup.ts';
import { startWorkerModel } from './worker-client.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/models/llama');
const SAMPLING = { temperature: 0.7, maxNewTokens: 20, seed: 'worker' };

/** A model in a worker with a JavaScript heap of `mebibytes`. */
async function cramped(mebibytes: number, id: string): Promise<LanguageModel> {
  const checkpoint = await openCheckpoint(FOLDER);
  const here = await loadOnnxModel(FOLDER, { id, contextLength: 200 });
  const setup: OnnxSetup = { info: here.info, threads: 1, kvMemory: undefined };
  await here.dispose();
  return startWorkerModel(checkpoint, setup, createTokenizer(checkpoint), {
    maxOldGenerationSizeMb: mebibytes,
  });
}

it('gives what the same model gives in this thread, and leaves this one free', async () => {
  const here = await loadOnnxModel(FOLDER, { contextLength: 200 });
  const there = await loadOnnxModel(FOLDER, { contextLength: 200, worker: true });
  expect(there.info).toEqual(here.info);
  expect(there.concurrency).toBe(here.concurrency);
  const prompt = here.tokenize([{ role: 'user', content: 'How much is the boat?' }]);
  expect(there.tokenize([{ role: 'user', content: 'How much is the boat?' }])).toEqual(prompt);
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 1);
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) => there.converse().reply(prompt, { ...SAMPLING, seed: `${i}` })),
  );
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(3);
  for (const [i, reply] of replies.entries())
    expect(reply).toEqual(await here.converse().reply(prompt, { ...SAMPLING, seed: `${i}` }));
  const { logits } = await there.converse().read(prompt);
  expect(logits).toEqual((await here.converse().read(prompt)).logits);
  await Promise.all([here.dispose(), there.dispose()]);
});

it('says which model ran out of memory and what to do; other models go on', async () => {
  const other = await loadOnnxModel(FOLDER, { id: 'other', worker: true });
  const model = await cramped(32, 'M7');
  const conversation = model.converse();
  // Not tokens, but a million small objects, which the worker's heap cannot hold.
  const prompt = Array.from({ length: 1e6 }, (_, i) => [i]) as unknown as number[];
  const tooMuch = model.converse().read(prompt);
  const reading = conversation.reply([5, 6, 7], { ...SAMPLING, maxNewTokens: 150 });
  for (const refused of [reading, tooMuch]) {
    await expect(refused).rejects.toThrow(ModelFailure);
    await expect(refused).rejects.toThrow(/M7: it ran out of memory; what is recorded is safe.*--kv-memory/);
  }
  await expect(conversation.read([5])).rejects.toThrow(ModelFailure);
  expect(() => model.converse()).toThrow(ModelFailure);
  conversation.close();
  await model.dispose();
  expect((await other.converse().read([5, 6])).reusedTokens).toBe(0);
  await other.dispose();
});

it('says so when there is no memory even for loading', async () => {
  await expect(cramped(2, 'M8')).rejects.toThrow(/M8: it ran out of memory/);
});

it('keeps a program alive while it computes or ends, and not when it is idle', async () => {
  const dist = pathToFileURL(join(import.meta.dirname, '../../../dist/index.js')).href;
  const program = (rest: string) => `
    import { loadModel } from '${dist}';
    const model = await loadModel({ path: '${FOLDER}' });
    const reply = model.converse().reply([5, 6], { temperature: 1, maxNewTokens: 50, seed: '' });
    ${rest}
    console.log('over');`;
  // Node ends a program with status 13 if what it awaits keeps nothing alive.
  for (const rest of [
    'await reply;',
    'await reply; await model.dispose();',
    'reply.catch(() => {}); await model.dispose();',
  ])
    expect(await evaluate(program(rest))).toEqual({ code: 0, stdout: 'over\n' });
});

function evaluate(program: string): Promise<{ code: number | string; stdout: string }> {
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--eval', program];
    execFile(process.execPath, args, (error, stdout) => resolve({ code: error?.code ?? 0, stdout }));
  });
}

it('refuses what is under way when it is disposed of', async () => {
  const model = await loadOnnxModel(FOLDER, { worker: true });
  const reply = model.converse().reply([5, 6, 7], SAMPLING);
  const closed = model.converse();
  closed.close();
  await Promise.all([model.dispose(), model.dispose(), expect(reply).rejects.toThrow('disposed')]);
  await expect(closed.read([1])).rejects.toThrow('closed');
});

it('brings errors over with their class, fields and place', () => {
  for (const error of [new ModelMismatch('M1', 'too wide'), new BadInput('x', 'y'), new RangeError('r')]) {
    const { name, message, stack, fields } = structuredClone(packError(error));
    const copy = unpackError({ name, message, stack, fields });
    expect(copy).toBeInstanceOf(error.constructor);
    expect(copy).toEqual(error);
    expect(copy.stack).toBe(error.stack);
  }
  expect(unpackError(packError('text')).message).toBe('text');
  expect(unpackError(packError(new ModelMismatch('M1', 'z')))).toMatchObject({ model: 'M1', exitCode: 2 });
});
