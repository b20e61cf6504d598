// What the end-to-end tests share: the built command line, run as a user runs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';

export const MAIN = resolve(import.meta.dirname, '../dist/cli/main.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    ...{ cwd, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const finished = new Promise<Finished>((done) =>
    child.on('close', (code) => done({ code, stdout, stderr })),
  );
  return { child, finished };
}

export function interbrain(args: readonly string[], cwd: string): Promise<Finished> {
  return start(args, cwd).finished;
}

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'interbrain-test-'));
}

/** A study small enough for a test, with the embedded models. */
export function writeStudy(folder: string, changes: Record<string, string> = {}): string {
  const lines: Record<string, string> = {
    name: 'small',
    models: '{ llama: { embedded: toy-llama }, mistral: { embedded: toy-mistral } }',
    pairs: '[[llama, mistral]]',
    scenarios: 'embedded',
    simulation: '{ seeds: [0], rounds: 3, maxNewTokens: 30, interactions: 8 }',
    synchrony: '{ samples: all, splitSeeds: [0, 1], test: 0.4, lambda: 0.1 }',
    report: '{ transcripts: 2 }',
    ...changes,
  };
  const file = join(folder, 'study.yaml');
  writeFileSync(
    file,
    Object.entries(lines)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  return file;
}

/** Path → SHA-256 of every file below a folder, but for the record of what happened when, which no two runs share. */
export function hashTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && basename(path) !== 'live.ndjson')
    .sort();
  return Object.fromEntries(
    files.map((path) => [
      relative(folder, path),
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ]),
  );
}
