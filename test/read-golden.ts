// Reads the state matrices that scripts/golden_*.py write, so that several tests can use the same ones.

import { resolve } from 'node:path';
import { type Matrix32, matrixOf } from '../src/numerics/matrix.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../src/numerics/safetensors.ts';

interface GoldenStates {
  /** Layers of the source, each (samples, D_source). */
  readonly x: Matrix32[];
  /** Layers of the target, each (samples, D_target). */
  readonly y: Matrix32[];
  readonly splits: { readonly train: number[]; readonly test: number[] }[];
  /** A float64 tensor by name. */
  doubles(name: string): Promise<Float64Array>;
}

/** @param name path below fixtures/, such as `synchrony/massive.safetensors` */
export async function readGolden(name: string): Promise<GoldenStates> {
  const header = await parseSafetensorsHeader(resolve(import.meta.dirname, '../fixtures', name));
  const entry = (tensor: string) => header.tensors.get(tensor)!;
  const bytes = async (tensor: string) => (await readTensorBytes(header.path, entry(tensor))).buffer;
  const layers = async (tensor: string) => {
    const [count, samples, size] = entry(tensor).shape as [number, number, number];
    const values = await readFloats(header.path, entry(tensor));
    return Array.from({ length: count }, (_, i) =>
      matrixOf(samples, size, values.slice(i * samples * size, (i + 1) * samples * size)),
    );
  };
  const rows = async (tensor: string) => Array.from(new BigInt64Array(await bytes(tensor)), Number);
  const splits = [];
  for (let s = 0; header.tensors.has(`train_${s}`); s++)
    splits.push({ train: await rows(`train_${s}`), test: await rows(`test_${s}`) });
  return {
    x: header.tensors.has('x') ? await layers('x') : [],
    y: header.tensors.has('y') ? await layers('y') : [],
    splits,
    doubles: async (tensor) => new Float64Array(await bytes(tensor)),
  };
}
