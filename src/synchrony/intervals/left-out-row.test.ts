import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type Matrix64, matrixOf, zeros } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { meanR2 } from '../ridge/r2.ts';
import { centreSplit, fitRidge, predict } from '../ridge/ridge.ts';
import { averageSeeds, summariseSyncR2 } from '../sync-r2.ts';
import { intervalOf } from './interval.ts';
import { leaveOneOut } from './leave-one-out.ts';
import { leaveOutOfRow } from './left-out-row.ts';
import { type RowResiduals, sampleColumns } from './row-residuals.ts';
import { jackknifeOfRows } from './target-intervals.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

const SAMPLES = 240;
const SIZE = 60;
const TARGETS = 10;

function normalMatrix(rows: number, columns: number, seed: string): Matrix64 {
  const { uniform } = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return matrixOf(rows, columns, Float64Array.from({ length: rows * columns }, normal));
}

/**
 * 40 interactions of 6 rows with three source layers and ten target layers, each target as well predictable as
 * `signal` says; interactions differ in how noisy they are, so that the best target is not the same without each.
 */
async function makeConversation(signal: readonly number[]) {
  const groups = Array.from({ length: SAMPLES }, (_, row) => `interaction ${Math.floor(row / 6)}`);
  const shared = normalMatrix(SAMPLES, 8, 'shared');
  const mix = async (seed: string, weight: number) => {
    const states = await gemm.multiply(shared, normalMatrix(8, SIZE, `mix/${seed}`));
    const noise = normalMatrix(SAMPLES, SIZE, `noise/${seed}`);
    for (let i = 0; i < noise.data.length; i++) {
      const group = Math.floor(i / (6 * SIZE));
      states.data[i] = weight * states.data[i]! + (0.5 + ((group * 7) % 5) / 2) * noise.data[i]!;
    }
    return states;
  };
  const sources = await Promise.all([1, 0.5, 0].map((weight, i) => mix(`source ${i}`, weight)));
  const targets = await Promise.all(signal.map((weight, i) => mix(`target ${i}`, weight)));
  const splits = [0, 1].map((s) => {
    const isTest = (row: number) => Math.floor(row / 6) % 4 === s || Math.floor(row / 6) % 20 === 10;
    const rows = Array.from({ length: SAMPLES }, (_, row) => row);
    return { train: rows.filter((row) => !isTest(row)), test: rows.filter(isTest) };
  });
  return { sources, targets, splits, groups };
}

type Conversation = Awaited<ReturnType<typeof makeConversation>>;

/** Measures all cells the plain way and keeps the residuals; counts which cells are asked for. */
async function measure({ sources, targets, splits }: Conversation, sampled: readonly number[]) {
  const asked: string[] = [];
  const planes = splits.map(() => new Float64Array(sources.length * TARGETS));
  const cells = await Promise.all(
    splits.map(async ({ train, test }, s) => {
      const layers = targets.map((target) => centreSplit(target, train, test));
      const bySource = [];
      for (const [a, source] of sources.entries()) {
        const ridge = await fitRidge(centreSplit(source, train, test), 0.1, gemm);
        const row = [];
        for (const [b, y] of layers.entries()) {
          const predicted = await predict(ridge, y.train, gemm);
          planes[s]![a * TARGETS + b] = meanR2(y.test, predicted);
          const residual = predicted.data.map((value, i) => y.test.data[i]! - value);
          row.push({ residual: { ...predicted, data: residual }, target: y.test });
        }
        bySource.push(row);
      }
      return bySource;
    }),
  );
  const mean = averageSeeds(planes);
  const rows = sources.map((_, a): RowResiduals => {
    return {
      r2: mean.subarray(a * TARGETS, (a + 1) * TARGETS),
      hiddenSize: SIZE,
      sampled: async (split) =>
        cells[split]![a]!.map(({ residual, target }) => ({
          residual: takeColumns(residual, sampled),
          target: takeColumns(target, sampled),
        })),
      cell: async (split, target) => {
        asked.push(`${a}/${target}`);
        return cells[split]![a]![target]!;
      },
    };
  });
  return { rows, planes, asked };
}

function takeColumns({ rows, columns, data }: Matrix64, chosen: readonly number[]): Matrix64 {
  const taken = zeros(rows, chosen.length);
  for (let row = 0; row < rows; row++)
    for (const [to, column] of chosen.entries())
      taken.data[row * chosen.length + to] = data[row * columns + column]!;
  return taken;
}

async function leaveOutAll(
  conversation: Conversation,
  sampled: readonly number[],
  cells: 'candidates' | 'all',
  precision?: number,
) {
  const { rows, planes, asked } = await measure(conversation, sampled);
  const groups = leaveOneOut(
    conversation.splits.map(({ test }) => test.map((row) => conversation.groups[row]!)),
  )!;
  const done = [];
  for (const row of rows) done.push(await leaveOutOfRow(row, groups, cells, precision));
  const { value } = summariseSyncR2(planes, 3, TARGETS);
  const jackknife = jackknifeOfRows(value, done, groups);
  return { planes, asked, rows: done, jackknife, interval: intervalOf(jackknife, 0.95, 0), value };
}

const profile = [0.2, 0.5, 0.8, 0.98, 1, 0.99, 0.7, 0.4, 0.3, 0];

