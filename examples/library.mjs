// interbrain as a library: synchrony between two sets of states that you already have, here made up on the spot.
// Run it with: node examples/library.mjs (after npm run build)

import { arrayLayers, createRandom, matrixOf, measureSynchrony, splitSamples } from 'interbrain';

const [samples, size] = [600, 16];
const random = createRandom('example');
const noise = () =>
  matrixOf(
    samples,
    size,
    Float32Array.from({ length: samples * size }, () => random.uniform() - 0.5),
  );

// Two source layers; the target's second layer is the source's first with some noise, its first is noise alone.
const source = [noise(), noise()];
const blurred = noise().data.map((value, i) => source[0].data[i] + 0.5 * value);
const target = [noise(), matrixOf(samples, size, blurred)];

// Ten samples each from sixty conversations; a conversation is never parted between training and test.
const groups = Array.from({ length: samples }, (_, i) => ({ group: `conversation ${Math.floor(i / 10)}` }));
const splits = [0, 1, 2].map((seed) => splitSamples(groups, { seed, samples: 'all', testFraction: 0.2 }));

const result = await measureSynchrony(arrayLayers(source), arrayLayers(target), {
  condition: 'example',
  direction: 'A->B',
  sourceModel: 'made up',
  targetModel: 'made up too',
  groupBy: 'interaction',
  lambda: 0.1,
  splits,
});
console.log(
  'R² by source and target layer',
  Array.from(result.meanR2, (r2) => Number(r2.toFixed(2))),
);
console.log(`SyncR² ${result.syncR2.value.toFixed(3)} ± ${result.syncR2.standardError.toFixed(3)}`);
