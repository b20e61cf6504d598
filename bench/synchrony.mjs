// interbrain against the published algorithm in PyTorch and against scikit-learn, on the same states, in the same
// run, with the same number of threads; and how its time grows with the number of layers.

import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { countProducts, floorSeconds, measureGemmRate } from './gemm-rate.mjs';
import { printTable } from './print-table.mjs';
import { run, runNode } from './run-child.mjs';
import { writeLayers } from './states.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Pairs that the peers fit; the rest is extrapolated. `all` fits every one. `runs`: of ours, one by default. */
const SIZES = {
  small: { layers: 12, hiddenSize: 576, samples: 1500, published: 'all', scikit: 24, runs: 3 },
  medium: { layers: 32, hiddenSize: 2048, samples: 6500, published: 6, scikit: 4 },
  paper: { layers: 32, hiddenSize: 4096, samples: 6500, published: 4, scikit: 2 },
};
/** Layers that the growth is measured at, and the size that it is measured with. */
const GROWTH = { layers: [16, 32, 64], hiddenSize: 1024, samples: 2600, files: 16 };
const PYTHON = process.env.INTERBRAIN_PYTHON ?? 'python3';

/** One row in five is held out. */
const SPLIT = 5;

/**
 * @param {{ sizes: string[], growth: boolean, peers: boolean, memory: number | undefined, folder: string }} options
 *   `memory`: budget in bytes; `folder`: where the states are written for as long as it takes
 */
export async function benchSynchrony(options) {
  const unknown = options.sizes.filter((size) => !(size in SIZES));
  if (unknown.length > 0)
    throw new Error(`no size ${unknown.join(', ')}; sizes are ${Object.keys(SIZES).join(', ')}`);
  const threads = availableParallelism();
  console.log(`${cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}\n`);
  if (options.peers && options.sizes.length > 0) await checkPeers();
  for (const name of options.sizes)
    await withLayers(options.folder, SIZES[name], (folder) => compare(folder, SIZES[name], threads, options));
  if (options.growth) {
    const shape = { ...GROWTH, layers: GROWTH.files };
    await withLayers(options.folder, shape, (folder) => measureGrowth(folder, options));
  }
}

/** Before minutes are spent on our own side. */
async function checkPeers() {
  try {
    await run(PYTHON, [file('peers.py'), '--check']);
  } catch (cause) {
    const advice = 'name a Python in INTERBRAIN_PYTHON, or take --no-peers';
    throw new Error(`the peers cannot run (${cause.message}); ${advice}`, { cause });
  }
}

/** Writes the states, says how large they are, and deletes them after use. */
function withLayers(parent, shape, use) {
  const { layers, hiddenSize, samples } = shape;
  return withTemporaryFolder(parent, async (folder) => {
    const bytes = await writeLayers(folder, shape);
    const what = `${layers} × ${layers} layers, D = ${hiddenSize}, ${samples} samples`;
    console.log(`## ${what} (${gigabytes(bytes)} of states)\n`);
    await use(folder);
  });
}

async function compare(folder, size, threads, { peers, memory }) {
  const spec = { ...size, files: size.layers, split: SPLIT, threads, memory };
  // Before and after, and the better of the two: on a machine that others use as well, one of them may catch a bad moment.
  const before = await measureGemmRate();
  const ours = await measureOurs(folder, spec);
  const after = await measureGemmRate();
  const rates = {
    single: Math.max(before.single, after.single),
    double: Math.max(before.double, after.double),
  };
  const rows = [['', 'seconds', 'ratio', 'peak memory', 'max |ΔR²| to float64', 'fitted pairs']];
  const reports = peers ? await measurePeers(folder, spec) : {};
  const exact = errorsTo(reports.scikit);
  const add = (name, seconds, peak, error, pairs) =>
    rows.push([
      name,
      seconds.toFixed(2),
      `${(seconds / ours.seconds).toFixed(1)} ×`,
      gigabytes(peak),
      error,
      pairs,
    ]);
  const total = size.layers ** 2;
  add(
    'interbrain, from start to end',
    ours.seconds,
    ours.peakBytes,
    exact(([a, b]) => ours.r2[a * size.layers + b]),
    `${total}`,
  );
  for (const [name, label] of Object.entries({
    published: 'published algorithm, PyTorch float32',
    scikit: 'scikit-learn Ridge, float64',
  })) {
    const report = reports[name];
    if (!report) continue;
    const perPair = report.seconds.reduce((sum, value) => sum + value, 0) / report.seconds.length;
    const byPair = new Map(report.pairs.map((pair, i) => [String(pair), report.r2[i]]));
    const pairs =
      report.pairs.length === total
        ? `${total}`
        : `${report.pairs.length}, times ${total} / ${report.pairs.length}`;
    add(
      label,
      perPair * total,
      report.peakBytes,
      exact((pair) => byPair.get(String(pair))),
      pairs,
    );
  }
  printTable(rows);
  const [lowest, highest] = [Math.min(...ours.conditionNumbers), Math.max(...ours.conditionNumbers)];
  const condition = `condition numbers ${lowest.toExponential(0)} to ${highest.toExponential(0)}`;
  console.log(
    `\nSyncR² ${ours.syncR2.toFixed(3)}; ${condition}. Start-up and reading count for interbrain alone.`,
  );
  printFloor(spec, rates, ours.seconds);
}

