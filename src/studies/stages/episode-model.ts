// A mixed model of what the judge says of single episodes, by their synchrony (docs/method.md §17).

import { existsSync } from 'node:fs';
import { episodeScore } from '../../evaluation/performance.ts';
import { episodeModelPath } from '../../recordings/layout.ts';
import { type EpisodeModel, modelEpisodes, type ScoredEpisode } from '../../statistics/episode-model.ts';
import { hashOf, type StageContext } from '../context.ts';
import { type EpisodeSynchrony, episodeModelFile } from '../episode-synchrony-files.ts';
import type { Inputs, Stage, StageTask } from '../stage.ts';
import { EPISODE_SYNCHRONY } from './episode-synchrony.ts';
import { JUDGEMENTS } from './judgements.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

/** What the model is made of, as it lies in the run's folder. */
interface ModelSource {
  readonly judge: string;
  readonly episodes: readonly ScoredEpisode[];
}

const nameOf = (
  models: readonly string[],
  { interaction, seed }: Pick<ScoredEpisode, 'interaction' | 'seed'>,
) => JSON.stringify([...models, interaction, seed]);

/** Episodes that both directions hold out, by name. */
async function synchronies({ run, opened }: StageContext): Promise<Map<string, EpisodeSynchrony[]>> {
  const found = new Map<string, EpisodeSynchrony[]>();
  for (const task of EPISODE_SYNCHRONY.tasks(opened)) {
    if (!existsSync(EPISODE_SYNCHRONY.path(run, task))) continue;
    const { result } = await EPISODE_SYNCHRONY.read(run, task);
    for (const episode of result.episodes) {
      const name = nameOf(task.order.names, episode);
      found.set(name, [...(found.get(name) ?? []), episode]);
    }
  }
  return new Map([...found].filter(([, directions]) => directions.length === 2));
}

async function sourceOf(context: StageContext): Promise<ModelSource> {
  const { run, opened } = context;
  const found = await synchronies(context);
  const episodes: ScoredEpisode[] = [];
  let judge = 'nobody';
  for (const task of JUDGEMENTS.tasks(opened)) {
    const stored = await JUDGEMENTS.read(run, task).catch(() => undefined);
    if (stored?.result.status !== 'judged') continue;
    const { models, interaction, seed } = stored.result;
    const both = found.get(nameOf(models, { interaction, seed }));
    const [first] = both ?? [];
    if (both === undefined || first === undefined) continue;
    judge = stored.result.judge;
    const synchrony = both.reduce((sum, { r2 }) => sum + r2 / both.length, 0);
    const score = episodeScore(stored.result);
    episodes.push({ models, interaction, seed, rounds: first.rounds, synchrony, score });
  }
  return { judge, episodes };
}

async function inputsOf(_: StageTask, context: StageContext): Promise<Inputs | undefined> {
  const { episodeModel } = context.opened.study;
  const { judge, episodes } = await context.once('episode model', () => sourceOf(context));
  if (episodes.length === 0) return undefined;
  return { episodes: hashOf([judge, episodes]), settings: hashOf([VERSION, episodeModel]) };
}

export const EPISODE_MODEL: Stage<StageTask, EpisodeModel> = {
  name: 'episode-model',
  version: VERSION,
  needs: [EPISODE_SYNCHRONY.name, JUDGEMENTS.name],
  results: 'mixed model',
  asked: ({ episodeModel }) => episodeModel !== false,
  tasks: () => [{ scope: [], label: 'mixed model of episodes' }],
  path: episodeModelPath,
  inputs: inputsOf,
  read: (run) => episodeModelFile.read(episodeModelPath(run)),
  async make(tasks, context, { done }) {
    const { episodeModel } = context.opened.study;
    if (!episodeModel) return;
    for (const { task, inputs } of tasks) {
      const { judge, episodes } = await context.once('episode model', () => sourceOf(context));
      const result = modelEpisodes(episodes, { judge, level: episodeModel.level });
      await episodeModelFile.write(episodeModelPath(context.run), { result, inputs });
      done(task);
    }
  },
};
