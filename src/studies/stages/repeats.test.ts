// Repeated turns left out, on recordings in which nothing but these is predictable.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantedSettings } from '../../../test/planted-study.ts';
import { encountersNamed, runStage, studyOf } from '../../../test/run-stage.ts';
import { plantEpisodes, writePlanted } from '../../recordings/planted.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { StageContext } from '../context.ts';
import type { OpenStudy } from '../open.ts';
import { seatOrder } from '../plan.ts';
import { MEASURE } from './measure.ts';
import { REPEATS } from './repeats.ts';

const MODELS = ['planted-a', 'planted-b'] as const;
const ROUNDS = 6;
/** From this round on both agents say again what they said in the first one. */
const LOOP = 4;

let run: string;
let opened: OpenStudy;
const withDrop = (drop?: 'repeated') =>
  opened.with({
    study: { ...opened.study, synchrony: plantedSettings({ intervals: false, ...(drop && { drop }) }) },
  });

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'repeats-'));
  const planted = plantEpisodes({ scenarios: 20, rounds: ROUNDS, layers: 2, strength: 0, seed: 3 });
  const looped = planted.map(({ episode, states, ...rest }, index) => {
    const turns = episode.turns.map((turn) => ({
      ...turn,
      text: turn.round < LOOP ? `${index} ${turn.round} ${turn.seat}` : `${index} 1 ${turn.seat}`,
    }));
    // In the loop B's state is A's.
    const { layers, rounds, hiddenSize } = states.B;
    for (let layer = 0; layer < layers; layer++)
      for (let round = LOOP - 1; round < rounds; round++) {
        const at = (layer * rounds + round) * hiddenSize;
        states.B.data.set(states.A.data.subarray(at, at + hiddenSize), at);
      }
    return { ...rest, episode: { ...episode, turns }, states };
  });
  await writePlanted(run, looped);
  opened = studyOf(
    run,
    MODELS,
    { simulation: { seeds: [0] }, synchrony: { samples: 'all' } },
    {
      orders: [seatOrder(...MODELS)],
      encounters: encountersNamed(looped.map(({ episode }) => episode.interaction)),
    },
  );
});
afterAll(() => rm(run, { recursive: true }));

it('is asked for by drop: repeated alone', () => {
  expect(REPEATS.asked(withDrop().study)).toBe(false);
  expect(REPEATS.asked(withDrop('repeated').study)).toBe(true);
});

const measured = async (study: OpenStudy): Promise<SynchronyResult> => {
  const task = MEASURE.tasks(study).find(({ direction }) => direction === 'A->B')!;
  return (await MEASURE.read(run, task)).result;
};

it('measures without the repeated turns, and with them at as many samples', async () => {
  const study = withDrop('repeated');
  expect((await runStage(MEASURE, study)).made).toBe(2);
  expect((await runStage(REPEATS, study)).made).toBe(2);
  const task = REPEATS.tasks(study).find(({ direction }) => direction === 'A->B')!;
  const { result } = (await REPEATS.read(run, task)).result;
  const episodes = result.all / ROUNDS;
  expect(Number.isInteger(episodes)).toBe(true);
  // Three of six rounds are repeated.
  expect(result).toMatchObject({ dropped: episodes * 3, samples: episodes * 3 });
  // What is left is noise; the loop is what was predictable.
  expect(result.without.value).toBeLessThan(0.05);
  expect(result.with.value).toBeGreaterThan(result.without.value + 0.05);
  expect(result.without.value).toBe((await measured(study)).syncR2.value);
});

it('is made anew with the turns that count, and only then', async () => {
  const study = withDrop('repeated');
  expect((await runStage(REPEATS, study)).made).toBe(0);
  expect((await runStage(MEASURE, withDrop())).made).toBe(2);
  const [task] = MEASURE.tasks(study);
  const [dropping, all] = [study, withDrop()]
    .map((one) => new StageContext(one))
    .map((one) => MEASURE.inputs(task!, one));
  expect(await dropping).not.toEqual(await all);
});
