import { existsSync, mkdtempSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf, HubServer } from '../../test/hub-server.ts';
import { BadInput, MissingDependency } from '../errors.ts';
import { CAPABILITIES } from './capabilities.ts';
import { embeddedModelFolder } from './embedded.ts';
import {
  checkModel,
  describeModel,
  downloadModel,
  loadModel,
  MODEL_FORMS,
  type ModelSource,
  modelEntry,
  modelWarnings,
  remoteName,
  resolveModel,
} from './sources.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
/** So that there are notes. */
const NO_SYSTEM =
  "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}{{ m.content }}{% endfor %}";
const HUB: ModelSource = { hub: 'acme/toy@main' };
const at = { folder: '/studies', where: 'models.m' };

const home = mkdtempSync(join(tmpdir(), 'sources-'));
const GEMMA = join(home, 'gemma');
let hub: HubServer;
let env: Record<string, string>;
beforeAll(async () => {
  await cp(join(FIXTURES, 'architectures/gemma-3'), GEMMA, { recursive: true });
  await writeFile(join(GEMMA, 'chat_template.jinja'), NO_SYSTEM);
  hub = await HubServer.start();
  env = { HF_HOME: home, HF_ENDPOINT: hub.endpoint };
  hub.add('acme/toy', filesOf(embeddedModelFolder('toy-llama', 'test')));
  process.env['INTERBRAIN_CACHE'] = join(home, 'cache');
});
afterAll(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await hub.stop();
  await rm(home, { recursive: true });
});

