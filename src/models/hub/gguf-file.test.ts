// A GGUF file of a repository, against a hub of our own over real sockets: see test/hub-server.ts.

import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitNamed, HubServer } from '../../../test/hub-server.ts';
import { BadInput, ModelMismatch, RemoteFailure } from '../../errors.ts';
import { openCheckpoint } from '../onnx/checkpoint.ts';
import { Engine } from '../onnx/engine.ts';
import { prepareWeights } from '../onnx/weights-cache.ts';
import { describeModel, loadModel } from '../sources.ts';
import { cachedSnapshot, hubSnapshot } from './snapshot.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/gguf');
const ID = 'acme/small-GGUF';
const FILE = 'qwen2.gguf';
const gguf = new Map(['llama.gguf', FILE].map((name) => [name, readFileSync(join(FIXTURES, name))]));

let hub: HubServer;
let home: string;
let env: Record<string, string>;

beforeEach(async () => {
  hub = await HubServer.start();
  home = await mkdtemp(join(tmpdir(), 'hub-gguf-'));
  env = { HF_HOME: home, HF_ENDPOINT: hub.endpoint };
  process.env['INTERBRAIN_CACHE'] = join(home, 'interbrain');
  hub.add(ID, new Map([...gguf, ['README.md', Buffer.from('not wanted')]]));
});
afterEach(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await hub.stop();
  await rm(home, { recursive: true });
});

it('is all that is downloaded, and asked for once', async () => {
  expect(await cachedSnapshot(ID, env, FILE)).toBeUndefined();
  const { folder, commit } = await hubSnapshot(ID, { env, file: FILE });
  expect(commit).toBe(commitNamed(ID));
  expect((await readFile(folder)).equals(gguf.get(FILE)!)).toBe(true);
  const snapshot = join(home, 'hub/models--acme--small-GGUF/snapshots', commit);
  expect(folder).toBe(join(snapshot, FILE));
  expect(await readdir(snapshot)).toEqual([FILE]);
  hub.log.length = 0;
  expect(await hubSnapshot(ID, { env, file: FILE })).toEqual({ folder, commit });
  expect(await cachedSnapshot(ID, env, FILE)).toEqual({ folder, commit });
  expect(hub.log).toEqual([]);
  // The other file is not there because one is.
  expect(await cachedSnapshot(ID, env, 'llama.gguf')).toBeUndefined();
  expect(await cachedSnapshot(ID, env)).toBeUndefined();
});

it('loads into a model like the file itself', async () => {
  const source = { hub: ID, file: FILE };
  expect(await describeModel(source, { env })).toBeUndefined();
  const model = await loadModel(source, { env, worker: false });
  const plain = await loadModel({ path: join(FIXTURES, FILE) }, { worker: false });
  expect(model.info).toMatchObject({
    ...{ id: `${ID}/${FILE}`, commit: commitNamed(ID), revision: plain.info.revision },
    ...{ architecture: 'Qwen2ForCausalLM', dtype: 'fp32' },
    notes: [expect.stringContaining('GGUF file, which has rounded them (Q4_0, Q4_1, Q5_0, Q5_1, Q8_0)')],
  });
  expect(await describeModel(source, { env })).toEqual(model.info);
  const read = (from: typeof model) => from.converse().read([3, 4, 5]);
  expect((await read(model)).states).toEqual((await read(plain)).states);
  await model.dispose();
  await plain.dispose();
});

it('is read where it lies if nothing has to be unpacked, through the links of the cache', async () => {
  const plain = readFileSync(join(FIXTURES, 'architectures/qwen3.gguf'));
  hub.add('acme/plain', new Map([['plain.gguf', plain]]));
  const { folder } = await hubSnapshot('acme/plain', { env, file: 'plain.gguf' });
  const checkpoint = await openCheckpoint(folder);
  expect(await prepareWeights(checkpoint, 'fp32')).toBe(checkpoint);
  expect(checkpoint.weightsFolder).toBe(join(home, 'hub/models--acme--plain/blobs'));
  const engine = await Engine.load(checkpoint, { threads: 1, contextLength: 8 });
  await engine.release();
});

describe('is refused', () => {
  it('when the repository has no such file, with those that it has', async () => {
    const refused = hubSnapshot(ID, { env, file: 'other.gguf' });
    await expect(refused).rejects.toThrow(ModelMismatch);
    await expect(refused).rejects.toThrow(/has no other\.gguf; its GGUF files are .*llama\.gguf, .*name one/);
  });

  it('when its name leads elsewhere', async () => {
    for (const file of ['../x.gguf', 'a/b.gguf', 'model.safetensors', ''])
      await expect(hubSnapshot(ID, { env, file })).rejects.toThrow(BadInput);
  });

  it('when no file is named, with those that could be', async () => {
    await expect(hubSnapshot(ID, { env })).rejects.toThrow(/name one of its files: .*qwen2\.gguf/);
  });

  it('when it is not here and nothing may be asked', async () => {
    const offline = hubSnapshot(ID, { env: { ...env, HF_HUB_OFFLINE: '1' }, file: FILE });
    await expect(offline).rejects.toThrow(RemoteFailure);
  });
});
