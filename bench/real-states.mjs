// The measure on real recordings: the whole command, from its start to its end, both directions, beside the published
// algorithm in PyTorch on the same rows; how far R² is from scikit-learn's in float64; and what the products would take.

import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../dist/numerics/safetensors.js';
import { alignPairs } from '../dist/pairs/align.js';
import { recordingLayers } from '../dist/pairs/layers.js';
import { openRecordings } from '../dist/pairs/open.js';
import { listFolder } from '../dist/recordings/list.js';
import { countProducts, floorSeconds, measureGemmRate } from './gemm-rate.mjs';
import { printTable } from './print-table.mjs';
import { run, runNode } from './run-child.mjs';
import { layerPath } from './states.mjs';
import { gigabytes } from './synchrony.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const CLI = file('../dist/cli/main.js');
const PYTHON = process.env.INTERBRAIN_PYTHON ?? 'python3';
const SPLIT = 5;
/** Layer pairs of a direction that the published algorithm fits in one turn, and scikit-learn in all. */
const [PUBLISHED, SCIKIT] = [30, 60];

/** What the command is asked for; the first is what the published algorithm does. */
const COMMANDS = {
  'λ 0.1, one split, no intervals': ['--lambda', '0.1', '--split-seeds', '0', '--intervals', 'none'],
  'λ 0.1, three splits, 1000 draws': ['--lambda', '0.1'],
  'cv and λ 0.1, three splits, 1000 draws': ['--lambda', 'cv,0.1'],
};

/**
 * @param {{ states: string[], repeats: number, memory: number | undefined, folder: string | undefined }} options
 *   `states`: folders of recordings, like runs/NAME/states/PAIR/interactive/0
 */
export async function benchRealStates({ states, repeats, memory, folder = tmpdir() }) {
  if (states.length === 0)
    throw new Error('name a folder of recorded states, like runs/NAME/states/a+b/interactive/0');
  console.log(
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}\n`,
  );
  for (const recorded of states)
    await withTemporaryFolder(folder, (place) => benchFolder(recorded, place, { repeats, memory }));
}

async function benchFolder(recorded, place, { repeats, memory }) {
  const directions = await writeDirections(recorded, place);
  const { layers, hiddenSize } = directions[0].spec;
  const rows = directions.map(({ spec }) => spec.samples).join(' and ');
  console.log(`## ${layers} × ${layers} layers, D = ${hiddenSize}, ${rows} rows, real states\n`);
  const times = Object.fromEntries([...Object.keys(COMMANDS), 'published'].map((name) => [name, []]));
  const peaks = {};
  // One turn after the other, so that what else the machine does falls on all.
  for (let turn = 0; turn < repeats; turn++) {
    for (const [name, options] of Object.entries(COMMANDS)) {
      const args = ['measure', recorded, '--out', join(place, 'measured'), ...options];
      if (memory) args.push('--memory', `${memory / 1e9}GB`);
      const { seconds, peakBytes } = await runNode(CLI, args);
      times[name].push(seconds);
      peaks[name] = Math.max(peaks[name] ?? 0, peakBytes);
    }
    times.published.push(await publishedSeconds(directions, turn));
  }
  const table = [
    ['', 'seconds: median (least to most)', 'published algorithm, one split, λ 0.1', 'peak memory'],
  ];
  const published = median(times.published);
  for (const [name, seconds] of Object.entries(times))
    table.push([
      name === 'published' ? 'published algorithm, PyTorch float32, extrapolated' : name,
      spread(seconds),
      `${(published / median(seconds)).toFixed(1)} ×`,
      name in peaks ? gigabytes(peaks[name]) : '',
    ]);
  printTable(table);
  await printFloor(directions);
  for (const direction of directions) await printErrors(direction);
}

/** Layer files as `states.mjs` writes them, of each direction's rows. */
async function writeDirections(recorded, place) {
  const recordings = await openRecordings(await listFolder(recorded));
  const directions = [];
  for (const direction of ['A->B', 'B->A']) {
    const folder = await mkdirFor(place, direction);
    const samples = alignPairs(recordings, direction);
    let shape;
    for (const side of ['source', 'target']) {
      const source = recordingLayers(recordings, samples, side);
      shape ??= { layers: source.layers, hiddenSize: source.hiddenSize, samples: samples.length };
      for (let layer = 0; layer < source.layers; layer++) {
        const { data } = await source.read(layer);
        const tensor = { name: 'states', dtype: 'F32', shape: [samples.length, source.hiddenSize], data };
        await writeFile(layerPath(folder, side, layer), encodeSafetensors([tensor]));
      }
    }
    const spec = { ...shape, files: shape.layers, split: SPLIT, threads: availableParallelism() };
    directions.push({ direction, folder, spec });
  }
  return directions;
}

async function mkdirFor(place, direction) {
  const folder = join(place, direction.replace('->', '-to-'));
  await mkdir(folder, { recursive: true });
  return folder;
}

/** What all layer pairs of both directions take, from some of them; other ones each turn. */
async function publishedSeconds(directions, turn) {
  let seconds = 0;
  for (const { folder, spec } of directions) {
    const pairs = cells(spec.layers, PUBLISHED, turn);
    const { published } = await askPeers(folder, { ...spec, pairs: { published: pairs, scikit: [] } });
    seconds += (sum(published.seconds) / pairs.length) * spec.layers ** 2;
  }
  return seconds;
}

async function askPeers(folder, spec) {
  return JSON.parse((await run(PYTHON, [file('peers.py'), folder, JSON.stringify(spec)])).output);
}

/** The products alone, of one split, at this machine's rate. */
async function printFloor(directions) {
  const rates = await measureGemmRate();
  const seconds = sum(directions.map(({ spec }) => floorSeconds(countProducts(spec), rates)));
  console.log(
    `\nThe products of one split alone take ${seconds.toFixed(2)} s at this machine's ${rates.single.toFixed(0)} GFLOP/s in float32, ${rates.double.toFixed(0)} in float64.`,
  );
}

async function printErrors({ direction, folder, spec }) {
  const { output } = await runNode(file('measure-layers.mjs'), [folder, JSON.stringify(spec)]);
  const { r2 } = JSON.parse(output);
  const pairs = cells(spec.layers, SCIKIT, 0);
  const { scikit } = await askPeers(folder, { ...spec, pairs: { published: [], scikit: pairs } });
  const errors = pairs.map(([a, b], i) => Math.abs(r2[a * spec.layers + b] - scikit.r2[i]));
  console.log(
    `${direction}: max |ΔR²| to scikit-learn in float64 over ${pairs.length} layer pairs: ${Math.max(...errors).toExponential(1)}`,
  );
}

/** Layer pairs spread over the grid. */
function cells(layers, count, turn) {
  return Array.from({ length: Math.min(count, layers ** 2) }, (_, i) => {
    const cell = ((i + turn * count) * 389 + 7) % layers ** 2;
    return [Math.floor(cell / layers), cell % layers];
  });
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const spread = (values) =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
