// Hub models through the built command line, in real processes, against a hub of our own.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { embeddedModelFolder } from '../src/models/embedded.ts';
import { interbrain, scratch, start, writeStudy } from './cli.ts';
import { commitNamed, filesOf, HubServer } from './hub-server.ts';

const WEIGHTS = 'model.safetensors';
const files = filesOf(embeddedModelFolder('toy-llama', 'test'));
let hub: HubServer;
let folder: string;

beforeEach(async () => {
  hub = await HubServer.start();
  hub.add('acme/toy', files);
  folder = scratch();
  vi.stubEnv('HF_HOME', join(folder, 'home'));
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  rmSync(folder, { recursive: true });
});

it('runs a study with a hub model: downloaded, named in the manifest, not asked for again', async () => {
  const study = writeStudy(folder, {
    models: '{ llama: { hub: acme/toy@v1 }, mistral: { embedded: toy-mistral } }',
    simulation: '{ seeds: [0], rounds: 3, maxNewTokens: 20, interactions: 8 }',
  });
  const before = await interbrain(['status', study], folder);
  expect(before.stdout).toContain('llama: acme/toy@v1 is not downloaded; run downloads it');
  expect(before.stdout).toMatch(/llama → mistral: 0\/8 episodes/);
  expect(hub.log).toEqual([]);
  const ran = await interbrain(['run', study], folder);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/download acme\/toy 2\.66 MB\/2\.66 MB · .* MB\/s\n(?!download)/);
  const manifest = JSON.parse(readFileSync(join(folder, 'runs/small/manifest.json'), 'utf8'));
  expect(manifest.models.llama).toMatchObject({ id: 'acme/toy@v1', commit: commitNamed('acme/toy') });
  hub.log.length = 0;
  const after = await interbrain(['status', study], folder);
  expect(after.stdout).toMatch(/llama → mistral: 8\/8 episodes/);
  expect((await interbrain(['run', study], folder)).code).toBe(0);
  expect(hub.log).toEqual([]);
});

it('after kill -9 in the middle of a download fetches the rest alone', async () => {
  hub.faults = { slow: 30 };
  const { child, finished } = start(['model', 'inspect', 'acme/toy'], folder);
  const sent = () => hub.downloads(WEIGHTS)[0]?.sent ?? 0;
  while (sent() < 1_000_000) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await finished;
  hub.faults = {};
  hub.log.length = 0;
  const { code, stdout, stderr } = await interbrain(['model', 'inspect', 'hub:acme/toy'], folder);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/download acme\/toy 2\.66 MB/),
  });
  expect(stdout).toContain('LlamaForCausalLM');
  const [again, ...others] = hub.downloads();
  const from = Number(/^bytes=(\d+)-$/.exec(again?.range ?? '')?.[1]);
  expect(from).toBeGreaterThan(500_000);
  expect(again?.sent).toBe(files.get(WEIGHTS)!.length - from);
  expect(others).toEqual([]);
});

it('lets one of two processes download and the other wait for it', async () => {
  hub.faults = { slow: 20 };
  const both = await Promise.all([
    interbrain(['model', 'inspect', 'acme/toy', '--prompt', 'Good morning'], folder),
    interbrain(['model', 'inspect', 'acme/toy', '--prompt', 'Good morning'], folder),
  ]);
  for (const { code, stdout } of both) {
    expect(code).toBe(0);
    expect(stdout).toMatch(/reply +\S/);
  }
  expect(hub.downloads(WEIGHTS).map(({ sent }) => sent)).toEqual([files.get(WEIGHTS)!.length]);
});

it('says in the study where a name is wrong, and with status 3 what the hub refuses', async () => {
  const models = (hubName: string) =>
    writeStudy(folder, { models: `{ llama: { hub: ${hubName} }, mistral: { embedded: toy-mistral } }` });
  const typo = await interbrain(['run', models('acme-toy')], folder);
  expect(typo).toMatchObject({ code: 2 });
  expect(typo.stderr).toMatch(
    /study\.yaml:2:\d+ models\.llama\.hub: should be org\/name or org\/name@revision/,
  );
  const unknown = await interbrain(['run', models('acme/tyo')], folder);
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toMatch(/study\.yaml models\.llama: hub model acme\/tyo: there is no such model/);
  hub.repositories.get('acme/toy')!.gatedFor = 'hf_good';
  const gated = await interbrain(['run', models('acme/toy')], folder);
  expect(gated).toMatchObject({ code: 3 });
  expect(gated.stderr).toMatch(/acme\/toy: is a gated model: open the page, log in, accept its licence/);
  expect(existsSync(join(folder, 'home/hub/models--acme--toy/refs'))).toBe(false);
});

it('stops at Ctrl-C during a download and says how to go on', async () => {
  hub.faults = { slow: 30 };
  const study = writeStudy(folder, {
    models: '{ llama: { hub: acme/toy }, mistral: { embedded: toy-mistral } }',
  });
  const { child, finished } = start(['run', study], folder);
  while (hub.downloads(WEIGHTS).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  expect(code).toBe(130);
  expect(stderr).toMatch(/go on with: interbrain run/);
  const kept = readdirSync(join(folder, 'home/hub/models--acme--toy/blobs'));
  expect(kept.filter((name) => name.endsWith('.interbrain.incomplete'))).toHaveLength(1);
});
