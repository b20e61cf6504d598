// States with scikit-learn's R² of them (scripts/golden_synchrony.py).

import { join, resolve } from 'node:path';
import { matrixOf } from '../src/numerics/matrix.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../src/numerics/safetensors.ts';
import { arrayLayers, type LayerSource } from '../src/pairs/layers.ts';
import type { Split } from '../src/pairs/split.ts';

export const FIXTURES = resolve(import.meta.dirname, '../fixtures/synchrony');

export async function readFixture(name: string) {
  const header = await parseSafetensorsHeader(join(FIXTURES, name));
  const entry = (tensor: string) => header.tensors.get(tensor)!;
  const bytes = async (tensor: string) => (await readTensorBytes(header.path, entry(tensor))).buffer;
  const layers = async (tensor: string): Promise<LayerSource> => {
    const [count, samples, size] = entry(tensor).shape as [number, number, number];
    const values = await readFloats(header.path, entry(tensor));
    const layer = (i: number) => values.slice(i * samples * size, (i + 1) * samples * size);
    return arrayLayers(Array.from({ length: count }, (_, i) => matrixOf(samples, size, layer(i))));
  };
  const rows = async (tensor: string) => Array.from(new BigInt64Array(await bytes(tensor)), Number);
  const splits: Split[] = [];
  for (let seed = 0; header.tensors.has(`train_${seed}`); seed++) {
    const [train, test] = [await rows(`train_${seed}`), await rows(`test_${seed}`)];
    const sizes = header.tensors.has(`group_sizes_${seed}`)
      ? { trainGroupSizes: await rows(`group_sizes_${seed}`) }
      : {};
    splits.push({ seed, train, test, trainGroups: [], testGroups: [], ...sizes });
  }
  const [r2, condition] = [await bytes('r2'), await bytes('condition')];
  return {
    x: await layers('x'),
    y: await layers('y'),
    splits,
    r2: new Float64Array(r2),
    condition: new Float64Array(condition),
    rows,
    doubles: async (tensor: string) => new Float64Array(await bytes(tensor)),
  };
}