/** Prints how much of the time is left over the products alone. */
function printFloor(spec, rates, seconds) {
  const products = countProducts(spec);
  const floor = floorSeconds(products, rates);
  const done = (products.single + products.double) / seconds;
  console.log(
    `\nThis machine's GEMM: ${rates.single.toFixed(0)} GFLOP/s in float32, ${rates.double.toFixed(0)} in float64. ` +
      `The products alone (${products.single.toFixed(0)} + ${products.double.toFixed(0)} GFLOP) take ${floor.toFixed(2)} s ` +
      `at that rate; interbrain does ${done.toFixed(0)} GFLOP/s, ${((100 * floor) / seconds).toFixed(0)} % of it.\n`,
  );
}

/** Wall time from the start of the process to its end; of several runs the middle one. */
async function measureOurs(folder, spec) {
  const args = [folder, JSON.stringify(spec)];
  const runs = [];
  for (let i = 0; i < (spec.runs ?? 1); i++) runs.push(await runNode(file('measure-layers.mjs'), args));
  const { seconds, peakBytes, output } = runs.toSorted((a, b) => a.seconds - b.seconds)[runs.length >> 1];
  const result = JSON.parse(output);
  return { ...result, inside: result.seconds, seconds, peakBytes };
}

/** Every peer in a process of its own. */
async function measurePeers(folder, spec) {
  const reports = {};
  for (const name of ['published', 'scikit']) {
    const pairs = spreadPairs(spec.layers, spec[name]);
    const peerSpec = JSON.stringify({ ...spec, pairs: { published: [], scikit: [], [name]: pairs } });
    Object.assign(reports, JSON.parse((await run(PYTHON, [file('peers.py'), folder, peerSpec])).output));
  }
  return reports;
}

/** Pairs spread over the grid; those of a smaller count are among those of a larger one only by chance. */
export function spreadPairs(layers, count) {
  const total = layers ** 2;
  if (count === 'all') return Array.from({ length: total }, (_, i) => [Math.floor(i / layers), i % layers]);
  // A step that shares no factor with the grid walks through all rows and columns.
  return Array.from({ length: count }, (_, i) => {
    const cell = (i * 389 + 7) % total;
    return [Math.floor(cell / layers), cell % layers];
  });
}

/** Compares a program's R² with scikit-learn's, where both have the pair. */
function errorsTo(reference) {
  return (r2Of) => {
    if (!reference) return '';
    const errors = reference.pairs.flatMap((pair, i) => {
      const value = r2Of(pair);
      return value === undefined ? [] : [Math.abs(value - reference.r2[i])];
    });
    return errors.length === 0 ? '' : Math.max(...errors).toExponential(1);
  };
}

async function measureGrowth(folder, { memory }) {
  const rows = [['layers on each side', 'pairs', 'seconds', 'seconds per layer', 'peak memory']];
  const times = [];
  for (const layers of GROWTH.layers) {
    const spec = { ...GROWTH, layers, split: SPLIT, memory };
    const { inside, peakBytes } = await measureOurs(folder, spec);
    times.push(inside);
    rows.push([
      `${layers}`,
      `${layers ** 2}`,
      inside.toFixed(2),
      (inside / layers).toFixed(3),
      gigabytes(peakBytes),
    ]);
  }
  printTable(rows);
  const [first, last] = [GROWTH.layers[0], GROWTH.layers.at(-1)];
  const growth = Math.log(times.at(-1) / times[0]) / Math.log(last / first);
  console.log(
    `\nTime grows as the layers to the power ${growth.toFixed(2)} (1 is a straight line, 2 what one fit per pair ` +
      `takes). The ${last} layers are the ${GROWTH.files} in the files, read again and again.\n`,
  );
}

export function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
