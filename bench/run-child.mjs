// Runs a program and says how long it took from start to end and how much memory it took at most. In a process of its
// own, because a peak is a process's: memory that states were made in would count as memory for measuring them.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRELOAD = fileURLToPath(new URL('peak-memory.mjs', import.meta.url));

/**
 * Runs a script with this Node.
 *
 * @returns wall time in seconds, start-up included; peak memory in bytes; what it wrote to standard output
 */
export async function runNode(script, args, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'interbrain-peak-'));
  const peak = join(folder, 'peak');
  try {
    const env = { ...process.env, INTERBRAIN_BENCH_PEAK: peak };
    const result = await run(process.execPath, ['--import', PRELOAD, script, ...args], { ...options, env });
    return { ...result, peakBytes: Number(await readFile(peak, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs any program; its errors go to ours. Throws an Error with the exit status if that is not 0. */
export async function run(program, args, { env = process.env, quiet = true } = {}) {
  const began = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with status ${status}`);
  return { seconds: (performance.now() - began) / 1000, output };
}
