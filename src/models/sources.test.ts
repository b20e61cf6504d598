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
    expect(described?.capabilities).toEqual(CAPABILITIES);
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
  expect(() => resolveModel({ embedded: 'toy' }, at)).toThrow(
    /^models\.m: no embedded model is called "toy"/,
  );
});

it('lets a study file name every kind of checkpoint and nothing else', () => {
  expect(MODEL_FORMS).toBe('{ path: FOLDER }, { hub: ORG/NAME } or { embedded: NAME }');
  expect(modelEntry.safeParse({ path: 'm', device: 'cuda', dtype: 'bf16' }).success).toBe(true);
  for (const wrong of [{}, { path: 'm', hub: 'acme/toy' }, { scripted: { replies: [] } }, { hub: 'toy' }])
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
