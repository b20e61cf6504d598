// `interbrain init` where there is nobody to ask.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { interbrain, scratch } from './cli.ts';

const folder = scratch();
afterAll(() => rmSync(folder, { recursive: true }));
const ROOT = resolve(import.meta.dirname, '..');

it('names --example where there is no terminal', async () => {
  const { code, stdout, stderr } = await interbrain(['init'], folder);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('no terminal to ask on; name an example: interbrain init --example first-study');
});

it('lists the examples, and writes one that is never overwritten', async () => {
  const { stdout } = await interbrain(['init', '--list'], folder);
  expect(stdout).toMatch(/^all-conditions {2}Every condition/m);
  expect(stdout).toMatch(/^first-study {5}The study that/m);
  const written = await interbrain(['init', '--example', 'first-study'], folder);
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout).toContain('interbrain run first-study.yaml');
  const file = join(folder, 'first-study.yaml');
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(ROOT, 'examples/first-study.yaml'), 'utf8'));
  writeFileSync(file, 'mine');
  const again = await interbrain(['init', '--example', 'first-study'], folder);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('is there already, and nothing was written');
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

it('says what an example lacks before it can be run, and which there are', async () => {
  const sotopia = await interbrain(['init', 'other.yaml', '--example', 'sotopia'], folder);
  expect(sotopia.code).toBe(0);
  expect(sotopia.stdout).toMatch(/Before it can be run:\nother\.yaml:\d+:\d+ scenarios.*sotopia/);
  const unknown = await interbrain(['init', '--example', 'first'], folder);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain(
    'there are all-conditions, all-pairs, cause, controls, first-study, paper, sotopia, vllm',
  );
});

it('examples are in the package', () => {
  const { files }: { files: string[] } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(files).toContain('examples');
});
