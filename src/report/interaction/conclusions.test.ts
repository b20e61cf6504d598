// The words about recordings whose truth is known: what they conclude in every regime, and what they leave open.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLANTED_PAIR, plantStudy } from '../../../test/planted-study.ts';
import { resultsOf, runStage } from '../../../test/run-stage.ts';
import { sampleInterval } from '../../../test/sample-synchrony.ts';
import { parseCondition } from '../../conditions/condition.ts';
import type { PlantedOptions } from '../../recordings/planted.ts';
import type { ConditionSummary } from '../../statistics/pair-tests.ts';
import { SIGNIFICANCE } from '../../studies/stages/significance.ts';
import type { Interval } from '../../synchrony/intervals/interval.ts';
import { concludeFrom, type Regime } from './conclusions.ts';
import type { Estimates } from './own-past.ts';
import { summariseTests } from './significance.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'words-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function conclude(name: string, planted: PlantedOptions, conditions?: readonly string[]) {
  const opened = await plantStudy(folder, name, planted, conditions ? { conditions } : {});
  await runStage(SIGNIFICANCE, opened);
  const directions = await resultsOf(SIGNIFICANCE, opened);
  const report = summariseTests([{ models: PLANTED_PAIR, directions }], 0.05);
  return concludeFrom(report.pairs[0]!.conditions, 0.05);
}

describe('planted', () => {
  test('interaction', async () => {
    const { regime, verdict, reasons, limits } = await conclude('interaction', {
      strength: 1,
      text: { scenario: 1, dialogue: 1 },
    });
    expect(regime).toBe('interaction');
    expect(verdict).toContain('what interaction would give');
    expect(reasons[0]).toContain('scenario and round alone do not give it');
    expect(reasons[1]).toMatch(
      /^Who takes part predicts the partner better .* difference 0\.\d+ \[0\.\d+, 0\.\d+\], p = 0\.005/,
    );
    expect(reasons.at(-1)).toContain('(shuffled)');
    expect(limits[0]).toContain('passive-same-format');
  });

  test('a dialogue’s own text, and no interaction', async () => {
    const { regime, verdict } = await conclude('text', { text: { scenario: 1, dialogue: 1 } });
    expect(regime).toBe('text');
    expect(verdict).toContain('no evidence of interaction');
  });

  test('a scenario’s text alone', async () => {
    const { regime, reasons } = await conclude('scenario', { text: { scenario: 1 } });
    expect(regime).toBe('scenario');
    expect(reasons[0]).toContain('no difference that these data could show');
  });

  test('nothing', async () => {
    const { regime } = await conclude('nothing', {});
    expect(regime).toBe('nothing');
  });

  test('interaction that shows a round later', async () => {
    const { regime, reasons } = await conclude('lag', { strength: 1, lag: 1 });
    expect(regime).toBe('nothing');
    const later = reasons.find((reason) => reason.includes('(lag-1)'));
    expect(later).toContain('predicted better 1 round later');
  });

  test('without a reader nobody can say', async () => {
    const planted = { strength: 1, text: { dialogue: 1 }, scenarios: 16 };
    const { regime, limits } = await conclude('alone', planted, ['interactive']);
    expect(regime).toBe('particular');
    expect(limits[0]).toContain('Without a passive condition');
    expect(limits[1]).toContain('nothing tells whether the moment matters');
  });
});

const interval: Interval = { ...sampleInterval(0, 0.01), low: 0.1, high: 0.3 };

function summary(name: string, syncR2: number, tests: Partial<ConditionSummary> = {}): ConditionSummary {
  const condition = parseCondition(name);
  const strangers = { reason: 'few rows' };
  return { condition, syncR2, interval, testSamples: [100, 100], interactions: 20, strangers, ...tests };
}

const stranger = (p: number) => ({
  ...{ observed: 0.3, mean: 0.2, standardDeviation: 0.02, z: 5, detectable: 0.04, p, adjustedP: p },
  ...{ surrogates: [0.2], rows: [50, 50] as const },
});

const against = (difference: number, p: number) => ({
  ...{
    interactive: 0.3,
    difference,
    widened: 1,
    interval,
    p,
    adjustedP: p,
    interactions: 20,
    permutations: 199,
    exact: false,
  },
});

