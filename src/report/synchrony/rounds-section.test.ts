import { expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { fullSample, type SampleStudy, sampleReport } from '../../../test/sample-report.ts';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { decimals } from '../../figures/number-text.ts';
import { studentCritical } from '../../numerics/distributions.ts';
import type { StoredContributions } from '../../studies/contribution-files.ts';
import { CONTRIBUTIONS } from '../../studies/stages/contributions.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import { gatherMeasures, pairUnder } from './measures.ts';
import { rounds } from './rounds-section.ts';

const PAIR: SampleStudy = { settings: { pairs: [['small-llama', 'small-mistral']] } };
const open = (sample: SampleStudy = PAIR) => openSection(rounds, fullSample(sample));

async function stored(sample: SampleStudy = PAIR) {
  const { current } = await fullSample(sample).results(CONTRIBUTIONS);
  return current.map(({ task, result }) => ({ task, result }));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Cells of the row of a table that begins with a title, without marks. */
function cellsOf(html: string, table: number, title: string): string[] {
  const [, ...tables] = html.split('<tbody>');
  const row = tables[table]!.split('<tr>').find((one) => one.includes(`<th scope="row">${title}</th>`))!;
  return [...row.matchAll(/<td class="number">(.*?)<\/td>/gs)].map(([, cell = '']) =>
    cell.replace(/<br>/g, ' ').replace(/<[^>]+>/g, ''),
  );
}

/** The mean of jackknives whose influences are all of one size: the same influences, of the mean size. */
function endsByHand(
  parts: readonly { value: number; standardError: number; weight: number }[],
  least = Number.NEGATIVE_INFINITY,
): string {
  const value = parts.reduce((sum, one) => sum + one.weight * one.value, 0);
  const center = parts.reduce((sum, one) => sum + one.weight * (one.value + 0.002), 0);
  // SE² = (G − 1)/G · Σ influence², each of size SE/√(G − 1).
  const error = Math.abs(parts.reduce((sum, one) => sum + one.weight * one.standardError, 0));
  const half = studentCritical(0.05, 16) * error;
  return `${decimals(value)} [${decimals(Math.max(least, center - half))}, ${decimals(center + half)}]`;
}

const partOf = (
  score: { value: number; intervals?: { syncR2: { standardError: number } } },
  weight: number,
) => {
  return { value: score.value, standardError: score.intervals!.syncR2.standardError, weight };
};

it('shows SyncR² within rounds beside the measure’s, by pair and by direction', async () => {
  const { html } = await open();
  const all = (await stored()).map(({ result }) => result.pooled!);
  const quarter = (of: 'within' | 'overall', sign = 1) => all.map((one) => partOf(one[of], sign / 4));
  const [measured, overall, within, difference] = cellsOf(html, 0, 'small-llama × small-mistral');
  const pair = pairUnder(
    await gatherMeasures(fullSample(PAIR)),
    ['small-llama', 'small-mistral'],
    INTERACTIVE,
  )!;
  expect(measured).toBe(
    `${decimals(pair.value)} [${decimals(pair.interval!.low)}, ${decimals(pair.interval!.high)}]`,
  );
  expect(overall).toBe(endsByHand(quarter('overall'), 0));
  expect(within).toBe(endsByHand(quarter('within'), 0));
  expect(difference).toBe(endsByHand([...quarter('overall'), ...quarter('within', -1)]));
  const [, , alone] = cellsOf(html, 0, 'small-mistral (B) → small-llama (A)');
  const back = (await stored()).find(
    ({ task }) => task.direction === 'B->A' && task.order.names[0] === 'small-llama',
  )!;
  expect(alone).toBe(endsByHand([partOf(back.result.pooled!.within, 1)], 0));
  expect(html).toContain(
    '95 % interval, t with 16 degrees of freedom, leaving out each of 42 held-out interactions',
  );
});

it('shows each direction’s own SyncR²', async () => {
  const { html } = await open();
  const { current } = await fullSample(PAIR).results(MEASURE);
  const forth = current.find(
    ({ task }) =>
      task.condition === 'interactive' &&
      task.direction === 'A->B' &&
      task.order.names[0] === 'small-mistral',
  )!;
  expect(cellsOf(html, 0, 'small-mistral (A) → small-llama (B)')[0]).toContain(
    `${decimals(forth.result.syncR2.value)} [`,
  );
});

it('shows rounds that all directions of a pair have, with their test rows', async () => {
  const shown = await open();
  const all = (await stored()).map(({ result }) => result);
  const ofPair = cellsOf(shown.html, 1, 'small-llama × small-mistral');
  // B → A has no fourth round.
  expect(ofPair).toHaveLength(4);
  expect(ofPair[3]).toBe('–');
  const second = all.map((one) => one.rounds.find(({ round }) => round === 2)!);
  const tests = second.flatMap(({ test }) => test);
  expect(ofPair[1]).toBe(
    `${endsByHand(
      second.map((one) => partOf(one, 1 / 4)),
      0,
    )} ${Math.min(...tests)}–${Math.max(...tests)} test rows`,
  );
  // Without an interval.
  const forth = all.find(
    ({ direction, sourceModel }) => direction === 'A->B' && sourceModel === 'small-llama',
  )!;
  expect(cellsOf(shown.html, 1, 'small-llama (A) → small-mistral (B)')[3]).toMatch(
    new RegExp(`^${decimals(forth.rounds[3]!.value)} +[0-9–]+ test rows$`),
  );
  expect(shown.html).toContain(
    'fewer than 10 in training or in test of some split, at least in some direction: round 5.',
  );
  expect(shown.html).toContain('are not counted within rounds, nor about the training mean: 0–5 in a split.');
});

const valuesOf = (shown: SampleSection, stem: string, layer: number) =>
  (figureNamed(shown, stem).layer?.[layer]?.data?.values ?? []) as Record<string, unknown>[];

it('draws the same numbers, with what they were made with', async () => {
  const shown = await open();
  const all = (await stored()).map(({ result }) => result);
  const first = all.map((one) => one.rounds[0]!.value);
  const points = valuesOf(shown, 'rounds', 3);
  expect(
    points.find(({ name, round }) => name === 'small-llama × small-mistral, mean' && round === 1)?.['value'],
  ).toBeCloseTo(mean(first), 12);
  expect(points.filter(({ name }) => name === 'small-llama (A) → small-mistral (B)')).toHaveLength(4);
  expect(valuesOf(shown, 'rounds', 0)).toContainEqual({
    name: 'small-llama × small-mistral, mean',
    within: expect.closeTo(mean(all.map((one) => one.pooled!.within.value)), 12),
  });
  const notes = figureNamed(shown, 'rounds').description;
  for (const note of [
    'toy models',
    'split seeds 0, 1, 2',
    'λ = 0.1',
    'groups by interaction',
    'bars: 95 % interval',
    'condition interactive',
    'n = ',
  ])
    expect(notes).toContain(note);
  expect(notes).not.toContain('published standard error');
  const rowsInTest = all.flatMap((one) => one.rounds.flatMap(({ test }) => test));
  expect(notes).toContain(
    `${Math.min(...rowsInTest)}–${Math.max(...rowsInTest)} test rows of a round in a split`,
  );
});

it('draws every interaction by what it adds over its share', async () => {
  const shown = await open();
  const { result } = (await stored())[0]!;
  const own = (figureNamed(shown, 'interactions').data?.values as Record<string, unknown>[]).filter(
    ({ name }) => name === 'small-llama (A) → small-mistral (B)',
  );
  expect(own.map(({ score }) => score)).toEqual(
    result.interactions.map(({ syncR2, share }) => syncR2 / share),
  );
  const all = result.interactions.reduce((sum, { syncR2 }) => sum + syncR2, 0);
  expect(valuesOf(shown, 'interactions', 2)[0]!['mean']).toBeCloseTo(all, 12);
});

it('writes all of it as tables', async () => {
  const shown = await open();
  const { result } = (await stored())[0]!;
  const who = 'small-llama,small-mistral,A to B,small-llama,small-mistral';
  const third = result.rounds[2]!;
  const { low, high, standardError } = third.intervals!.syncR2;
  expect(tableNamed(shown, 'rounds')).toContain(
    `${who},3,${mean(third.train)},${mean(third.test)},${third.value},${low},${high},jackknife-t,${standardError},16,42\n`,
  );
  expect(tableNamed(shown, 'rounds')).toContain(`${who},5,12.5,3.5,,,,,,,\n`);
  const { within, overall, rows, notCounted } = result.pooled!;
  const pooled = tableNamed(shown, 'rounds-pooled');
  expect(pooled).toContain(
    `${who},training mean of the round,${mean(rows)},${mean(notCounted)},${within.value},`,
  );
  expect(pooled).toContain(
    `${who},difference,${mean(rows)},${mean(notCounted)},${overall.value - within.value},`,
  );
  const one = result.interactions[1]!;
  expect(tableNamed(shown, 'interactions')).toContain(
    `${who},market-lamp/pair-1,2,75,0.25,${one.syncR2},${one.syncR2 / 0.25}\n`,
  );
});

it('has pairs alone in the figure where there are many, and says of which', async () => {
  const shown = await open({});
  const names = new Set(valuesOf(shown, 'rounds', 3).map(({ name }) => name));
  expect([...names]).toEqual([
    'small-llama × small-llama',
    'small-llama × small-mistral',
    'small-mistral × small-mistral',
  ]);
  const missing = await open({
    stateOf: (stage, task) =>
      stage === 'contributions' && task.label.startsWith('small-llama+small-llama') ? 'missing' : undefined,
  });
  expect(missing.html).toContain('2 of 3 pairs of models');
});

it('says what is not there', async () => {
  const without = (result: StoredContributions): StoredContributions => ({
    ...result,
    rounds: [],
    pooled: null,
  });
  const sample = { ...PAIR, makers: { contributions: () => without(made[0]!.result) } };
  const made = await stored();
  const { html, figures } = await open(sample);
  expect(html).toContain('No round has enough rows.');
  expect(html).toContain('No round has enough training rows: small-llama (A) → small-mistral (B)');
  expect(html).toContain('There are no intervals.');
  expect([...figures.keys()]).toEqual(['interactions']);
  expect((await openSection(rounds, sampleReport())).html).toBe('');
});
