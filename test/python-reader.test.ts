// The Python reader's own tests, on a planted run; the notebook, on the same. Skipped without a Python that has numpy.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { plantRun } from './planted-run.ts';
import { pythonWith } from './python.ts';

const ROOT = resolve(import.meta.dirname, '..');
const reader = pythonWith('numpy', 'safetensors');
const notebook = pythonWith('numpy', 'safetensors', 'pandas', 'matplotlib');

describe.skipIf(!reader.python)(`the reader for Python${reader.reason}`, () => {
  let folder: string;
  let run: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'python-reader-'));
    run = await plantRun(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('its tests pass, on every condition', () => {
    const args = ['-m', 'unittest', 'discover', '-s', join(ROOT, 'python/tests')];
    const env = { ...process.env, INTERBRAIN_RUN: run, PYTHONDONTWRITEBYTECODE: '1' };
    const { status, stderr } = spawnSync(reader.python ?? '', args, { encoding: 'utf8', env });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/Ran 1\d tests/);
    expect(stderr).not.toContain('skipped');
  });

  it.skipIf(!notebook.python)(`examples/notebook.ipynb runs${notebook.reason}`, () => {
    const args = [join(ROOT, 'python/tests/run_notebook.py'), join(ROOT, 'examples/notebook.ipynb'), folder];
    const env = { ...process.env, INTERBRAIN_RUN: run, PYTHONDONTWRITEBYTECODE: '1' };
    const { status, stdout, stderr } = spawnSync(notebook.python ?? '', args, { encoding: 'utf8', env });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\d+ samples, greatest difference .*\n/);
    expect(stdout).toContain('1 figures\n');
    expect(statSync(join(folder, 'figure-0.png')).size).toBeGreaterThan(10_000);
  });

  it('the notebook holds no outputs', () => {
    const text = readFileSync(join(ROOT, 'examples/notebook.ipynb'), 'utf8');
    const { cells } = z
      .object({ cells: z.array(z.object({ cell_type: z.string(), outputs: z.array(z.never()).optional() })) })
      .parse(JSON.parse(text));
    expect(cells.filter(({ cell_type }) => cell_type === 'code').length).toBeGreaterThan(4);
  });
});