const cases: readonly (readonly [string, Regime, number, readonly (readonly [number, number])[]])[] = [
  [
    'above all',
    'interaction',
    0.001,
    [
      [0.1, 0.001],
      [0.1, 0.001],
    ],
  ],
  [
    'above the outsider, not above the same format',
    'text',
    0.001,
    [
      [0.1, 0.001],
      [0.01, 0.4],
    ],
  ],
  [
    'below the readers',
    'text',
    0.001,
    [
      [-0.1, 0.001],
      [-0.1, 0.001],
    ],
  ],
  [
    'above the readers, not above strangers',
    'contradiction',
    0.4,
    [
      [0.1, 0.001],
      [0.1, 0.001],
    ],
  ],
  [
    'above nothing',
    'scenario',
    0.4,
    [
      [0.01, 0.4],
      [0.01, 0.4],
    ],
  ],
  ['no reader', 'particular', 0.001, []],
];

test.each(cases)('numbers: %s', (_, regime, p, readers) => {
  const found = concludeFrom(
    [
      summary('interactive', 0.3, { strangers: stranger(p) }),
      ...readers.map(([difference, own], i) =>
        summary(['passive', 'passive-same-format'][i]!, 0.2, { against: against(difference, own) }),
      ),
    ],
    0.05,
  );
  expect(found.regime).toBe(regime);
  expect([found.verdict, ...found.reasons, ...found.limits]).toMatchSnapshot();
});

describe('above all, and what is left without the shared text', () => {
  const summaries = [
    summary('interactive', 0.6, { strangers: stranger(0.001) }),
    summary('passive', 0.5, { against: against(0.03, 0.001) }),
    summary('passive-same-format', 0.5, { against: against(0.02, 0.001) }),
  ];
  const between = (estimate: number, low: number, high: number): Interval => ({
    ...{ ...sampleInterval(estimate, 0.01), low, high },
  });

  test('an interval that reaches 0, however large the share: the text may be all of it', () => {
    const found = concludeFrom(summaries, 0.05, {
      ...{ shared: 0.7, left: 0.2, states: 0.6, leftInterval: between(0.2, 0, 0.5) },
      share: between(1 / 3, 0, 0.83),
    });
    expect(found.regime).toBe('text suffices');
    expect(found.verdict).toContain(
      'of SyncR² 0.600, 0.200 [0.000, 0.500] is left without what the shared text predicts, 33 % [0 %, 83 %] of it, and the interval reaches 0',
    );
    expect(found.verdict).toContain('by 0.020 to 0.030 of 0.600');
    expect(found.reasons.at(-1)).toContain('R² 0.700');
    expect(found.reasons.at(-1)).toContain('its interval reaches 0');
  });

  test('an interval above 0, however small the share: not all of it goes with the text', () => {
    const found = concludeFrom(summaries, 0.05, {
      ...{ shared: 0.7, left: 0.03, states: 0.6, leftInterval: between(0.03, 0.01, 0.05) },
      share: between(0.05, 0.017, 0.083),
    });
    expect(found.regime).toBe('interaction');
    expect(found.verdict).toContain(
      'Not all of it goes with what the words of the text predict: of SyncR² 0.600, 0.030 [0.010, 0.050] is left',
    );
    expect(found.verdict).toContain('5 % [2 %, 8 %] of it');
    expect(found.reasons.at(-1)).toContain('its interval excludes 0');
  });

  test('without an interval nothing follows from it', () => {
    const found = concludeFrom(summaries, 0.05, { shared: 0.7, left: 0.03, states: 0.6 });
    expect(found.regime).toBe('interaction');
    expect(found.verdict).not.toContain('is left');
    expect(found.limits.join(' ')).toContain('has no interval');
    const unknown = concludeFrom(summaries, 0.05);
    expect(unknown.regime).toBe('interaction');
    expect(unknown.limits.join(' ')).toContain('sensitivity: true adds it');
  });
});

