// The nonlinear map's training against PyTorch's: one network, the same sizes, batches and threads, taking turns.

import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openGemm } from '../dist/numerics/gemm.js';
import { createNetwork } from '../dist/synchrony/networks/network.js';
import { fitNetwork, NETWORK_DEFAULTS } from '../dist/synchrony/networks/train-network.js';
import { run } from './run-child.mjs';

const SIZES = [
  { hiddenSize: 576, rows: 5200, epochs: 3 },
  { hiddenSize: 4096, rows: 1280, epochs: 2 },
];
const PYTHON = process.env.INTERBRAIN_PYTHON ?? 'python3';
const PEER = fileURLToPath(new URL('nonlinear_peer.py', import.meta.url));

/** @param {{ repeats: number, peers: boolean }} options how often either takes its turn */
export async function benchNonlinear({ repeats, peers }) {
  const threads = availableParallelism();
  console.log(`${cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}`);
  const { hidden, batchSize } = NETWORK_DEFAULTS;
  for (const size of SIZES) {
    const spec = { ...size, hidden, batchSize, threads };
    const times = { ours: [], theirs: [] };
    for (let i = 0; i < repeats; i++) {
      times.ours.push(...(await trainOurs(spec)));
      if (peers) times.theirs.push(...JSON.parse((await run(PYTHON, [PEER, JSON.stringify(spec)])).output));
    }
    const steps = Math.ceil(size.rows / batchSize);
    const each = Object.values(times).map((list) => (1000 * middle(list)) / steps);
    console.log(
      `\nD = ${size.hiddenSize}, ${hidden} units, batches of ${batchSize}: ${each[0].toFixed(1)} ms per step` +
        (peers ? `; PyTorch ${each[1].toFixed(1)} ms, ${(each[1] / each[0]).toFixed(2)} ×` : '') +
        ` (medians of ${times.ours.length} epochs, load ${loadavg()[0].toFixed(1)})`,
    );
  }
}

/** Seconds of every epoch but the first, in which memory is touched and code compiled. */
async function trainOurs({ hiddenSize, rows, hidden, batchSize, epochs, threads }) {
  const values = () => Float32Array.from({ length: rows * hiddenSize }, () => 2 * Math.random() - 1);
  const matrix = () => ({ rows, columns: hiddenSize, data: values() });
  const network = createNetwork({ inputs: hiddenSize, hidden, outputs: hiddenSize }, 'bench');
  const settings = { ...NETWORK_DEFAULTS, epochs: epochs + 1, batchSize };
  const ends = [];
  const gemm = await openGemm({ threads });
  try {
    const onEpoch = () => ends.push(performance.now());
    await fitNetwork(network, { x: matrix(), y: matrix() }, settings, 'bench', { onEpoch }, gemm);
  } finally {
    await gemm.close();
  }
  return ends.slice(1).map((end, i) => (end - ends[i]) / 1000);
}

function middle(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
