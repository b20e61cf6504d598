import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { openRecordings } from '../src/pairs/open.ts';
import { listFolder } from '../src/recordings/list.ts';
import { parseStudy } from '../src/studies/parse.ts';

const EXAMPLES = resolve(import.meta.dirname, '../examples');
const named = (ending: string) => readdirSync(EXAMPLES).filter((name) => name.endsWith(ending));

it.each(named('.yaml').filter((name) => name !== 'compose.yaml'))('%s is a study', (name) => {
  const study = parseStudy(readFileSync(join(EXAMPLES, name), 'utf8'), name);
  expect(Object.keys(study.models).length).toBeGreaterThan(0);
});

it.each(named('.mjs'))('%s runs', (name) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(EXAMPLES, name)], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  // The second target layer is the first source layer with noise of a quarter of its variance: R² is 1 / 1.25.
  expect(Number(/-?[\d.]+, (-?[\d.]+)/.exec(stdout)?.[1])).toBeCloseTo(0.8, 1);
});

const PYTHON = 'python3';
const hasNumpy = spawnSync(PYTHON, ['-c', 'import numpy, safetensors']).status === 0;

// Skipped without a Python that has numpy and safetensors: interbrain itself needs none.
it.skipIf(!hasNumpy)('recordings.py writes what measure reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recordings-'));
  try {
    expect(spawnSync(PYTHON, [join(EXAMPLES, 'recordings.py')], { cwd: folder }).status).toBe(0);
    const recordings = await openRecordings(await listFolder(join(folder, 'recordings')));
    expect(recordings).toHaveLength(120);
    expect(recordings[0]?.states.A).toMatchObject({ layers: 4, rounds: 8, hiddenSize: 32 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('the README’s study is one', () => {
  const readme = readFileSync(join(EXAMPLES, '../README.md'), 'utf8');
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(parseStudy(yaml!, 'README.md').name).toBe('my-study');
});