test('what was not tested is said with its reason', () => {
  const { regime, reasons, limits } = concludeFrom(
    [summary('interactive', 0.3), summary('lag-2', 0.2, { against: { reason: 'too few interactions' } })],
    0.05,
  );
  expect(regime).toBe('unsettled');
  expect(reasons).toEqual([
    'Against strangers of the same scenario: not tested (few rows).',
    'Against the partner 2 rounds later (lag-2): not tested (too few interactions).',
  ]);
  expect(limits.join(' ')).toContain('groupBy: scenario');
});

describe('the same scene with another seed, and the own past', () => {
  const own = summary('interactive', 0.3, { strangers: stranger(0.001) });
  const reader = summary('passive', 0.2, { against: against(0.1, 0.001) });
  const swap = (difference: number, p: number, exchangeP = 0.001) =>
    summary('seed-swap', 0.3 - difference, {
      against: against(difference, p),
      exchanged: stranger(exchangeP),
    });
  const estimate = (value: number, low?: number): { value: number; interval: Interval | null } => ({
    value,
    interval: low === undefined ? null : { ...interval, estimate: value, low, high: value + 0.1 },
  });
  const past = (low?: number): Estimates => ({
    ...{
      ownPast: estimate(0.73),
      partner: estimate(0.55),
      text: estimate(0.44),
      ownPastPartner: estimate(0.74),
    },
    ...{ ownPastText: estimate(0.75), partnerText: estimate(0.6), all: estimate(0.77) },
    ...{ beyondOwnPast: estimate(0.04, 0.01), beyondText: estimate(0.3), beyondBoth: estimate(0.08, low) },
    ...{
      ownPastAlone: estimate(0.17),
      partnerAlone: estimate(0.02),
      textAlone: estimate(0.03),
      shared: estimate(0.55),
    },
  });

  test('lead the page where there are two seeds', () => {
    const { regime, lead, reasons, limits } = concludeFrom(
      [own, reader, swap(0.09, 0.001)],
      0.05,
      undefined,
      past(0.02),
    );
    expect(regime).toBe('interaction');
    expect(lead).toBe(
      'SyncR² less seed-swap: 0.090 [0.100, 0.300] (p = 0.001). Of SyncR² 0.300, 0.210 is there as well when the same two play the same scene with another seed.',
    );
    expect(reasons[0]).toContain('that much belongs to this conversation');
    expect(reasons[1]).toContain('more about this conversation than about another');
    expect(reasons[2]).toContain('R² 0.730');
    expect(reasons[2]).toContain('explains 0.080 [0.020, 0.180] of what');
    expect(reasons[2]).toContain('its interval excludes 0');
    expect(limits.join()).not.toContain('seed-swap');
    expect(limits.join()).not.toContain('ownPast');
  });

  test('not above another seed: the scene may be all of it, whatever strangers and readers say', () => {
    const { regime, verdict, reasons } = concludeFrom(
      [own, reader, swap(0.01, 0.4, 0.3)],
      0.05,
      undefined,
      past(0.02),
    );
    expect(regime).toBe('scene');
    expect(verdict).toContain('no evidence of interaction');
    expect(reasons[1]).toContain('no more about this conversation');
  });

  test('not beyond own past and text: no evidence of interaction', () => {
    const { regime, verdict } = concludeFrom([own, reader, swap(0.09, 0.001)], 0.05, undefined, past(-0.01));
    expect(regime).toBe('past suffices');
    expect(verdict).toContain('explains 0.080 [−0.010, 0.180]');
    expect(verdict).toContain('no evidence of interaction');
    const bare = concludeFrom([own, reader, swap(0.09, 0.001)], 0.05, undefined, past());
    expect(bare.regime).toBe('interaction');
    expect(bare.reasons[2]).toContain('nothing is concluded from it');
  });

  test('without them the page says what is open', () => {
    const { lead, limits } = concludeFrom([own, reader], 0.05);
    expect(lead).toBeUndefined();
    expect(limits.join()).toContain('play two simulation seeds');
    expect(limits.join()).toContain('ownPast: true');
    const untested = summary('seed-swap', 0.2, {
      against: { reason: 'few' },
      exchanged: { reason: 'fewer' },
    });
    const found = concludeFrom([own, reader, untested], 0.05);
    expect([found.lead, found.regime]).toEqual([undefined, 'interaction']);
    expect(found.reasons.slice(0, 2).join()).toMatch(/not tested \(few\).*not tested \(fewer\)/);
  });
});
