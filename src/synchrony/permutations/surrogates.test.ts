// Which arrangements are drawn, and that the fast sum over products says what permuting the rows says.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plantedConditions } from '../../../test/planted-conditions.ts';
import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type Matrix64, matrixOf, takeRows } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import type { RowResiduals, TestResiduals } from '../intervals/row-residuals.ts';
import { meanR2 } from '../ridge/r2.ts';
import { permutationP, summariseNull } from './null-distribution.ts';
import { openFits } from './open-fits.ts';
import { pseudoDyadNull } from './pseudo-dyads.ts';
import { createSurrogates, type Surrogates } from './surrogates.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

/** Rows of interactions of different length in scenarios of different size; two runs of some. */
const rowsArbitrary = fc
  .array(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 4,
  })
  .map((scenarios) =>
    scenarios.flatMap((lengths, scenario) =>
      lengths.flatMap((rounds, pair) =>
        [0, 1].slice(pair % 2).flatMap((repetition) =>
          Array.from({ length: rounds }, (_, round) => ({
            interaction: `${scenario}-${pair}`,
            block: `scenario ${scenario}`,
            position: round,
            repetition,
          })),
        ),
      ),
    ),
  );

test('rows go to the same place of another interaction, each target once', () => {
  fc.assert(
    fc.property(rowsArbitrary, fc.integer(), (rows, seed) => {
      const given = {
        interactions: rows.map(({ interaction }) => interaction),
        blocks: rows.map(({ block }) => block),
        positions: rows.map(({ position }) => position),
        repetitions: rows.map(({ repetition }) => repetition),
      };
      const test = rows.map((_, row) => row);
      const kept = test.filter((row) =>
        rows.some(
          ({ interaction, ...place }) =>
            interaction !== rows[row]!.interaction &&
            JSON.stringify(place) === JSON.stringify({ ...rows[row]!, interaction: undefined }),
        ),
      );
      if (kept.length < 2) {
        expect(() => createSurrogates(given, [{ test }], { surrogates: 1 })).toThrow(NotEnoughSamples);
        return;
      }
      const { splits, replicates } = createSurrogates(given, [{ test }], { surrogates: 5, seed });
      const { rows: taking, partners } = splits[0]!;
      expect(taking).toEqual(kept);
      for (let replicate = 0; replicate < replicates; replicate++) {
        const to = [...partners.subarray(replicate * kept.length, (replicate + 1) * kept.length)];
        expect(to.toSorted((a, b) => a - b)).toEqual(kept.map((_, i) => i));
        for (const [i, j] of to.entries()) {
          const [row, partner] = [rows[kept[i]!]!, rows[kept[j]!]!];
          expect({ ...partner, interaction: '' }).toEqual({ ...row, interaction: '' });
          if (replicate === 0) expect(j).toBe(i);
          else if (replicate <= 5) expect(partner.interaction).not.toBe(row.interaction);
        }
      }
    }),
  );
});

test('a dialogue has one partner, the same in all splits; the order of the rows does not matter', () => {
  const rows = Array.from({ length: 12 }, (_, i) => i);
  const given = {
    interactions: rows.map((i) => `i${i % 4}`),
    blocks: rows.map(() => 'scenario'),
    positions: rows.map((i) => Math.floor(i / 4)),
  };
  const { splits } = createSurrogates(given, [{ test: rows }, { test: rows.toReversed() }], {
    surrogates: 20,
  });
  for (const [at, partner] of splits[0]!.partners.entries()) {
    const [replicate, row] = [Math.floor(at / 12), at % 12];
    expect(splits[1]!.partners[replicate * 12 + 11 - row]).toBe(11 - partner);
    // Round for round with the same one: rows of a dialogue stand 4 apart.
    if (row >= 4) expect(partner - splits[0]!.partners[at - 4]!).toBe(4);
  }
  const inTwo = { ...given, blocks: rows.map((i) => `scenario ${Math.floor(i / 4)}`) };
  expect(() => createSurrogates(inTwo, [{ test: rows }])).toThrow(BadInput);
  expect(() => createSurrogates(given, [{ test: [0, 4, 8] }])).toThrow('hold out several interactions');
  expect(() => createSurrogates(given, [{ test: rows }], { surrogates: 0 })).toThrow(BadInput);
});

