// What is timed: interbrain measures all layer pairs of a folder that `states.mjs` wrote. Prints JSON.
//
//     node bench/measure-layers.mjs FOLDER SPEC     SPEC: JSON, see synchrony.mjs

import { parseSafetensorsHeader, readFloats } from '../dist/numerics/safetensors.js';
import { measureSynchrony } from '../dist/synchrony/measure.js';
import { layerPath } from './states.mjs';

const [folder, text] = process.argv.slice(2);
const { samples, hiddenSize, layers, files, split, memory } = JSON.parse(text);

/** More layers than files read the same files again: how time grows with the layers does not depend on what is in them. */
function layersOf(side) {
  return {
    layers,
    hiddenSize,
    samples,
    async read(layer) {
      const path = layerPath(folder, side, layer % files);
      const { tensors } = await parseSafetensorsHeader(path);
      return { rows: samples, columns: hiddenSize, data: await readFloats(path, tensors.get('states')) };
    },
  };
}

const rows = Array.from({ length: samples }, (_, row) => row);
const began = performance.now();
const result = await measureSynchrony(layersOf('source'), layersOf('target'), {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'source',
  targetModel: 'target',
  groupBy: 'interaction',
  lambda: 0.1,
  splits: [
    {
      seed: 0,
      // Every `split`th row is held out.
      train: rows.filter((row) => row % split !== 0),
      test: rows.filter((row) => row % split === 0),
      trainGroups: [],
      testGroups: [],
    },
  ],
  ...(memory && { memory }),
});
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - began) / 1000,
    r2: [...result.meanR2],
    syncR2: result.syncR2.value,
    conditionNumbers: result.conditionNumbers[0],
  }),
);
