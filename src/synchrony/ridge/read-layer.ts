import { layerNumber } from '../../episodes/recorded-layers.ts';
import { BadInput } from '../../errors.ts';
import type { Matrix } from '../../numerics/matrix.ts';
import type { LayerSource } from '../../pairs/layers.ts';

/**
 * Reads a layer and makes sure that it is finite: a NaN would make every R² that it touches NaN without a word.
 *
 * @param side names the side in errors
 * @param into see `LayerSource`
 * @throws BadInput naming layer, sample and dimension; CorruptFile from layers on disk
 */
export async function readChecked(
  layers: LayerSource,
  side: 'source' | 'target',
  layer: number,
  into?: Float32Array,
): Promise<Matrix> {
  const matrix = await layers.read(layer, into);
  const { data, columns } = matrix;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  if (sum === 0) return matrix;
  const bad = data.findIndex((value: number) => !Number.isFinite(value));
  const place = `sample ${Math.floor(bad / columns)}, dimension ${bad % columns}`;
  throw new BadInput(
    `${side} layer ${layerNumber(layers.recorded, layer)}`,
    `${place} is ${data[bad]}; states must be finite`,
  );
}