test.each([
  [16, 'a sample of the columns'],
  [SIZE, 'all columns'],
])('with %i columns screened (%s) candidates give what all cells give', async (count) => {
  const conversation = await makeConversation(profile);
  const sampled = sampleColumns(SIZE, count);
  const all = await leaveOutAll(conversation, sampled, 'all');
  const some = await leaveOutAll(conversation, sampled, 'candidates', 0);
  const computed = some.rows.reduce((sum, { cells }) => sum + cells.size, 0);
  expect(all.rows.map(({ cells }) => cells.size)).toEqual([TARGETS, TARGETS, TARGETS]);
  for (const [i, { best }] of all.rows.entries()) expect(some.rows[i]!.best).toEqual(best);
  expect(some.interval).toEqual(all.interval);
  // It really left cells out, and it really needed more than the best one of each row.
  console.log(`${count} columns: ${computed} of ${3 * TARGETS} cells computed`);
  expect(computed).toBeLessThan(0.75 * 3 * TARGETS);
  expect(new Set(some.asked).size).toBe(computed);
  for (const [i, row] of some.rows.entries())
    for (const [target, r2] of row.cells) expect(all.rows[i]!.cells.get(target)).toEqual(r2);
  const winners = all.rows.map(({ best, cells }) => {
    const winner = (i: number) => [...cells].find(([, r2]) => r2[i] === best[i])?.[0] ?? -1;
    return new Set(Array.from(best, (_, i) => winner(i)));
  });
  expect(Math.max(...winners.map(({ size }) => size))).toBeGreaterThan(1);
});

test('candidates that the sample knows well enough are not computed, and the intervals are hardly others', async () => {
  const conversation = await makeConversation(profile);
  const sampled = sampleColumns(SIZE, 48);
  const exact = await leaveOutAll(conversation, sampled, 'candidates', 0);
  const quick = await leaveOutAll(conversation, sampled, 'candidates', 0.03);
  expect(new Set(quick.asked).size).toBeLessThan(new Set(exact.asked).size);
  for (const end of ['low', 'high'] as const)
    expect(Math.abs(quick.interval[end] - exact.interval[end])).toBeLessThan(0.01);
  expect(quick.interval.estimate).toBe(exact.interval.estimate);
});

test('the interval lies about SyncR² of the training mean, which is higher, and holds SyncR² itself', async () => {
  const conversation = await makeConversation(profile);
  const { jackknife, interval, value } = await leaveOutAll(
    conversation,
    sampleColumns(SIZE, 16),
    'candidates',
  );
  expect(jackknife).toMatchObject({ estimate: value, heldOut: 12 });
  expect(jackknife.groups).toHaveLength(22);
  expect(jackknife.centre).toBeGreaterThan(value);
  expect(jackknife.centre - value).toBeLessThan(0.1);
  expect(interval.low).toBeLessThan(value);
  expect(interval.high).toBeGreaterThan(value);
  expect(interval.high - interval.low).toBeGreaterThan(2 * interval.standardError);
});

test('rows without any relation count 0, and are no more certain for that', async () => {
  const conversation = await makeConversation(new Array<number>(TARGETS).fill(0));
  const { rows, interval, value } = await leaveOutAll(conversation, sampleColumns(SIZE, 16), 'candidates');
  expect(value).toBe(0);
  for (const { best } of rows) expect(best[0]).toBeLessThan(0);
  expect(interval).toMatchObject({ estimate: 0, low: 0 });
  expect(interval.high).toBeGreaterThan(0.005);
});

/**
 * A row of two cells over 12 interactions of 4 rows. In the sampled columns 0 to 3 hardly anything moves without
 * an interaction; in 4 to 7 a cell misses only in one interaction, each cell in another one. The second cell is far worse,
 * but not without its interaction.
 */
function deceptiveRow(): { row: RowResiduals; groups: string[] } {
  const groups = Array.from({ length: 48 }, (_, i) => `interaction ${Math.floor(i / 4)}`);
  const noise = normalMatrix(48, 8, 'noise');
  const target = { ...noise, data: noise.data.map((_, i) => ((i >> 3) % 2 ? 1 : -1)) };
  const cells = [1.2, 1.8].map((miss, cell) => {
    const data = noise.data.map((value, i) => {
      if (i % 8 < 4) return 0.4 + (1 + cell) * 1e-3 * value;
      return Math.floor(i / 32) === 3 * cell ? miss : 0;
    });
    return { residual: { ...noise, data }, target };
  });
  const sampled = cells.map(({ residual }) => ({
    residual: takeColumns(residual, [0, 1, 2, 3]),
    target: takeColumns(target, [0, 1, 2, 3]),
  }));
  const r2 = cells.map(({ residual }) =>
    meanR2(target, { ...target, data: target.data.map((value, i) => value - residual.data[i]!) }),
  );
  const cell = async (_: number, b: number) => cells[b]!;
  return { groups, row: { r2, hiddenSize: 8, sampled: async () => sampled, cell } };
}

test('a screening that turns out to be wrong is trusted less', async () => {
  const { row, groups } = deceptiveRow();
  const left = leaveOneOut([groups])!;
  const all = await leaveOutOfRow(row, left, 'all');
  const some = await leaveOutOfRow(row, left, 'candidates');
  expect(row.r2[0]! - row.r2[1]!).toBeGreaterThan(0.05);
  // Without one interaction the second cell is the better one, of which the sampled columns know nothing.
  expect(all.best).not.toEqual(all.cells.get(0));
  expect(some.best).toEqual(all.best);
});

test('sampled columns are different ones, in order', () => {
  const columns = sampleColumns(4096, 512);
  expect(columns).toHaveLength(512);
  expect(new Set(columns).size).toBe(512);
  expect(columns.toSorted((a, b) => a - b)).toEqual(columns);
  expect(sampleColumns(5, 512)).toEqual([0, 1, 2, 3, 4]);
});
