// Against a hub of our own over real sockets: see test/hub-server.ts.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitNamed, filesOf, HubServer } from '../../../test/hub-server.ts';
import { BadInput, CorruptFile, ModelMismatch, RemoteFailure } from '../../errors.ts';
import { embeddedModelFolder } from '../embedded.ts';
import { openCheckpoint } from '../onnx/checkpoint.ts';
import { loadModel } from '../sources.ts';
import { cachedSnapshot, type DownloadProgress, hubSnapshot } from './snapshot.ts';

const TOY = embeddedModelFolder('toy-llama', 'test');
const SHARDED = join(import.meta.dirname, '../../../fixtures/models/llama-sharded');
const ID = 'acme/toy';
const WEIGHTS = 'model.safetensors';

let hub: HubServer;
let home: string;
let env: Record<string, string>;
const repo = () => join(home, 'hub/models--acme--toy');
const weights = filesOf(TOY).get(WEIGHTS)!;
const checksum = createHash('sha256').update(weights).digest('hex');
const blob = () => join(repo(), 'blobs', checksum);
const partial = () => `${blob()}.interbrain.incomplete`;
const get = (options: Parameters<typeof hubSnapshot>[1] = {}, name = ID) =>
  hubSnapshot(name, { env, ...options });

beforeEach(async () => {
  hub = await HubServer.start();
  home = await mkdtemp(join(tmpdir(), 'hub-'));
  env = { HF_HOME: home, HF_ENDPOINT: hub.endpoint };
  hub.add(ID, filesOf(TOY));
});
afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true });
});

describe('a download', () => {
  it('fills the cache in its standard layout, with what a model needs and nothing else', async () => {
    const files = filesOf(TOY);
    files.set('pytorch_model.bin', Buffer.from('not wanted'));
    files.set('chat_template.jinja', Buffer.from('{{ messages }}'));
    hub.add(ID, files);
    const { folder, commit } = await get();
    expect(commit).toBe(commitNamed(ID));
    expect(folder).toBe(join(repo(), 'snapshots', commit));
    const names = ['chat_template.jinja', 'config.json', WEIGHTS, 'tokenizer.json', 'tokenizer_config.json'];
    expect((await readdir(folder)).sort()).toEqual(names);
    expect(await readlink(join(folder, WEIGHTS))).toBe(`../../blobs/${checksum}`);
    for (const name of names) expect(files.get(name)!.equals(await readFile(join(folder, name)))).toBe(true);
    expect(await readFile(join(repo(), 'refs/main'), 'utf8')).toBe(commit);
    expect((await readdir(join(repo(), '.no_exist', commit))).sort()).toEqual([
      'added_tokens.json',
      'generation_config.json',
      'special_tokens_map.json',
    ]);
    expect(await readdir(join(repo(), 'blobs'))).toHaveLength(names.length);
    expect(await readdir(join(home, 'hub/.locks/models--acme--toy'))).toEqual([]);
    expect(hub.downloads('pytorch_model.bin')).toEqual([]);
  });

  it('loads into a model that talks, through the links of the cache', async () => {
    const model = await loadModel({ hub: ID }, { env });
    const plain = await loadModel({ path: TOY });
    const ask = async (from: typeof model) => {
      const conversation = from.converse();
      const prompt = from.tokenize([{ role: 'user', content: 'Good morning' }]);
      const reply = await conversation.reply(prompt, { temperature: 0, maxNewTokens: 12, seed: 's' });
      conversation.close();
      return reply;
    };
    const reply = await ask(model);
    expect(reply.text.length).toBeGreaterThan(0);
    expect(reply).toEqual(await ask(plain));
    expect(model.info).toMatchObject({
      id: ID,
      commit: commitNamed(ID),
      revision: plain.info.revision,
    });
    await model.dispose();
    await plain.dispose();
  });

  it('gets the shards that an index names, and ONNX Runtime takes them from the blobs', async () => {
    const files = filesOf(SHARDED);
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) files.set(name, filesOf(TOY).get(name)!);
    files.set('model-00003-of-00002.safetensors', Buffer.from('not in the index'));
    hub.add('acme/shards', files);
    const { folder } = await get({}, 'acme/shards');
    expect((await readdir(folder)).filter((name) => name.startsWith('model'))).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ]);
    const { weights: tensors, weightsFolder } = await openCheckpoint(folder);
    expect(weightsFolder).toBe(join(home, 'hub/models--acme--shards/blobs'));
    expect(new Set([...tensors.values()].map(({ file }) => file)).size).toBe(2);
    const model = await loadModel({ hub: 'acme/shards' }, { env });
    const plain = await loadModel({ path: SHARDED });
    const read = (from: typeof model) => from.converse().read([3, 4, 5]);
    expect((await read(model)).states).toEqual((await read(plain)).states);
    await model.dispose();
    await plain.dispose();
  });

  it('counts the bytes of each file and of all', async () => {
    const seen: DownloadProgress[] = [];
    await get({ onDownload: (progress) => seen.push(progress) });
    const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', WEIGHTS];
    const total = names.reduce((sum, name) => sum + filesOf(TOY).get(name)!.length, 0);
    expect(seen.at(-1)).toMatchObject({ model: ID, bytes: total, total, before: 0 });
    expect(seen.filter(({ bytes }) => bytes === total)).toHaveLength(1);
    // config.json comes before it is known how much there is.
    expect(new Set(seen.map(({ file }) => file))).toEqual(new Set(names.slice(1)));
    const large = seen.filter(({ file }) => file === WEIGHTS).map(({ fileBytes }) => fileBytes);
    expect(large.length).toBeGreaterThan(10);
    expect(large).toEqual(large.toSorted((a, b) => a - b));
    expect(seen.every(({ fileBytes, fileTotal, bytes }) => fileBytes <= fileTotal && bytes <= total)).toBe(
      true,
    );
  });

  it('sends the token to the hub and to nobody else', async () => {
    await writeFile(join(home, 'token'), 'hf_from_file\n');
    await get();
    const sent = (server: string) =>
      new Set(hub.log.filter((entry) => entry.server === server).map(({ authorization }) => authorization));
    expect(sent('hub')).toEqual(new Set(['Bearer hf_from_file']));
    expect(sent('cdn')).toEqual(new Set([undefined]));
    hub.log.length = 0;
    await get({ env: { ...env, HF_TOKEN: 'hf_from_env' } }, `${ID}@v1`);
    expect(sent('hub')).toEqual(new Set(['Bearer hf_from_env']));
  });
});

