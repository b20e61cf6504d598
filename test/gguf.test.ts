// GGUF files through the built command line, in real processes.

import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { interbrain, scratch, writeStudy } from './cli.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/gguf/qwen2.gguf');
let folder: string;
beforeEach(() => {
  folder = scratch();
  vi.stubEnv('INTERBRAIN_CACHE', join(folder, 'cache'));
  copyFileSync(FIXTURE, join(folder, 'small.gguf'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('says what a file is, unpacks it once, and lets it talk in a thread of its own', async () => {
  const first = await interbrain(['model', 'inspect', 'small.gguf', '--prompt', 'Good morning'], folder);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/architecture +Qwen2ForCausalLM/);
  expect(first.stdout).toMatch(/on disk .*\n.*revision/);
  expect(first.stdout).toMatch(/weights +\S+ \S+, while loading .* \(q8 [^)]*\)/);
  expect(first.stdout).toMatch(/generated +\d+ tokens/);
  expect(first.stderr).toContain('unpack small.gguf');
  const quantized = ['model', 'inspect', 'small.gguf', '--dtype', 'q4'];
  expect(await interbrain(quantized, folder)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--dtype: dtype q4 would round the weights of a GGUF file once more/),
  });
});

it('is a model of a study, by a path beside the study file', async () => {
  const pairs = '[[small, toy]]';
  const models = '{ small: { path: small.gguf, dtype: q8 }, toy: { embedded: toy-mistral } }';
  const good = await interbrain(['status', writeStudy(folder, { models, pairs })], folder);
  expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/small → toy: 0\/\d+ episodes/) });
  const wrong = models.replace('q8', 'q4');
  const refused = await interbrain(['run', writeStudy(folder, { models: wrong, pairs })], folder);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/study\.yaml:\d+:\d+ models\.small.*: .*dtype q4 would round .* once more/),
  });
});

it('says what is wrong with a name that is neither a file here nor one of the hub', async () => {
  const { code, stderr } = await interbrain(['model', 'inspect', 'other.gguf'], folder);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no such file.*ORG\/NAME\/FILE/),
  });
});
