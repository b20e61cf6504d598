// Judges a study's episodes. A judgement that failed is kept as failed, and made again only when that is asked for.

import type { Episode } from '../../episodes/types.ts';
import { RemoteFailure } from '../../errors.ts';
import { ApiJudge, judgementInputs } from '../../evaluation/api-judge.ts';
import { SEVEN_DIMENSIONS } from '../../evaluation/dimensions.ts';
import { readJudgement, writeJudgement } from '../../evaluation/files.ts';
import { judgeByRule, ruleInputs } from '../../evaluation/rule-judge.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { episodePath, evaluationPath } from '../../recordings/layout.ts';
import { readEpisode } from '../../recordings/recording.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import type { StageContext } from '../context.ts';
import { judgeApiKey } from '../judge-api-key.ts';
import type { ApiJudgeKey, Study } from '../schema.ts';
import type { Making, OpenTask, Stage, Stored } from '../stage.ts';
import { EPISODES, type EpisodeTask, episodeTasks, keyOf } from './episodes.ts';

/** Judgements know their own versions: their inputs are hashed where they are made. */
const VERSION = 1;

/** Judgements by rule that are written at once: what takes time is to wait for the disk. */
const WRITES = 8;

type JudgeKey = Exclude<Study['judge'], false>;

/** Whose judgements these are, and a hash of what one depends on. */
interface JudgeIdentity {
  readonly name: string;
  readonly inputs: (encounter: Encounter, episode: Episode) => string;
}

/** A judge at work. */
export interface Judge extends JudgeIdentity {
  readonly concurrency: number;
  readonly judge: (encounter: Encounter, episode: Episode) => Judgement | Promise<Judgement>;
  /** What a user should know of the server. */
  readonly notes: () => readonly string[];
}

function settingsOf({ model, temperature, seed, maxTokens, dimensions, price }: ApiJudgeKey) {
  return { model, temperature, seed, maxTokens, dimensions: dimensions ?? SEVEN_DIMENSIONS, price };
}

function identityOf(key: JudgeKey): JudgeIdentity {
  if (key === 'rule') return { name: 'rule', inputs: ruleInputs };
  const settings = settingsOf(key);
  return { name: key.model, inputs: (encounter, episode) => judgementInputs(encounter, episode, settings) };
}

/** The study's judge, ready to be asked. */
export function openJudge(key: JudgeKey, { resources }: StageContext, signal: AbortSignal): Judge {
  const identity = identityOf(key);
  if (key === 'rule') return { ...identity, concurrency: WRITES, judge: judgeByRule, notes: () => [] };
  const { environment = process.env, backoff = 1 } = resources;
  const { url, timeout, retries } = key;
  const server = { url, apiKey: judgeApiKey(key, environment), timeout, retries, backoff, signal };
  const judge = new ApiJudge(server, settingsOf(key));
  return {
    ...identity,
    concurrency: key.concurrency,
    judge: (encounter, episode) => judge.judge(encounter, episode),
    notes: () => judge.notes,
  };
}

/** Ends the work at a server that fails one question after the other. */
class Patience {
  readonly #most: number;
  readonly #url: string;
  #failures = 0;

  constructor(most: number, key: JudgeKey) {
    this.#most = most;
    this.#url = key === 'rule' ? 'rule' : key.url.replace(/\/+$/, '');
  }

  note(judgement: Judgement): void {
    const server = judgement.status === 'failed' && judgement.failure.startsWith(this.#url);
    this.#failures = server ? this.#failures + 1 : 0;
    if (this.#failures < this.#most || judgement.status !== 'failed') return;
    throw new RemoteFailure(
      this.#url,
      `${this.#failures} episodes in a row could not be judged, the last: ${judgement.failure}; what is judged stays, run it again when the server works`,
    );
  }
}

/** By this judge, of this very episode. Who judged is one of the inputs. */
async function inputsOf(task: EpisodeTask, { run, opened }: StageContext) {
  const { judge } = opened.study;
  const episode = await readEpisode(episodePath(run, keyOf(task))).catch(() => undefined);
  if (!judge || episode === undefined) return undefined;
  const { name, inputs } = identityOf(judge);
  return { judge: name, judgement: inputs(task.encounter, episode) };
}

async function read(run: string, task: EpisodeTask): Promise<Stored<Judgement>> {
  const result = await readJudgement(evaluationPath(run, keyOf(task)));
  const inputs = { judge: result.judge, judgement: result.inputs };
  return { inputs, result, ...(result.status === 'failed' && { failure: result.failure }) };
}

/** Several at once. A key or model that the server refuses, and a server that does not work, end it. */
async function judgeAll(
  tasks: readonly OpenTask<EpisodeTask>[],
  context: StageContext,
  { done, tried, signal: outer }: Making<EpisodeTask>,
): Promise<void> {
  const { judge: key } = context.opened.study;
  if (!key) throw new RangeError('the study has no judge');
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const judge = openJudge(key, context, signal);
  const patience = new Patience(judge.concurrency + 4, key);
  const rest = tasks.values();
  const work = async () => {
    for (const { task } of rest) {
      signal.throwIfAborted();
      const episode = await readEpisode(episodePath(context.run, keyOf(task)));
      const judgement = await judge.judge(task.encounter, episode);
      await writeJudgement(context.run, judgement);
      if (judgement.status === 'failed') tried(task, judgement.failure);
      else done(task);
      patience.note(judgement);
    }
  };
  // The first failure stops the others; all have ended when this returns.
  const workers = Array.from({ length: Math.max(1, Math.min(judge.concurrency, tasks.length)) }, () =>
    work().catch((error: unknown) => stop.abort(error)),
  );
  await Promise.all(workers);
  for (const message of judge.notes()) context.on({ type: 'warning', message });
  signal.throwIfAborted();
}

/** A judgement of every usual episode. */
export const JUDGEMENTS: Stage<EpisodeTask, Judgement> = {
  name: 'judgements',
  version: VERSION,
  needs: [EPISODES.name],
  results: 'judgements',
  notEstimated: 'judging',
  asked: ({ judge }) => judge !== false,
  tasks: ({ orders, study, encounters }) => episodeTasks(orders, study.simulation.seeds, encounters),
  path: (run, task) => evaluationPath(run, keyOf(task)),
  inputs: inputsOf,
  read,
  together: () => '*',
  make: judgeAll,
};
