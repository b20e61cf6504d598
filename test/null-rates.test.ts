// How often tests reject what is true (docs/method.md §13). The whole table: npm run error-rates.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NullDesign, nullRates } from './null-rates-study.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'null-rates-'));
});
afterAll(() => rm(folder, { recursive: true }));

const DESIGNS: readonly NullDesign[] = (['cv', 0.1] as const).flatMap((lambda) =>
  [6, 96, 148].flatMap((hiddenSize) =>
    (['scenario', 'still'] as const).map((shared) => ({ shared, lambda, hiddenSize })),
  ),
);

/** How many studies a row of the whole table has; 0 leaves it out. */
const WHOLE = Number(process.env['NULL_STUDIES'] ?? 0);
const ONLY = process.env['NULL_ONLY'];

const percent = (share: number) => (Number.isNaN(share) ? '' : `${(100 * share).toFixed(1)} %`);

test('where nothing depends on time, no lag, reader or other order is found to be worse', async () => {
  const rates = await nullRates(folder, { shared: 'still', lambda: 0.1, hiddenSize: 96 }, 10);
  expect([...rates.keys()]).toEqual(['passive', 'shuffled', 'lag-1', 'lag-2']);
  // Four rejections in ten at 5 % come once in 1000 such tests. Lags with rows of their own were all rejected.
  for (const [contrast, { p }] of rates) expect(p, contrast).toBeLessThan(0.4);
}, 120_000);

test.skipIf(WHOLE === 0).each(DESIGNS)(
  'the whole table: $shared, λ = $lambda, D = $hiddenSize',
  { timeout: 0 },
  async (design) => {
    const name = `${design.shared} ${design.lambda} ${design.hiddenSize}`;
    if (ONLY !== undefined && !new RegExp(ONLY).test(name)) return;
    const rates = await nullRates(folder, design, WHOLE);
    for (const [contrast, { fixed, p, interval, clusters, inflation }] of rates) {
      const shares = [fixed, p, interval, clusters].map(percent);
      console.log(`| ${name} | ${contrast} | ${[...shares, inflation.toFixed(2)].join(' | ')} |`);
    }
    expect(rates.size).toBeGreaterThan(0);
  },
);