/** SyncR² of one arrangement by permuting the rows, cell by cell. */
async function slowSyncR2(rows: readonly RowResiduals[], { splits }: Surrogates, replicate: number) {
  let total = 0;
  for (const row of rows) {
    let best = 0;
    for (let target = 0; target < row.r2.length; target++) {
      let mean = 0;
      for (const [s, { rows: kept, partners }] of splits.entries()) {
        const residuals = await row.cell(s, target);
        const y = takeRows(residuals.target, kept);
        const residual = takeRows(residuals.residual, kept);
        const predicted: Matrix64 = { ...y, data: y.data.map((value, i) => value - residual.data[i]!) };
        const order = [...partners.subarray(replicate * kept.length, (replicate + 1) * kept.length)];
        mean += meanR2(takeRows(y, order), predicted) / splits.length;
      }
      best = Math.max(best, mean);
    }
    total += best / rows.length;
  }
  return total;
}

test('SyncR² of every arrangement is what permuting the rows says, and candidates are enough', async () => {
  const { interactive, target, splits, rows } = plantedConditions(
    {
      scenarios: 8,
      rounds: [2, 5],
      layers: 3,
      strength: 1,
      coupledLayers: [1],
      text: { scenario: 1 },
      repetitions: 2,
    },
    { splitSeeds: [0, 1], groupBy: 'interaction', testFraction: 0.4 },
  );
  const surrogates = createSurrogates(rows, splits, { surrogates: 30 });
  const fits = await openFits(interactive, [target], { splits, lambda: 0.1 }, gemm);
  const residuals = await fits.residuals(0);
  const all = await pseudoDyadNull(residuals, surrogates, 'all', gemm);
  const slow = [];
  for (let replicate = 0; replicate <= 60; replicate++)
    slow.push(await slowSyncR2(residuals, surrogates, replicate));
  expect(all.observed).toBeCloseTo(slow[0]!, 9);
  for (const [i, value] of all.surrogates.entries()) expect(value).toBeCloseTo(slow[1 + i]!, 9);
  expect(all.p).toBe(permutationP({ observed: slow[0]!, values: Float64Array.from(slow.slice(31)) }));
  expect(all).toMatchObject(summariseNull({ observed: all.observed, values: all.surrogates }));
  expect(all.rows.every((count, s) => count > 10 && count < splits[s]!.test.length)).toBe(true);
  expect(all.cells).toHaveLength(9);
  const some = await pseudoDyadNull(await fits.residuals(0, 8), surrogates, 'candidates', gemm);
  expect(some.cells.length).toBeLessThan(9);
  expect(some.surrogates).toEqual(all.surrogates);
  await fits.close();
});

test('columns that are constant count as they do in R²', async () => {
  const random = createRandom('constants');
  const values = (fill: (column: number) => number) =>
    matrixOf(
      8,
      4,
      Float64Array.from({ length: 32 }, (_, i) => fill(i % 4)),
    );
  const target = values((column) => (column < 2 ? 3 : random.uniform()));
  const residual = values((column) => (column === 0 ? 0 : random.uniform() - 0.5));
  const given = {
    interactions: Array.from({ length: 8 }, (_, i) => `i${i}`),
    blocks: Array(8).fill('one'),
    positions: Array(8).fill(1),
  };
  const surrogates = createSurrogates(given, [{ test: [0, 1, 2, 3, 4, 5, 6, 7] }], { surrogates: 9 });
  const cell = async (): Promise<TestResiduals> => ({ target, residual });
  const row: RowResiduals = { r2: [0], hiddenSize: 4, sampled: async () => [await cell()], cell };
  const { observed, surrogates: values1 } = await pseudoDyadNull([row], surrogates, 'all', gemm);
  expect(observed).toBeCloseTo(await slowSyncR2([row], surrogates, 0), 12);
  expect(values1[4]).toBeCloseTo(await slowSyncR2([row], surrogates, 5), 12);
});
