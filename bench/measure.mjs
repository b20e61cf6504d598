// `interbrain measure` on as many recordings as the paper has, from the files to the results: time and peak memory.
// It needs 9 GB of disk, and deletes what it wrote.

import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../dist/numerics/safetensors.js';
import { runNode } from './run-child.mjs';
import { openStateMaker } from './states.mjs';
import { gigabytes } from './synchrony.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const LAYERS = 32;
const HIDDEN_SIZE = 4096;
const SAMPLES = 6500;
/** Simulation seeds: recordings of one interaction. */
const SEEDS = 3;
/** 5, 6 or 7 rounds, so that B→A, which has one pair fewer per episode, has 6500 pairs too. */
const roundsOf = (episode) => 5 + (episode % 3);

/** @param {{ episodes: number, splitSeeds: string, memory: number | undefined, folder: string | undefined }} options */
export async function benchMeasure({ episodes, splitSeeds, memory, folder: parent = tmpdir() }) {
  const rounds = Array.from({ length: episodes }, (_, episode) => roundsOf(episode));
  const states = rounds.reduce((sum, count) => sum + count, 0);
  const bytes = states * 2 * LAYERS * HIDDEN_SIZE * 4;
  const { bavail, bsize } = await statfs(parent);
  if (bavail * bsize < 1.1 * bytes)
    throw new Error(
      `${parent} has ${gigabytes(bavail * bsize)} free, but ${gigabytes(1.1 * bytes)} are needed; name another one with --folder`,
    );
  await withTemporaryFolder(parent, async (folder) => {
    await writeEpisodes(folder, rounds, states);
    console.log(`${episodes} recordings of ${LAYERS} layers, D = ${HIDDEN_SIZE}: ${gigabytes(bytes)}`);
    // A folder with fewer recordings than the paper's is measured as it is.
    const samples = states - episodes >= SAMPLES ? String(SAMPLES) : 'all';
    const out = join(folder, 'measured');
    const args = ['measure', folder, '--samples', samples, '--split-seeds', splitSeeds, '--out', out];
    if (memory) args.push('--memory', `${memory / 1e9}GB`);
    const { seconds, peakBytes, output } = await runNode(CLI, args);
    console.log(output);
    console.log(`interbrain measure: ${seconds.toFixed(1)} s, peak memory ${gigabytes(peakBytes)}`);
  });
}

/** One file per recording, with tensors A and B, each [layers, rounds, D]. */
async function writeEpisodes(folder, rounds, states) {
  // Layer by layer into files that are as long as they will be would be many small writes; two layers' worth of
  // states serves all layers, and memory stays small.
  const maker = await openStateMaker({ samples: states, hiddenSize: HIDDEN_SIZE, layers: LAYERS });
  const pool = {
    A: [await maker.layer('source', 0), await maker.layer('source', 1)],
    B: [await maker.layer('target', 0), await maker.layer('target', 1)],
  };
  await maker.close();
  let first = 0;
  for (const [episode, count] of rounds.entries()) {
    const seed = episode % SEEDS;
    await mkdir(join(folder, String(seed)), { recursive: true });
    const tensors = ['A', 'B'].map((seat) => ({
      name: seat,
      dtype: 'F32',
      shape: [LAYERS, count, HIDDEN_SIZE],
      data: spreadLayers(
        pool[seat].map((states) => states.subarray(first * HIDDEN_SIZE, (first + count) * HIDDEN_SIZE)),
      ),
    }));
    const name = `${Math.floor(episode / SEEDS)}.safetensors`;
    await writeFile(join(folder, String(seed), name), encodeSafetensors(tensors));
    first += count;
  }
}

/** From the first states to the second ones layer by layer, so that neighbours resemble each other as in a residual stream. */
function spreadLayers([first, last]) {
  const layers = new Float32Array(LAYERS * first.length);
  for (let layer = 0; layer < LAYERS; layer++) {
    const depth = layer / (LAYERS - 1);
    const begin = layer * first.length;
    for (let i = 0; i < first.length; i++) layers[begin + i] = (1 - depth) * first[i] + depth * last[i];
  }
  return layers;
}
