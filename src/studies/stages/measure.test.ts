// A measure that goes on from what is there: the bytes of one that was never stopped, whichever results are missing.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encountersNamed, runStage, studyOf } from '../../../test/run-stage.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { synchronyPath } from '../../recordings/layout.ts';
import { type PlantedEpisode, plantEpisodes, writePlanted } from '../../recordings/planted.ts';
import { readSynchrony } from '../../synchrony/synchrony-files.ts';
import { seatOrder } from '../plan.ts';
import { MEASURE } from './measure.ts';

// All dialogues are equally long, so that shuffled rounds have the sources of the interactive condition, and those of a lag
// are others.
const CONDITIONS = ['lag-1', 'shuffled', 'interactive', 'pseudo-dyad'];
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

let episodes: readonly PlantedEpisode[];
let whole: string;

async function recorded(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'measure-'));
  folders.push(folder);
  await writePlanted(folder, episodes);
  return folder;
}

function measure(folder: string, conditions: readonly string[], lambda: unknown = ['cv', 0.1]) {
  const [{ episode }] = episodes as [PlantedEpisode];
  const synchrony = { samples: 'all', splitSeeds: [0], groupBy: 'scenario', lambda } as const;
  const file = { conditions: [...conditions], synchrony, simulation: { seeds: [episode.seed] } };
  const encounters = encountersNamed(episodes.map((one) => one.episode.interaction));
  const orders = [seatOrder(...episode.models)];
  return runStage(MEASURE, studyOf(folder, episode.models, file as object, { orders, encounters }));
}

const pathOf = (folder: string, condition: string, direction: 'A->B' | 'B->A') =>
  synchronyPath(folder, episodes[0]!.episode.models, condition, direction);
const lambdas = async (folder: string, condition: string) => {
  const { result } = await readSynchrony(pathOf(folder, condition, 'A->B'));
  return result.chosenLambdas;
};

/** The bytes of all results, by name. */
function bytesOf(folder: string): Record<string, string> {
  const top = join(folder, 'synchrony');
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    paths.map((path) => [path.slice(top.length), readFileSync(path).toString('base64')]),
  );
}

beforeAll(async () => {
  episodes = plantEpisodes({
    ...{ scenarios: 10, interactionsPerScenario: 3, strength: 0.9, noise: 0.2 },
    ...{ layers: 2, hiddenSize: 6, rounds: [4, 4] },
  });
  whole = await recorded();
  await measure(whole, CONDITIONS);
});

it.each([
  [['interactive']],
  [['shuffled']],
  [['shuffled', 'pseudo-dyad']],
  [['interactive', 'pseudo-dyad']],
  [['lag-1']],
])('without %j of a batch that was being written, it is measured to the same bytes', async (lost) => {
  const folder = await recorded();
  await measure(folder, CONDITIONS);
  const left = CONDITIONS.filter((one) => !lost.includes(one));
  const kept = left.map((one) => readFileSync(`${pathOf(folder, one, 'A->B')}.json`, 'utf8'));
  for (const condition of lost)
    for (const direction of DIRECTIONS) rmSync(`${pathOf(folder, condition, direction)}.json`);
  expect(await measure(folder, CONDITIONS)).toEqual({ made: 2 * lost.length, skipped: 2 * left.length });
  expect(bytesOf(folder)).toEqual(bytesOf(whole));
  expect(left.map((one) => readFileSync(`${pathOf(folder, one, 'A->B')}.json`, 'utf8'))).toEqual(kept);
});

it('λ is the interactive condition’s, whether that is measured or not; other rows choose their own', async () => {
  const [alone, fixed] = [await recorded(), await recorded()];
  await measure(alone, ['shuffled', 'lag-1']);
  expect(Object.keys(bytesOf(alone)).filter((name) => name.includes('interactive'))).toEqual([]);
  for (const condition of ['shuffled', 'lag-1'])
    expect(await lambdas(alone, condition)).toEqual(await lambdas(whole, condition));
  expect(await lambdas(whole, 'shuffled')).toEqual(await lambdas(whole, 'interactive'));
  // Nothing predicts a round that was drawn at random: of its own it would take another λ, and this would be no test.
  expect(await lambdas(whole, 'lag-1')).not.toEqual(await lambdas(whole, 'interactive'));
  await measure(fixed, ['shuffled'], 0.1);
  const { result } = await readSynchrony(pathOf(fixed, 'shuffled', 'A->B'));
  expect(result.chosenLambdas).toBeUndefined();
});
