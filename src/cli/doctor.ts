// Whether this machine has what interbrain needs: each line is something that was tried, not something assumed.

import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { cpus, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { embeddedModels } from '../models/embedded.ts';
import { openGemm } from '../numerics/gemm.ts';

interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
  readonly advice?: string;
}

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { what: 'Node.js', ok, found: process.versions.node, advice: 'install Node.js 20.19 or newer' };
}

function checkMachine(): Check {
  const processors = cpus();
  const found = `${processors[0]?.model.trim()}, ${processors.length} cores, ${gibibytes(freemem())} of ${gibibytes(totalmem())} memory free`;
  return {
    what: 'machine',
    ok: freemem() > 2 ** 30,
    found,
    advice: 'free some memory: less than 1 GiB is left',
  };
}

/** Loads ONNX Runtime and times a product of two matrices, after one to warm up. */
async function checkRuntime(): Promise<Check> {
  try {
    const ort = await import('onnxruntime-node');
    const size = 1024;
    const gemm = await openGemm();
    const matrix = new Float32Array(size * size).fill(1.5);
    const operand = { rows: size, columns: size, data: matrix };
    await gemm.multiply(operand, operand);
    const start = performance.now();
    await gemm.multiply(operand, operand);
    const rate = (2 * size ** 3) / (performance.now() - start) / 1e6;
    await gemm.close();
    const version = ort.env.versions.node ?? ort.env.versions.common;
    return { what: 'ONNX Runtime', ok: true, found: `${version}, ${rate.toFixed(0)} GFLOP/s in float32` };
  } catch (error) {
    const advice = 'run npm install onnxruntime-node in the folder of interbrain';
    return { what: 'ONNX Runtime', ok: false, found: (error as Error).message, advice };
  }
}

async function checkFigures(): Promise<Check> {
  try {
    const { Resvg } = await import('@resvg/resvg-js');
    const png = new Resvg('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>').render().asPng();
    return { what: 'figures (vega, resvg)', ok: png.length > 0, found: 'PNG can be drawn' };
  } catch (error) {
    const advice = 'run npm install in the folder of interbrain';
    return { what: 'figures (vega, resvg)', ok: false, found: (error as Error).message, advice };
  }
}

async function checkDisk(): Promise<Check> {
  const probe = await mkdtemp(join(process.cwd(), '.interbrain-')).catch(() => undefined);
  if (probe) await rm(probe, { recursive: true });
  const { bavail, bsize } = await statfs(probe ? process.cwd() : tmpdir());
  const found = probe ? `${gibibytes(bavail * bsize)} free here` : `${process.cwd()} cannot be written to`;
  return {
    what: 'disk',
    ok: probe !== undefined,
    found,
    advice: 'go to a folder that you may write to, or use --out',
  };
}

function checkModels(): Check {
  const names = embeddedModels();
  return {
    what: 'embedded models',
    ok: names.length > 0,
    found: names.join(', ') || 'none',
    advice: 'install again',
  };
}

/** Prints what was found; the exit status is 3 if something is missing. */
export async function doctor(): Promise<void> {
  const checks = [
    checkNode(),
    checkMachine(),
    await checkRuntime(),
    await checkFigures(),
    await checkDisk(),
    checkModels(),
  ];
  for (const { what, ok, found, advice } of checks) {
    process.stdout.write(`${ok ? '✓' : '✗'} ${what.padEnd(22)} ${found}\n`);
    if (!ok && advice) process.stdout.write(`  → ${advice}\n`);
  }
  process.stdout.write('Models run on the CPU in float32; a graphics card is not used.\n');
  if (checks.some((check) => !check.ok)) process.exitCode = 3;
}
