// What ONNX Runtime can compute on here, each tried; and CUDA's libraries, fetched by onnxruntime-node's own script.

import { execFile, type StdioOptions, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BadInput, RemoteFailure } from '../errors.ts';
import { MODEL_DEVICES, type ModelDevice } from '../models/onnx/device-names.ts';
import { DEVICE_FACTS, offeredDevices, tryDevice } from '../models/onnx/devices.ts';
import { DEVICES, type Device } from '../numerics/device.ts';
import { openGemm } from '../numerics/gemm.ts';
import type { Matrix } from '../numerics/matrix.ts';
import { loadRuntime } from '../numerics/onnx-runtime.ts';

/** What was found out about one device. */
export interface FoundDevice {
  readonly device: ModelDevice;
  /** Whether it computes here. */
  readonly works: boolean;
  /** Speed, or why not and what it takes. */
  readonly found: string;
  /** GFLOP/s of a product of two large matrices, by the type of their numbers. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** GFLOP/s of square products, after one to warm up. */
async function productSpeed<T extends Float32Array | Float64Array>(
  device: Device,
  size: number,
  data: T,
): Promise<number> {
  const gemm = await openGemm({ device, smallestOnDevice: 0 });
  try {
    const operand = { rows: size, columns: size, data } as unknown as Matrix<Float32Array>;
    await gemm.multiply(operand, operand);
    const start = performance.now();
    await gemm.multiply(operand, operand);
    return (2 * size ** 3) / (performance.now() - start) / 1e6;
  } finally {
    await gemm.close();
  }
}

async function speedOf(device: ModelDevice): Promise<Pick<FoundDevice, 'found' | 'numbers'>> {
  const size = 1024;
  const measured = DEVICES.find((known) => known === device);
  if (!measured) return { found: 'computes; models only, the measure has no kernels for it' };
  const float32 = await productSpeed(measured, size, new Float32Array(size * size).fill(1.5));
  const text = `${float32.toFixed(0)} GFLOP/s in float32`;
  if (measured !== 'cpu') return { found: `${text}, ${DEVICE_FACTS[device].tested}`, numbers: { float32 } };
  const float64 = await productSpeed(measured, size, new Float64Array(size * size).fill(1.5));
  return { found: `${text}, ${float64.toFixed(0)} in float64`, numbers: { float32, float64 } };
}

/** Tries one device, in this process. */
export async function findDevice(device: ModelDevice): Promise<FoundDevice> {
  try {
    await tryDevice(device);
    return { device, works: true, ...(await speedOf(device)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { device, works: false, found: shorten(message, device) };
  }
}

/** Long enough for a slow driver to build its first kernels. */
const TRY_TIME = 120_000;

/** Tries a device in a process of its own: a driver may crash, hang, or have a lot to say on stderr. */
async function findApart(device: ModelDevice): Promise<FoundDevice> {
  const script = fileURLToPath(new URL('./try-device.js', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, device], { timeout: TRY_TIME });
    return JSON.parse(stdout);
  } catch (error) {
    const ended: Partial<Record<'signal' | 'killed', unknown>> = Object(error);
    const late = `did not answer within ${TRY_TIME / 1000} s`;
    const how = ended.killed ? late : `ended with ${ended.signal ?? 'an error'}`;
    return { device, works: false, found: `trying it ${how}; its driver may be broken` };
  }
}

/** Tries every device that there is a name for. Throws MissingDependency without ONNX Runtime. */
export async function findDevices(): Promise<FoundDevice[]> {
  const offered = offeredDevices(await loadRuntime());
  const found: FoundDevice[] = [];
  for (const device of MODEL_DEVICES) {
    const where = DEVICE_FACTS[device].offered.join(', ');
    found.push(
      offered.includes(device)
        ? await findApart(device)
        : { device, works: false, found: `not for this platform: ONNX Runtime has it for ${where}` },
    );
  }
  return found;
}

/** Without what the line says anyway. */
function shorten(message: string, device: ModelDevice): string {
  return message.replace(`device ${device} is not available; `, '').replace('; or take device cpu', '');
}

/** Runs a script to its end, its output for the user to see, on stderr alone if that is asked for. */
function runScript(script: string, args: readonly string[], quiet: boolean): Promise<number | null> {
  const stdio: StdioOptions = quiet ? ['inherit', 2, 2] : 'inherit';
  const child = spawn(process.execPath, [script, ...args], { stdio });
  return new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
}

/**
 * Fetches CUDA's libraries for ONNX Runtime, some hundred megabytes, with the package's own script.
 *
 * @param quiet whether stdout is to be left alone
 * @throws BadInput where there are none for the platform; RemoteFailure if they could not be fetched
 */
export async function installCuda(quiet: boolean): Promise<void> {
  const platform = `${process.platform} ${process.arch}`;
  const { offered } = DEVICE_FACTS.cuda;
  if (!offered.includes(platform))
    throw new BadInput(
      '--install-cuda',
      `ONNX Runtime for Node.js has CUDA for ${offered.join(', ')} and not for ${platform}`,
    );
  const packageFile = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const script = join(dirname(packageFile), 'script', 'install.js');
  const code = await runScript(script, ['--onnxruntime-node-install=cuda12'], quiet);
  if (code !== 0)
    throw new RemoteFailure(
      'https://api.nuget.org',
      `ONNX Runtime’s CUDA libraries could not be fetched (its script ended with ${code}); behind a proxy set GLOBAL_AGENT_HTTPS_PROXY, without a network run this on another machine and copy ${join(dirname(packageFile), 'bin')}`,
    );
  if (!quiet)
    process.stdout.write('ONNX Runtime’s CUDA libraries are there; CUDA 12 and cuDNN 9 must be as well.\n');
}