describe('a connection that fails', () => {
  it('is taken up where it was cut, within one call', async () => {
    hub.faults = { cut: { after: 1_000_000, times: 2 } };
    await get();
    expect(hub.downloads(WEIGHTS).map(({ range, sent }) => [range, sent])).toEqual([
      [undefined, 1_000_000],
      ['bytes=1000000-', 1_000_000],
      ['bytes=2000000-', weights.length - 2_000_000],
    ]);
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });

  it('ends the call if it keeps failing, and the next call asks for the rest alone', async () => {
    hub.faults = { cut: { after: 1_500_000, times: 1 } };
    const failure = await get({ attempts: 1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteFailure);
    expect((failure as Error).message).toMatch(/ended after 1500000 of 2581096 bytes.*run again to go on/);
    expect((await readFile(partial())).equals(weights.subarray(0, 1_500_000))).toBe(true);
    expect(await cachedSnapshot(ID, env)).toBeUndefined();
    hub.log.length = 0;
    const seen: DownloadProgress[] = [];
    await get({ onDownload: (progress) => seen.push(progress) });
    expect(hub.downloads()).toMatchObject([
      { range: 'bytes=1500000-', sent: weights.length - 1_500_000, server: 'cdn' },
    ]);
    expect(seen.at(-1)!.before).toBe(seen.at(-1)!.total - (weights.length - 1_500_000));
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });

  it('is given up when nothing comes, and taken up there', async () => {
    hub.faults = { stall: { after: 1_000_000, times: 1 } };
    await get({ env: { ...env, HF_HUB_DOWNLOAD_TIMEOUT: '2' } });
    expect(hub.downloads(WEIGHTS).map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']);
    hub.faults = { stall: { after: 0, times: 1 } };
    await rm(repo(), { recursive: true });
    const impatient = { attempts: 1, env: { ...env, HF_HUB_DOWNLOAD_TIMEOUT: '1' } };
    await expect(get(impatient)).rejects.toThrow(/cannot be reached \(no answer in 1 s\)/);
    hub.faults = { stall: { after: 100_000, times: 1 } };
    await expect(get(impatient)).rejects.toThrow(/ended after 100000 of 2581096 bytes \(no bytes in 1 s\)/);
  });

  it('starts anew if the server knows no ranges', async () => {
    hub.faults = { cut: { after: 1_000_000, times: 1 }, ignoreRange: true };
    await get();
    expect(hub.downloads(WEIGHTS).map(({ sent }) => sent)).toEqual([1_000_000, weights.length]);
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });

  it('asks a busy hub again', async () => {
    hub.faults = { busy: 2 };
    await get();
    hub.faults = { busy: 9 };
    await expect(get({ attempts: 2 }, `${ID}@v1`)).rejects.toThrow(/busy or out of order \(503.*try again/);
  });

  it('stops at once when aborted, keeps what came and lets go of the lock', async () => {
    hub.faults = { slow: 20 };
    const controller = new AbortController();
    const reason = new Error('enough');
    const onDownload = ({ file, fileBytes }: DownloadProgress) => {
      if (file === WEIGHTS && fileBytes > 500_000) controller.abort(reason);
    };
    await expect(get({ onDownload, signal: controller.signal })).rejects.toBe(reason);
    expect((await readFile(partial())).length).toBeGreaterThan(500_000);
    expect(await readdir(join(home, 'hub/.locks/models--acme--toy'))).toEqual([]);
    hub.faults = {};
    await get();
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });
});

describe('a checksum', () => {
  it('that is wrong is an error that names the file, and the bytes are deleted', async () => {
    hub.faults = { corrupt: { name: WEIGHTS, times: 1 } };
    const failure = await get().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CorruptFile);
    expect((failure as Error).message).toContain(`${WEIGHTS} arrived with other bytes`);
    expect(existsSync(partial())).toBe(false);
    expect(existsSync(blob())).toBe(false);
    expect(await cachedSnapshot(ID, env)).toBeUndefined();
    await get();
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });

  it('is checked for small files too', async () => {
    const repository = hub.repositories.get(ID)!;
    const files = repository.commits.get(commitNamed(ID))!;
    const config = files.get('config.json')!;
    const { get: read } = files;
    // Listed as it is, sent with other bytes of the same length.
    let reads = 0;
    files.get = (name) =>
      name === 'config.json' && reads++ === 0
        ? Buffer.from(config.toString().replace('{', ' '))
        : read.call(files, name);
    await expect(get()).rejects.toThrow(/config.json arrived with other bytes/);
  });

  it('finds damage in what an earlier run left, and fetches the file again by itself', async () => {
    hub.faults = { cut: { after: 1_000_000, times: 1 } };
    await expect(get({ attempts: 1 })).rejects.toThrow(RemoteFailure);
    await truncate(partial(), 900_000);
    await truncate(partial(), 1_000_000);
    await get();
    expect(hub.downloads(WEIGHTS).map(({ range }) => range)).toEqual([
      undefined,
      'bytes=1000000-',
      undefined,
    ]);
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });

  it('is not all: a file that is longer than listed is refused, and a longer rest is thrown away', async () => {
    await mkdir(join(repo(), 'blobs'), { recursive: true });
    await writeFile(partial(), Buffer.alloc(weights.length + 1));
    await get();
    expect(hub.downloads(WEIGHTS).map(({ range }) => range)).toEqual([undefined]);
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });
});

describe('what the hub refuses', () => {
  it('a gated model without a token: says how to get access', async () => {
    hub.repositories.get(ID)!.gatedFor = 'hf_good';
    const failure = await get().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteFailure);
    expect((failure as Error).message).toBe(
      `${hub.endpoint}/${ID}: is a gated model: open the page, log in, accept its licence, then make a token at ` +
        `${hub.endpoint}/settings/tokens and set HF_TOKEN to it`,
    );
    await get({ env: { ...env, HF_TOKEN: 'hf_good' } });
  });

  it('a gated model for a token without access', async () => {
    hub.repositories.get(ID)!.gatedFor = 'hf_good';
    const failure = get({ env: { ...env, HF_TOKEN: 'hf_other' } });
    await expect(failure).rejects.toThrow(/the token in use has no access.*accept the licence/);
  });

  it('a token that it does not know', async () => {
    const failure = get({ env: { ...env, HF_TOKEN: 'hf_expired' } });
    await expect(failure).rejects.toThrow(
      /does not accept the token \(Invalid credentials.*or unset HF_TOKEN/,
    );
  });

  it('a name that is none, or hidden', async () => {
    await expect(get({}, 'acme/tyo')).rejects.toThrow(
      /^hub model acme\/tyo: there is no such model at .*, or it is private; check the spelling.*set HF_TOKEN/,
    );
    await expect(get({ env: { ...env, HF_TOKEN: 'hf_x' } }, 'acme/tyo')).rejects.toThrow(BadInput);
    hub.repositories.get(ID)!.hidden = true;
    await expect(get()).rejects.toThrow(/or it is private/);
    await get({ env: { ...env, HF_TOKEN: 'hf_x' } });
    await expect(get({}, 'no-slash')).rejects.toThrow(
      /"no-slash": should be org\/name or org\/name@revision/,
    );
  });

  it('a revision that is none', async () => {
    for (const name of [`${ID}@v9`, `${ID}@${'0'.repeat(40)}`])
      await expect(get({}, name)).rejects.toThrow(
        /hub model acme\/toy: has no revision "(v9|0{40})"; name a branch/,
      );
  });
});

describe('a repository that cannot be run', () => {
  it('is refused for what it lacks, with what it has', async () => {
    const files = filesOf(TOY);
    files.delete(WEIGHTS);
    files.set('pytorch_model.bin', Buffer.from('x'));
    hub.add(ID, files);
    const failure = await get().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelMismatch);
    expect((failure as Error).message).toMatch(/has no model.safetensors; it holds .*pytorch_model.bin/);
  });

  it('is refused for its architecture before its weights are fetched', async () => {
    const files = filesOf(TOY);
    files.set('config.json', Buffer.from('{"architectures": ["BertModel"], "model_type": "bert"}'));
    hub.add(ID, files);
    await expect(get()).rejects.toThrow(ModelMismatch);
    expect(hub.downloads(WEIGHTS)).toEqual([]);
  });
});

describe('the cache', () => {
  it('serves a whole snapshot without a single request, offline or not', async () => {
    const first = await get();
    hub.log.length = 0;
    const onDownload = () => expect.fail('there is nothing to download');
    expect(await get({ onDownload })).toEqual(first);
    expect(await get({ env: { ...env, HF_HUB_OFFLINE: '1' } })).toEqual(first);
    expect(await cachedSnapshot(ID, env)).toEqual(first);
    expect(hub.log).toEqual([]);
    const model = await loadModel({ hub: ID }, { env: { ...env, HF_HUB_OFFLINE: '1' } });
    await model.dispose();
  });

  it('offline, takes the one snapshot that is there without refs, and names several', async () => {
    const first = await get();
    const repository = dirname(dirname(first.folder));
    await rm(join(repository, 'refs'), { recursive: true });
    const offline = { env: { ...env, HF_HUB_OFFLINE: '1' } };
    expect(await get(offline)).toEqual(first);
    expect(await cachedSnapshot(ID, offline.env)).toEqual(first);
    expect(await cachedSnapshot(ID, env)).toBeUndefined();
    await mkdir(join(repository, 'snapshots', 'b'.repeat(40)));
    await expect(get(offline)).rejects.toThrow(`named by its commit: ${ID}@`);
  });

  it('says so when it does not hold the model and must not ask', async () => {
    await expect(get({ env: { ...env, HF_HUB_OFFLINE: 'yes' } })).rejects.toThrow(
      /revision main is not in the cache .*hub, or not whole, and HF_HUB_OFFLINE forbids.*unset HF_HUB_OFFLINE/,
    );
    expect(hub.log).toEqual([]);
  });

  it('says so when the hub cannot be reached, but uses a snapshot that has all a model needs', async () => {
    const gone = await HubServer.start();
    const away = { ...env, HF_ENDPOINT: gone.endpoint };
    await gone.stop();
    await expect(get({ env: away, attempts: 1 })).rejects.toThrow(
      /cannot be reached \(ECONNREFUSED.*check the network, or set HF_ENDPOINT.*with path:/,
    );
    const { folder, commit } = await get();
    // As Python's tools leave it: nothing says that there is no chat template.
    await rm(join(repo(), '.no_exist'), { recursive: true });
    expect((await get({ env: away, attempts: 1 })).folder).toBe(folder);
    // With a hub, that is asked, at the commit that the cache holds though main has moved on.
    const repository = hub.repositories.get(ID)!;
    repository.refs.set('main', commitNamed('newer'));
    hub.log.length = 0;
    expect((await get()).commit).toBe(commit);
    expect(hub.log.map(({ path }) => path)).toEqual([
      `/api/models/${ID}/tree/${commit}`,
      `/api/models/${ID}/tree/${commit}`,
    ]);
  });

  it('fetches again only what is gone from it', async () => {
    const { folder } = await get();
    hub.log.length = 0;
    await unlink(join(folder, 'tokenizer.json'));
    await get();
    expect(hub.downloads()).toEqual([]);
    await truncate(blob(), 1000);
    await unlink(join(folder, WEIGHTS));
    await get();
    expect(hub.downloads().map(({ path }) => path.split('/').at(-1))).toEqual([WEIGHTS]);
    expect(weights.equals(await readFile(join(folder, WEIGHTS)))).toBe(true);
  });

  it('keeps revisions apart: a branch, a tag, a commit', async () => {
    const repository = hub.repositories.get(ID)!;
    const older = commitNamed(ID);
    const newer = commitNamed('newer');
    const files = filesOf(TOY);
    const config = JSON.parse(files.get('config.json')!.toString());
    files.set('config.json', Buffer.from(JSON.stringify({ ...config, max_position_embeddings: 300 })));
    repository.commits.set(newer, files);
    repository.refs.set('main', newer).set('refs/pr/1', newer);
    expect((await get()).commit).toBe(newer);
    expect((await get({}, `${ID}@v1`)).commit).toBe(older);
    expect((await get({}, `${ID}@refs/pr/1`)).commit).toBe(newer);
    expect((await get({}, `${ID}@${older}`)).commit).toBe(older);
    expect(await readFile(join(repo(), 'refs/refs/pr/1'), 'utf8')).toBe(newer);
    // The weights are the same in both and were fetched once.
    expect(hub.downloads(WEIGHTS)).toHaveLength(1);
    // What a branch was is what it stays for the cache.
    repository.refs.set('main', older);
    expect((await get()).commit).toBe(newer);
  });

  it('cannot be a folder that is none', async () => {
    await writeFile(join(home, 'file'), '');
    const failure = get({ env: { ...env, HF_HUB_CACHE: join(home, 'file') } });
    await expect(failure).rejects.toThrow(/cannot be written to \(ENOTDIR\).*set HF_HOME/);
  });
});

describe('two downloads at once', () => {
  it('fetch every byte once', async () => {
    hub.faults = { slow: 10 };
    const seen: DownloadProgress[] = [];
    const both = await Promise.all([get(), get({ onDownload: (progress) => seen.push(progress) })]);
    expect(both[0]).toEqual(both[1]);
    expect(hub.downloads(WEIGHTS)).toHaveLength(1);
    expect(seen.at(-1)!.bytes).toBe(seen.at(-1)!.total);
    expect(weights.equals(await readFile(blob()))).toBe(true);
  });

  it('go on without one that was killed', async () => {
    const lock = join(home, `hub/.locks/models--acme--toy/${checksum}.interbrain.lock`);
    await mkdir(join(lock, '..'), { recursive: true });
    const { hostname } = await import('node:os');
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), key: 'dead' }));
    const start = performance.now();
    await get();
    expect(performance.now() - start).toBeLessThan(5000);
    expect(existsSync(lock)).toBe(false);
  });
});
