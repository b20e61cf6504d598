// How fast this machine multiplies matrices, and how long the products that the measure cannot do without would take
// at that rate: what is left for a faster program to gain.

import { openGemm } from '../dist/numerics/gemm.js';

const [ROWS, INNER, COLUMNS] = [2048, 4096, 4096];
const REPEATS = 5;

/**
 * The best of a few products of 2048 × 4096 and 4096 × 4096, with outputs that exist already.
 *
 * @returns GFLOP/s in float32 and in float64
 */
export async function measureGemmRate() {
  const gemm = await openGemm();
  try {
    return { single: await rate(gemm, Float32Array), double: await rate(gemm, Float64Array) };
  } finally {
    await gemm.close();
  }
}

async function rate(gemm, Floats) {
  const matrix = (rows, columns) => ({
    rows,
    columns,
    data: new Floats(rows * columns).map((_, i) => (i % 97) - 48),
  });
  const [a, b, out] = [matrix(ROWS, INNER), matrix(INNER, COLUMNS), matrix(ROWS, COLUMNS)];
  let best = 0;
  // The first one prepares the session.
  for (let i = 0; i <= REPEATS; i++) {
    const began = performance.now();
    await gemm.multiply(a, b, { out });
    const flops = (2 * ROWS * INNER * COLUMNS) / ((performance.now() - began) / 1000) / 1e9;
    if (i > 0) best = Math.max(best, flops);
  }
  return best;
}

/**
 * The products of the trace form (docs/architecture.md), in GFLOP; a symmetric one counts half, since half of it
 * says all. Float64: per source layer the Gram matrix, its Cholesky factor, a solve with the test rows, and K.
 * Float32: MᵀM per source layer and Y·Yᵀ per target layer.
 */
export function countProducts({ samples, hiddenSize: d, layers, split }) {
  const test = Math.ceil(samples / split);
  const train = samples - test;
  const [order, inner] = train < d ? [train, d] : [d, train];
  const gram = order ** 2 * inner;
  const factor = order ** 3 / 3;
  const solve = 2 * order ** 2 * test;
  const smoother = 2 * train * d * test;
  const double = layers * (gram + factor + solve + smoother);
  const single = layers * (train ** 2 * test + samples ** 2 * d);
  return { single: single / 1e9, double: double / 1e9 };
}

/** Seconds that the products alone take at these rates. */
export function floorSeconds(products, rates) {
  return products.single / rates.single + products.double / rates.double;
}
