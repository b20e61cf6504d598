// What `serve-model` prints, as a shell takes it; vllm.test.ts runs it where vLLM is.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { embeddedModelFolder } from '../src/models/embedded.ts';
import { modelEntry, resolveModel } from '../src/models/sources.ts';
import { interbrain, scratch } from './cli.ts';

const LLAMA = embeddedModelFolder('toy-llama', 'test');
const folder = scratch();
afterAll(() => rmSync(folder, { recursive: true }));

const print = async (...more: readonly string[]) => {
  const { code, stdout, stderr } = await interbrain(['serve-model', LLAMA, '--print', ...more], folder);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

/** What vLLM would be called with: the shell's own reading of the script's last command. */
function argumentsOf(script: string): string[] {
  const last = script.slice(script.indexOf('exec vllm serve')).replace('exec vllm', 'printf "%s\\n"');
  const { stdout, status } = spawnSync('bash', ['-c', last], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout.trimEnd().split('\n');
}

it('is a script with every layer, and the entry that goes with it', async () => {
  const script = await print('--states', 'the states', '--context', '1000', '--gpus', '2', '--port', '8123');
  expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0);
  const given = argumentsOf(script);
  const value = (name: string) => given[given.indexOf(name) + 1] ?? '';
  expect(given.slice(0, 2)).toEqual(['serve', LLAMA]);
  expect(JSON.parse(value('--speculative-config'))).toMatchObject({
    draft_model_config: { hf_config: { eagle_aux_hidden_state_layer_ids: [1, 2, 3, 4, 5, 6] } },
  });
  expect(JSON.parse(value('--kv-transfer-config'))).toMatchObject({
    kv_connector_module_path: 'interbrain_states',
    kv_connector_extra_config: { shared_storage_path: join(folder, 'the states') },
  });
  expect([
    value('--dtype'),
    value('--max-model-len'),
    value('--tensor-parallel-size'),
    value('--port'),
  ]).toEqual([...['bfloat16', '1001', '2', '8123']]);
  const line = /^# +models: (.*)$/m.exec(script)?.[1] ?? '';
  const { NAME: entry } = parse(line) as { NAME: unknown };
  const source = resolveModel(modelEntry.parse(entry), { folder, where: 'models.m' });
  expect(source).toMatchObject({
    ...{ vllm: ['http://127.0.0.1:8123/v1'], checkpoint: { path: LLAMA }, contextLength: 1000 },
    states: join(folder, 'the states'),
  });
});

it('is for a CPU if asked, with the states in the answers by default', async () => {
  const script = await print('--cpu', '--dtype', 'fp32');
  const given = argumentsOf(script);
  expect(given).toContain('--no-enable-chunked-prefill');
  expect(given[given.indexOf('--kv-transfer-config') + 1]).toContain('"inline":true');
  expect(script).toContain('TORCHDYNAMO_DISABLE=1');
});

it('starts nothing', async () => {
  const { code, stderr } = await interbrain(['serve-model', LLAMA], folder);
  expect([code, stderr]).toEqual([2, expect.stringContaining('interbrain starts no servers; add --print')]);
});
