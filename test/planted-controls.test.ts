// Each of the page's numbers rises where what it is about was planted, and stays at zero where it was not (docs/method.md
// §19). The whole table: npm run planted.

import { describe, expect, test } from 'vitest';
import {
  ALL,
  type ControlsStudy,
  controlsStudy,
  OWN,
  PLANTED_ROWS,
  plantedRow,
  remainderRow,
  SCENE,
  TEXT,
} from './planted-controls-study.ts';

function close(value: number, bound = 0.03): void {
  expect(Math.abs(value)).toBeLessThan(bound);
}

describe('what is planted is found, and nothing else', () => {
  test('nothing: no number rises', async () => {
    const { syncR2, conversation, partition } = await controlsStudy({});
    for (const value of [syncR2, conversation]) close(value);
    for (const { value } of Object.values(partition)) close(value, 0.05);
  });

  test('own past alone: it explains the state, and the partner adds nothing', async () => {
    const { syncR2, partition } = await controlsStudy(OWN);
    close(syncR2);
    expect(partition.ownPast.value).toBeGreaterThan(0.3);
    expect(partition.ownPastAlone.value).toBeGreaterThan(0.25);
    close(partition.beyondOwnPast.value);
    close(partition.partnerAlone.value);
  });

  test('the scene alone: SyncR² that another seed has as well, and that the own past knows', async () => {
    const { syncR2, seedSwap, conversation, partition } = await controlsStudy(SCENE);
    expect(syncR2).toBeGreaterThan(0.25);
    expect(seedSwap).toBeGreaterThan(0.8 * syncR2);
    close(conversation, 0.06);
    expect(partition.beyondBoth.value).toBeLessThan(0.12);
  });

  test('the text alone: SyncR² of this conversation, of which next to nothing is left beyond past and text', async () => {
    const { syncR2, conversation, partition } = await controlsStudy(TEXT);
    expect(syncR2).toBeGreaterThan(0.2);
    expect(conversation).toBeGreaterThan(0.15);
    expect(partition.text.value).toBeGreaterThan(0.2);
    expect(partition.beyondBoth.value).toBeLessThan(0.06);
  });

  test('what is left beyond past and text is what features of words miss of it: a reader has as much, and it is 0 with the variables themselves', async () => {
    const beyond = async (looked: Parameters<typeof controlsStudy>[1]) =>
      (await controlsStudy(TEXT, looked)).partition.beyondBoth.value;
    const own = await beyond({});
    expect(own).toBeGreaterThan(0.02);
    expect(await beyond({ partner: 'reader' })).toBeGreaterThan(own / 3);
    close(await beyond({ text: 'planted' }), 0.01);
    // Strangers do not share the text: no null of what is left.
    close(await beyond({ partner: 'stranger' }), 0.02);
  });

  test('coupling beside all of them: it rises with its strength, and its interval leaves out 0', async () => {
    const found: ControlsStudy[] = [];
    for (const strength of [0, 0.5, 1])
      found.push(await controlsStudy({ ...ALL, ownPersistence: 0, strength }));
    const beyond = found.map(({ partition }) => partition.beyondBoth.value);
    expect(beyond[1]! - beyond[0]!).toBeGreaterThan(0.05);
    expect(beyond[2]! - beyond[1]!).toBeGreaterThan(0.1);
    expect(found[2]!.partition.beyondBoth.interval!.low).toBeGreaterThan(0);
  });

  test('a coupling one round later is found there', async () => {
    const planted = { strength: 1, lag: 1 };
    const [now, later] = [await controlsStudy(planted), await controlsStudy(planted, { lag: 1 })];
    close(now.partition.beyondBoth.value);
    expect(later.partition.beyondBoth.value).toBeGreaterThan(0.2);
  });
});

/** How many studies a row of the whole table has; 0 leaves it out. */
const WHOLE = Number(process.env['PLANTED_STUDIES'] ?? 0);

test.skipIf(WHOLE === 0).each(PLANTED_ROWS)(
  'the whole table: %s',
  { timeout: 0 },
  async (name, options, lag) => {
    const { line, n } = await plantedRow(name, options, lag, WHOLE);
    console.log(line);
    expect(n).toBeGreaterThan(0);
  },
);

test.skipIf(WHOLE === 0).each([
  ['scene', SCENE],
  ['text', TEXT],
  ['coupling 0.5, scene, text', { text: ALL.text, strength: 0.5 }],
] as const)('what is left beyond both: %s', { timeout: 0 }, async (name, options) => {
  console.log(await remainderRow(name, options, WHOLE));
});
