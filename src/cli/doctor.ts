// Whether this machine has what interbrain needs: each line is something that was tried, not something assumed.

import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { cpus, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { embeddedModels } from '../models/embedded.ts';
import { loadRuntime } from '../numerics/onnx-runtime.ts';
import { findDevices, installCuda } from './devices.ts';
import type { DoctorDocument } from './documents.ts';
import { graphicsCards } from './gpu-memory.ts';

type Check = Omit<DoctorDocument['checks'][number], 'optional'> & {
  /** Nothing is wrong without it. */
  readonly optional?: boolean;
};

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { what: 'Node.js', ok, found: process.versions.node, advice: 'install Node.js 20.19 or newer' };
}

function checkMachine(): Check {
  const processors = cpus();
  const numbers = { cores: processors.length, memoryBytes: totalmem(), freeMemoryBytes: freemem() };
  const memory = `${gibibytes(numbers.freeMemoryBytes)} of ${gibibytes(numbers.memoryBytes)} memory free`;
  return {
    what: 'machine',
    ok: numbers.freeMemoryBytes > 2 ** 30,
    found: `${processors[0]?.model.trim()}, ${numbers.cores} cores, ${memory}`,
    advice: 'free some memory: less than 1 GiB is left',
    numbers,
  };
}

/** ONNX Runtime, and every device that it could compute on; only the CPU is needed. */
async function checkRuntime(): Promise<Check[]> {
  try {
    const ort = await loadRuntime();
    const version = ort.env.versions.node ?? ort.env.versions.common;
    const devices = (await findDevices()).map(
      ({ device, works, found, numbers }): Check => ({
        what: `device ${device}`,
        ok: works,
        found,
        optional: device !== 'cpu',
        ...(numbers && { numbers }),
      }),
    );
    return [{ what: 'ONNX Runtime', ok: true, found: version }, ...devices];
  } catch (error) {
    const advice = 'run npm install onnxruntime-node in the folder of interbrain';
    return [{ what: 'ONNX Runtime', ok: false, found: messageOf(error), advice }];
  }
}

async function checkCards(): Promise<Check> {
  const cards = (await graphicsCards()).map(({ name, memory, free }) => {
    const size = memory === undefined ? 'memory not known' : gibibytes(memory);
    return free === undefined ? `${name}, ${size}` : `${name}, ${gibibytes(free)} of ${size} free`;
  });
  const found = cards.join('; ') || 'none that says what it is (nvidia-smi, or AMD’s driver on Linux)';
  return { what: 'graphics cards', ok: cards.length > 0, found, optional: true };
}

async function checkFigures(): Promise<Check> {
  try {
    const { Resvg } = await import('@resvg/resvg-js');
    const png = new Resvg('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>').render().asPng();
    return { what: 'figures (vega, resvg)', ok: png.length > 0, found: 'PNG can be drawn' };
  } catch (error) {
    const advice = 'run npm install in the folder of interbrain';
    return { what: 'figures (vega, resvg)', ok: false, found: messageOf(error), advice };
  }
}

async function checkDisk(): Promise<Check> {
  const probe = await mkdtemp(join(process.cwd(), '.interbrain-')).catch(() => undefined);
  if (probe) await rm(probe, { recursive: true });
  const { bavail, bsize } = await statfs(probe ? process.cwd() : tmpdir());
  const freeBytes = bavail * bsize;
  const found = probe ? `${gibibytes(freeBytes)} free here` : `${process.cwd()} cannot be written to`;
  return {
    ...(probe && { numbers: { freeBytes } }),
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

const MARKS = { ok: '✓', missing: '✗', absent: '·' } as const;

function line({ what, ok, found, optional }: Check): string {
  const mark = ok ? MARKS.ok : optional ? MARKS.absent : MARKS.missing;
  return `${mark} ${what.padEnd(22)} ${found}\n`;
}

interface DoctorOptions {
  readonly installCuda?: boolean;
  readonly json?: boolean;
}

/** Prints what was found; the exit status is 3 if something is missing that is needed. */
export async function doctor({
  installCuda: install = false,
  json = false,
}: DoctorOptions = {}): Promise<void> {
  if (install) await installCuda(json);
  const checks = [
    checkNode(),
    checkMachine(),
    ...(await checkRuntime()),
    await checkCards(),
    await checkFigures(),
    await checkDisk(),
    checkModels(),
  ];
  const document: DoctorDocument = {
    ok: checks.every((check) => check.ok || check.optional),
    // Advice is for what is missing.
    checks: checks.map(({ optional = false, advice, ...check }) => ({
      ...check,
      optional,
      ...(!check.ok && advice !== undefined && { advice }),
    })),
  };
  if (!document.ok) process.exitCode = 3;
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : textOf(document));
}

function textOf({ checks }: DoctorDocument): string {
  const lines = checks.map((check) => line(check) + (check.advice ? `  → ${check.advice}\n` : ''));
  const after =
    'Models run on the CPU unless their entry in a study names another device, and the measure unless --device does; ' +
    'interbrain estimate STUDY measures how long a study will take.\n';
  return lines.join('') + after;
}
