import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BadInput } from '../../errors.ts';
import { readHubSettings } from './settings.ts';

it('finds the cache where the other Hugging Face tools have it', async () => {
  const cache = async (env: Record<string, string>) => (await readHubSettings(env)).cache;
  expect(await cache({})).toBe(join(homedir(), '.cache/huggingface/hub'));
  expect(await cache({ XDG_CACHE_HOME: '/x' })).toBe('/x/huggingface/hub');
  expect(await cache({ XDG_CACHE_HOME: '/x', HF_HOME: '/h' })).toBe('/h/hub');
  expect(await cache({ HF_HOME: '~/h' })).toBe(join(homedir(), 'h/hub'));
  expect(await cache({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/old');
  expect(await cache({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/c' })).toBe('/c');
});

it('takes the token from the environment, then from the file', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-settings-'));
  try {
    const token = async (env: Record<string, string>) =>
      (await readHubSettings({ HF_HOME: home, ...env })).token;
    expect(await token({})).toBeUndefined();
    await writeFile(join(home, 'token'), 'hf_file\n');
    expect(await token({})).toBe('hf_file');
    expect(await token({ HF_TOKEN: ' hf_env ' })).toBe('hf_env');
    await writeFile(join(home, 'elsewhere'), 'hf_elsewhere');
    expect(await token({ HF_TOKEN_PATH: join(home, 'elsewhere') })).toBe('hf_elsewhere');
    const broken = token({ HF_TOKEN: 'hf_a\nb' });
    await expect(broken).rejects.toThrow(/^HF_TOKEN: the token holds spaces/);
    await expect(broken).rejects.not.toThrow(/hf_a/);
  } finally {
    await rm(home, { recursive: true });
  }
});

it('reads the endpoint and whether to stay offline', async () => {
  const home = { HF_HOME: '/none' };
  expect(await readHubSettings(home)).toMatchObject({ endpoint: 'https://huggingface.co', offline: false });
  expect(
    await readHubSettings({ ...home, HF_ENDPOINT: 'http://mirror/', HF_HUB_OFFLINE: 'True' }),
  ).toMatchObject({ endpoint: 'http://mirror', offline: true });
  expect((await readHubSettings({ ...home, HF_HUB_OFFLINE: '0' })).offline).toBe(false);
  await expect(readHubSettings({ ...home, HF_ENDPOINT: 'mirror' })).rejects.toThrow(BadInput);
  expect((await readHubSettings(home)).silence).toBe(60_000);
  expect((await readHubSettings({ ...home, HF_HUB_DOWNLOAD_TIMEOUT: '0.5' })).silence).toBe(500);
  await expect(readHubSettings({ ...home, HF_HUB_DOWNLOAD_TIMEOUT: 'soon' })).rejects.toThrow(BadInput);
});
