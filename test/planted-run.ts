// A run's folder of planted recordings, measured under every condition, with turns that repeat earlier ones and names that
// no file system takes as they are: what a reader of runs has to understand.

import { writeJudgement } from '../src/evaluation/files.ts';
import { episodePath } from '../src/recordings/layout.ts';
import { listRecordings } from '../src/recordings/list.ts';
import { episodeFile, readEpisode } from '../src/recordings/recording.ts';
import { createManifest, writeManifest } from '../src/studies/manifest.ts';
import type { OpenStudy } from '../src/studies/open.ts';
import { MEASURE } from '../src/studies/stages/measure.ts';
import { PLANTED_PAIR, plantedSettings, plantStudy } from './planted-study.ts';
import { runStage } from './run-stage.ts';
import { sampleModel } from './sample-world.ts';

const DIMENSIONS = [
  { name: 'goal', low: 0, high: 10, description: 'x' },
  { name: 'secret', low: -10, high: 0, description: 'y' },
];

/** Lets an utterance of every third episode be said twice, and judges all of them. */
async function rewrite({ run, orders }: OpenStudy): Promise<void> {
  for (const { names } of orders)
    for (const [place, { episode: path }] of (
      await listRecordings(run, { models: names, condition: 'interactive' })
    ).entries()) {
      if (path === null) throw new Error('every recording has its transcript');
      const episode = await readEpisode(path);
      const [first] = episode.turns;
      const turns = episode.turns.map((turn, i) =>
        place % 3 === 0 && i === 4 && first ? { ...turn, text: `${first.text.toUpperCase()}!` } : turn,
      );
      await episodeFile.write(episodePath(run, episode), { ...episode, turns });
      const { interaction, scenario, seed } = episode;
      const agent = (seat: number) => ({ scores: { goal: (place + seat) % 10, secret: -(place % 7) } });
      await writeJudgement(run, {
        format: 'interbrain-judgement-1',
        ...{ interaction, scenario, models: names, seed, judge: 'rule', dimensions: DIMENSIONS },
        ...{ inputs: 'x', attempts: 1, status: 'judged', agents: [agent(0), agent(1)] },
      });
    }
}

/** @returns the run's folder */
export async function plantRun(folder: string): Promise<string> {
  const size = {
    scenarios: 8,
    interactionsPerScenario: 3,
    rounds: [3, 5],
    hiddenSize: 8,
    words: true,
  } as const;
  const synchrony = plantedSettings({ groupBy: 'interaction', lambda: [1, 'cv'], drop: 'repeated' });
  const opened = await plantStudy(
    folder,
    'planted',
    { ...size, strength: 0.8, text: { dialogue: 1 } },
    { synchrony },
  );
  await rewrite(opened);
  await runStage(MEASURE, opened);
  const { study, run, encounters } = opened;
  const interactions = encounters.map(({ interaction: { id } }) => {
    const [scenario = '', pair = ''] = id.split('/');
    const [a = '', b = ''] = pair.split('+');
    return { id, scenario, characters: [a, b] as [string, string] };
  });
  const models = Object.fromEntries(PLANTED_PAIR.map((name) => [name, sampleModel(name, 2, false)]));
  const scenarios = { name: 'planted', characters: [], scenarios: [], interactions };
  await writeManifest(run, createManifest({ study, models, scenarios }));
  return run;
}
