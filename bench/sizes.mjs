// The measure over sizes, beside the published algorithm, scikit-learn, himalaya and what its products alone would take: a
// table, and a figure drawn as a run's own are. All take turns, so that what else the machine does falls on each.

import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { curves } from '../dist/figures/curves.js';
import { renderPng, renderSvg } from '../dist/figures/render.js';
import { countProducts, floorSeconds, measureGemmRate } from './gemm-rate.mjs';
import { median, printTable } from './print-table.mjs';
import { run, runNode } from './run-child.mjs';
import { writeLayers } from './states.mjs';
import { spreadPairs } from './synchrony.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = process.env.INTERBRAIN_PYTHON ?? 'python3';
const LAYERS = 12;
const WIDTHS = [256, 576, 1024, 2048];
/** Rows per dimension, of which one in five is held out: two training rows per dimension. */
const ROWS = 2.5;
const SPLIT = 5;
/** Layer pairs and source layers that peers fit in a turn; the rest is extrapolated. */
const [PAIRS, SOURCES] = [6, 2];

const NAMES = {
  ours: 'interbrain, from the start of its process to its end',
  published: 'published algorithm: PyTorch, float32, one layer pair at a time',
  scikit: 'scikit-learn Ridge: float64, one layer pair at a time',
  himalaya: 'himalaya Ridge: PyTorch, float32, all targets of a layer at a time',
  floor: 'the products of interbrain alone, at this machine’s rate',
};

/** @param {{ repeats: number, out: string, folder: string | undefined }} options `out`: where the figure goes */
export async function benchSizes({ repeats, out, folder = tmpdir() }) {
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}`;
  console.log(`${machine}\n`);
  const times = Object.fromEntries(Object.keys(NAMES).map((name) => [name, new Map()]));
  for (const hiddenSize of WIDTHS) {
    const shape = { layers: LAYERS, files: LAYERS, hiddenSize, samples: ROWS * hiddenSize, split: SPLIT };
    await withTemporaryFolder(folder, async (place) => {
      await writeLayers(place, shape);
      for (let turn = 0; turn < repeats; turn++) {
        const found = await oneTurn(place, { ...shape, threads: availableParallelism() }, turn);
        for (const [name, seconds] of Object.entries(found)) {
          const known = times[name].get(hiddenSize) ?? [];
          times[name].set(hiddenSize, [...known, seconds]);
        }
      }
    });
  }
  printTimes(times);
  await draw(times, { out, machine, repeats });
}

async function oneTurn(folder, spec, turn) {
  const rates = await measureGemmRate();
  const { seconds } = await runNode(file('measure-layers.mjs'), [folder, JSON.stringify(spec)]);
  const pairs = spreadPairs(LAYERS, PAIRS);
  const sources = Array.from({ length: SOURCES }, (_, i) => (turn + 6 * i) % LAYERS);
  const ask = async (more) => {
    const none = { pairs: { published: [], scikit: [] }, sources: [] };
    const peerSpec = JSON.stringify({ ...spec, ...none, ...more });
    return JSON.parse((await run(PYTHON, [file('peers.py'), folder, peerSpec])).output);
  };
  const { published } = await ask({ pairs: { published: pairs, scikit: [] } });
  const { scikit } = await ask({ pairs: { published: [], scikit: pairs } });
  const { himalaya } = await ask({ sources });
  const all = ({ seconds }, count) => (seconds.reduce((sum, one) => sum + one, 0) / seconds.length) * count;
  return {
    ours: seconds,
    published: all(published, LAYERS ** 2),
    scikit: all(scikit, LAYERS ** 2),
    himalaya: all(himalaya, LAYERS),
    floor: floorSeconds(countProducts(spec), rates),
  };
}

function printTimes(times) {
  const head = [`${LAYERS} × ${LAYERS} layers`, ...WIDTHS.map((d) => `D ${d}, n ${ROWS * d}`)];
  const rows = Object.entries(times).map(([name, bySize]) => [
    NAMES[name],
    ...WIDTHS.map((d) => {
      const [own, ours] = [median(bySize.get(d)), median(times.ours.get(d))];
      const spread = `${Math.min(...bySize.get(d)).toFixed(2)} to ${Math.max(...bySize.get(d)).toFixed(2)}`;
      return `${own.toFixed(2)} s (${spread}), ${(own / ours).toFixed(2)} ×`;
    }),
  ]);
  printTable([head, ...rows]);
}

async function draw(times, { out, machine, repeats }) {
  const series = Object.entries(times).map(([name, bySize]) => ({
    name: NAMES[name],
    points: WIDTHS.map((x) => {
      const seconds = bySize.get(x);
      return { x, value: median(seconds), error: [Math.min(...seconds), Math.max(...seconds)] };
    }),
  }));
  const notes = [
    `${LAYERS} × ${LAYERS} layers, ${ROWS} rows per dimension, one in five held out, λ 0.1, one split, one direction`,
    `synthetic states; medians of ${repeats} turns, least to most; peers fit some layer pairs, extrapolated`,
    machine,
  ];
  const axis = { title: 'dimensions of a state, D', log: true, values: WIDTHS, y: 'seconds', logY: true };
  const svg = await renderSvg(curves(series, axis, { title: 'Time of R² of all layer pairs', notes }));
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'sizes.svg'), svg);
  await writeFile(join(out, 'sizes.png'), await renderPng(svg));
  console.log(`\ndrawn: ${join(out, 'sizes.svg')}, sizes.png`);
}