describe('a model is described as it is once it is loaded', () => {
  const sources: [string, ModelSource][] = [
    ['embedded', { embedded: 'toy-mistral' }],
    ['path', { path: join(FIXTURES, 'models/llama') }],
    ['path, with a name and a context', { path: GEMMA, id: 'G', contextLength: 100 }],
    ['shards', { path: join(FIXTURES, 'models/llama-sharded') }],
    ['q4', { path: GEMMA, dtype: 'q4' }],
    ['scripted', { scripted: { replies: ['Yes.'], layers: 2 } }],
  ];
  it.each(sources)('%s', async (_, source) => {
    const described = await describeModel(source);
    const model = await loadModel(source, { worker: false });
    expect(described).toEqual(model.info);
    const canned = 'scripted' in source;
    expect(described?.capabilities).toEqual(
      CAPABILITIES.filter((capability) => !canned || capability !== 'interventions'),
    );
    await model.dispose();
  });

  it('with what its template does not take', async () => {
    const { notes } = (await describeModel({ path: GEMMA })) ?? {};
    expect(notes?.join()).toContain('no system role');
  });

  it('q8, without its being quantised', async () => {
    const source: ModelSource = { embedded: 'toy-llama', dtype: 'q8' };
    const described = await describeModel(source);
    expect(existsSync(join(home, 'cache/q8'))).toBe(false);
    const model = await loadModel(source, { worker: false });
    expect(existsSync(join(home, 'cache/q8'))).toBe(true);
    expect(described).toEqual(model.info);
    expect(described?.dtype).toBe('q8');
    await model.dispose();
  });

  it('hub, as soon as it is downloaded', async () => {
    expect(await describeModel(HUB, { env })).toBeUndefined();
    expect(hub.log).toEqual([]);
    await downloadModel(HUB, { env });
    const described = await describeModel(HUB, { env: { ...env, HF_ENDPOINT: 'http://localhost:9' } });
    const model = await loadModel(HUB, { env, worker: false });
    expect(described).toEqual(model.info);
    expect(described).toMatchObject({ id: 'acme/toy@main', commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
    await model.dispose();
  });
});

it('describes a model on a server from its tokenizer’s files, of which alone it is downloaded', async () => {
  const source: ModelSource = { vllm: ['http://localhost:9/v1'], checkpoint: { hub: 'acme/served' } };
  hub.add('acme/served', filesOf(embeddedModelFolder('toy-llama', 'test')));
  expect(await describeModel(source, { env })).toBeUndefined();
  await downloadModel(source, { env });
  const asked = hub.log.map(({ path }) => path).filter((path) => path.includes('acme/served/resolve'));
  expect(asked.some((path) => path.endsWith('/tokenizer.json'))).toBe(true);
  expect(asked.some((path) => path.includes('safetensors'))).toBe(false);
  const [info, own] = [await describeModel(source, { env }), await describeModel({ embedded: 'toy-llama' })];
  const { layers, hiddenSize, vocabSize, parameters, architecture } = own ?? {};
  expect(info).toMatchObject({ layers, hiddenSize, vocabSize, parameters, architecture, id: 'acme/served' });
  // Its weights are bfloat16, which vLLM computes in; a server generates a token behind every prompt.
  expect([info?.dtype, info?.contextLength, info?.device]).toEqual(['bf16', 4095, 'vllm']);
  expect(remoteName(source)).toBe('acme/served');
});

it('says that bytes repeat on the CPU alone', async () => {
  const info = await describeModel({ embedded: 'toy-llama', device: 'webgpu' });
  expect(info?.capabilities).toEqual(['logits', 'likelihoods']);
  expect(info?.notes?.join()).toContain('computed on webgpu');
});

it('takes paths from the folder of the study file, and knows the embedded models', () => {
  expect(resolveModel({ path: '../m', dtype: 'q8' }, at)).toEqual({ path: '/m', dtype: 'q8' });
  expect(resolveModel({ path: '/m' }, at)).toEqual({ path: '/m' });
  expect(resolveModel({ hub: 'acme/toy' }, at)).toEqual({ hub: 'acme/toy' });
  expect(resolveModel({ embedded: 'toy-llama' }, at)).toEqual({ embedded: 'toy-llama' });
  const vllm = { vllm: 'http://gpu1/v1', timeout: 600, patience: 600 };
  expect(resolveModel({ ...vllm, model: 'acme/toy@v1', states: 'inline' }, at)).toEqual({
    ...{ ...vllm, vllm: ['http://gpu1/v1'], checkpoint: { hub: 'acme/toy@v1' } },
  });
  expect(resolveModel({ ...vllm, model: './toy', states: 'states' }, at)).toMatchObject({
    ...{ checkpoint: { path: '/studies/toy' }, states: '/studies/states' },
  });
  expect(() => resolveModel({ ...vllm, model: 'toy', states: 'inline' }, at)).toThrow(
    'models.m.model: "toy"',
  );
  expect(() => resolveModel({ embedded: 'toy' }, at)).toThrow(
    /^models\.m: no embedded model is called "toy"/,
  );
});

it('lets a study file name every kind of checkpoint and nothing else', () => {
  expect(MODEL_FORMS).toBe(
    '{ path: FOLDER }, { path: FILE.gguf }, { hub: ORG/NAME }, { hub: ORG/NAME, file: FILE.gguf }, { embedded: NAME }, { vllm: URL, model: ORG/NAME } or { api: URL, model: NAME }',
  );
  expect(modelEntry.safeParse({ path: 'm', device: 'cuda', dtype: 'bf16' }).success).toBe(true);
  expect(modelEntry.safeParse({ vllm: ['http://a/v1', 'http://b/v1'], model: 'acme/toy' }).success).toBe(
    true,
  );
  for (const wrong of [
    {},
    { path: 'm', hub: 'acme/toy' },
    { scripted: { replies: [] } },
    { hub: 'toy' },
    { vllm: 'gpu1', model: 'a/b' },
    { api: 'http://a/v1' },
  ])
    expect(modelEntry.safeParse(wrong).success).toBe(false);
});

it('says what a user should know of it, and what this machine has not', async () => {
  expect(modelWarnings({ embedded: 'toy-llama' })).toEqual([]);
  expect(modelWarnings({ path: 'm', dtype: 'q4' }).join()).toContain('weights in 4 bits distort');
  expect(modelWarnings({ path: 'm', device: 'dml' }).join()).toContain('computed on dml');
  expect([remoteName(HUB), remoteName({ embedded: 'toy-llama' })]).toEqual(['acme/toy@main', undefined]);
  await checkModel({ path: 'm', dtype: 'q8' });
  await expect(checkModel({ path: 'm', dtype: 'fp16' })).rejects.toThrow(BadInput);
  await expect(checkModel({ hub: 'acme/toy', device: 'dml' })).rejects.toThrow(MissingDependency);
});

it('refuses what is no source', async () => {
  const nothing = Object.assign(JSON.parse('{"place":"x"}'), {});
  expect(() => loadModel(nothing)).toThrow('{"place":"x"} is of no known kind');
});
