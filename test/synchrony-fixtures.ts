// States with scikit-learn's R² of them (scripts/golden_synchrony.py).

import { join, resolve } from 'node:path';
import { matrixOf, takeColumns } from '../src/numerics/matrix.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../src/numerics/safetensors.ts';
import { arrayLayers, type LayerSource } from '../src/pairs/layers.ts';
import type { Split } from '../src/pairs/split.ts';

export const FIXTURES = resolve(import.meta.dirname, '../fixtures/synchrony');

/** The tensors of a fixture. */
export async function openFixture(path: string) {
  const header = await parseSafetensorsHeader(path);
  const entry = (tensor: string) => header.tensors.get(tensor)!;
  const bytes = async (tensor: string) => (await readTensorBytes(path, entry(tensor))).buffer;
  return {
    has: (tensor: string) => header.tensors.has(tensor),
    rows: async (tensor: string) => Array.from(new BigInt64Array(await bytes(tensor)), Number),
    doubles: async (tensor: string) => new Float64Array(await bytes(tensor)),
    /** Of a tensor (layers, samples, D), the first so many dimensions; all by default. */
    async layers(tensor: string, dimensions?: number): Promise<LayerSource> {
      const [count, samples, size] = entry(tensor).shape as [number, number, number];
      const values = await readFloats(path, entry(tensor));
      const kept = Array.from({ length: dimensions ?? size }, (_, i) => i);
      const layer = (i: number) =>
        matrixOf(samples, size, values.subarray(i * samples * size, (i + 1) * samples * size));
      return arrayLayers(Array.from({ length: count }, (_, i) => takeColumns(layer(i), kept)));
    },
  };
}

/** A case of `fixtures/synchrony`. */
export async function readFixture(name: string) {
  const { has, rows, doubles, layers } = await openFixture(join(FIXTURES, name));
  const splits: Split[] = [];
  for (let seed = 0; has(`train_${seed}`); seed++) {
    const [train, test] = [await rows(`train_${seed}`), await rows(`test_${seed}`)];
    const sizes = has(`group_sizes_${seed}`) ? { trainGroupSizes: await rows(`group_sizes_${seed}`) } : {};
    splits.push({ seed, train, test, trainGroups: [], testGroups: [], ...sizes });
  }
  return {
    x: await layers('x'),
    y: await layers('y'),
    splits,
    r2: await doubles('r2'),
    condition: await doubles('condition'),
    rows,
    doubles,
  };
}
