import { expect, it } from 'vitest';
import { type SimulatedStudy, simulateServers } from './simulate-servers.ts';

const STUDY: SimulatedStudy = {
  ...{ episodes: 1, turns: 4, read: 100, spoken: 20, atOnce: 8 },
  rate: { read: 1000, alone: 10, together: 40, rows: 8 },
};

it('takes one episode for as long as its tokens', () => {
  expect(simulateServers(STUDY, 1)).toBeCloseTo(4 * (0.1 + 2), 9);
  // The last turn of an average episode is a part of one.
  expect(simulateServers({ ...STUDY, turns: 2.5 }, 1)).toBeCloseTo(2.5 * (0.1 + 2), 9);
});

it('takes replies at once as fast as was measured, and one after the other otherwise', () => {
  const speaking = { ...STUDY, read: 0, turns: 1 };
  expect(simulateServers({ ...speaking, episodes: 8 }, 1)).toBeCloseTo((8 * 20) / 40, 9);
  expect(simulateServers({ ...speaking, episodes: 8, atOnce: 1 }, 1)).toBeCloseTo((8 * 20) / 10, 9);
  // 2^(2/3) is what the gain from 10 to 40 at 8 means for two.
  expect(simulateServers({ ...speaking, episodes: 2 }, 1)).toBeCloseTo((2 * 20) / (10 * 2 ** (2 / 3)), 9);
  expect(simulateServers({ ...STUDY, spoken: 0, turns: 1, episodes: 8 }, 1)).toBeCloseTo(8 * 0.1, 9);
});

it('takes several servers a share of the time, as long as there is enough to do', () => {
  const many = { ...STUDY, episodes: 160 };
  const one = simulateServers(many, 1);
  expect(one / simulateServers(many, 8)).toBeGreaterThan(7);
  expect(one / simulateServers(many, 8)).toBeLessThanOrEqual(8.01);
  expect(simulateServers({ ...many, episodes: 0 }, 2)).toBe(0);
  // Two episodes gain nothing from a third server.
  expect(simulateServers({ ...STUDY, episodes: 2 }, 3)).toBeCloseTo(simulateServers(STUDY, 1), 9);
});
