// Judges a study's episodes: what has been judged under the same inputs is not judged again.

import type { Episode } from '../episodes/types.ts';
import { BadInput, RemoteFailure } from '../errors.ts';
import { ApiJudge, judgementInputs } from '../evaluation/api-judge.ts';
import { SEVEN_DIMENSIONS } from '../evaluation/dimensions.ts';
import { readJudgement, writeJudgement } from '../evaluation/files.ts';
import { judgeByRule, ruleInputs } from '../evaluation/rule-judge.ts';
import type { Judgement } from '../evaluation/types.ts';
import { episodePath, evaluationPath, keyOf } from '../recordings/layout.ts';
import { readEpisode } from '../recordings/recording.ts';
import type { Encounter } from '../scenarios/schema.ts';
import type { SeatOrder } from './plan.ts';
import type { OnProgress } from './progress.ts';
import type { ApiJudgeKey, Study } from './schema.ts';

export interface JudgeStudyOptions {
  readonly run: string;
  readonly orders: readonly SeatOrder[];
  readonly seeds: readonly number[];
  readonly encounters: readonly Encounter[];
  readonly judge: Exclude<Study['judge'], false>;
  /** Whether judgements that failed are tried again. */
  readonly retryFailed?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where API keys are looked up; the process's environment by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Seconds before a request is first repeated; 1 by default. */
  readonly backoff?: number | undefined;
}

export interface JudgedStudy {
  readonly judge: string;
  readonly judged: number;
  readonly failed: readonly Extract<Judgement, { status: 'failed' }>[];
  /** Of the judgements made now, not of those an earlier run had made. */
  readonly fresh: {
    readonly judgements: number;
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cost: number | null;
  };
  /** The server has no structured output, so answers were read out of text. */
  readonly plain: boolean;
}

/** Whose judgements these are, and a hash of what one depends on. */
interface JudgeIdentity {
  readonly name: string;
  readonly inputs: (encounter: Encounter, episode: Episode) => string;
}

interface Judge extends JudgeIdentity {
  readonly concurrency: number;
  readonly judge: (encounter: Encounter, episode: Episode) => Judgement | Promise<Judgement>;
  readonly plain: () => boolean;
}

/** The API key of a judge, if it has one. Throws BadInput if it is not where the study says. */
export function apiKeyOf(
  { apiKeyEnv }: ApiJudgeKey,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const key = environment[apiKeyEnv]?.trim();
  if (!key)
    throw new BadInput(
      'judge.apiKeyEnv',
      `the environment variable ${apiKeyEnv} is ${key === undefined ? 'not set' : 'empty'}; put the API key into it`,
    );
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new BadInput(
      'judge.apiKeyEnv',
      `what ${apiKeyEnv} holds is no API key: it has spaces or odd characters`,
    );
  return key;
}

function settingsOf({ model, temperature, seed, maxTokens, dimensions, price }: ApiJudgeKey) {
  return { model, temperature, seed, maxTokens, dimensions: dimensions ?? SEVEN_DIMENSIONS, price };
}

function identityOf(key: Exclude<Study['judge'], false>): JudgeIdentity {
  if (key === 'rule') return { name: 'rule', inputs: ruleInputs };
  const settings = settingsOf(key);
  return { name: key.model, inputs: (encounter, episode) => judgementInputs(encounter, episode, settings) };
}

function openJudge(options: JudgeStudyOptions): Judge {
  const { judge: key, signal, environment = process.env, backoff = 1 } = options;
  const identity = identityOf(key);
  if (key === 'rule') return { ...identity, concurrency: 1, judge: judgeByRule, plain: () => false };
  const { url, timeout, retries } = key;
  const server = { url, apiKey: apiKeyOf(key, environment), timeout, retries, backoff, signal };
  const judge = new ApiJudge(server, settingsOf(key));
  return {
    ...identity,
    concurrency: key.concurrency,
    judge: (encounter, episode) => judge.judge(encounter, episode),
    plain: () => judge.plain,
  };
}

interface Task {
  readonly order: SeatOrder;
  readonly seed: number;
  readonly encounter: Encounter;
}

/** Stops a study at what will not mend by itself, and at a server that fails one question after the other. */
class Patience {
  readonly #most: number;
  #failures = 0;
  constructor(most: number) {
    this.#most = most;
  }
  note(judgement: Judgement, url: string): void {
    const server = judgement.status === 'failed' && judgement.failure.startsWith(url);
    this.#failures = server ? this.#failures + 1 : 0;
    if (this.#failures < this.#most || judgement.status !== 'failed') return;
    throw new RemoteFailure(
      url,
      `${this.#failures} episodes in a row could not be judged, the last: ${judgement.failure}; what is judged stays, run it again when the server works`,
    );
  }
}

/**
 * Judges every episode that has no judgement of this judge yet, several at once. Failed judgements are kept as failed
 * and are made again only when asked for.
 *
 * @throws BadInput for a key or model that the server refuses, or an episode that is not there; RemoteFailure for a
 * server that does not work; the signal's reason when aborted. What was judged by then is kept.
 */
export async function judgeStudy(options: JudgeStudyOptions): Promise<JudgedStudy> {
  const { run, orders, seeds, encounters, onProgress } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const judge = openJudge({ ...options, signal });
  const tasks: Task[] = orders.flatMap((order) =>
    seeds.flatMap((seed) => encounters.map((encounter) => ({ order, seed, encounter }))),
  );
  const patience = new Patience(judge.concurrency + 4);
  const url = options.judge === 'rule' ? 'rule' : options.judge.url.replace(/\/+$/, '');
  const failed: Extract<Judgement, { status: 'failed' }>[] = [];
  const fresh = { judgements: 0, promptTokens: 0, completionTokens: 0, cost: 0 };
  let [next, done, skipped] = [0, 0, 0];
  const work = async () => {
    while (next < tasks.length) {
      signal.throwIfAborted();
      const task = tasks[next++]!;
      const { judgement, kept } = await judgeOne(run, task, judge, options.retryFailed ?? false);
      if (judgement.status === 'failed') failed.push(judgement);
      if (kept) skipped++;
      else addUsage(fresh, judgement);
      done++;
      onProgress?.({ what: 'judgements', done, total: tasks.length, skipped });
      if (!kept) patience.note(judgement, url);
    }
  };
  // The first failure stops the others; all have ended when this returns.
  const workers = Array.from({ length: Math.max(1, Math.min(judge.concurrency, tasks.length)) }, () =>
    work().catch((error: unknown) => stop.abort(error)),
  );
  await Promise.all(workers);
  options.signal?.throwIfAborted();
  stop.signal.throwIfAborted();
  const cost = options.judge !== 'rule' && options.judge.price ? fresh.cost : null;
  return {
    judge: judge.name,
    judged: done - failed.length,
    failed,
    fresh: { ...fresh, cost },
    plain: judge.plain(),
  };
}

async function judgeOne(
  run: string,
  { order, seed, encounter }: Task,
  judge: Judge,
  retryFailed: boolean,
): Promise<{ readonly judgement: Judgement; readonly kept: boolean }> {
  const key = { models: order.names, seed, interaction: encounter.interaction.id };
  const episode = await readEpisode(episodePath(run, key));
  const stored = await storedJudgement(run, encounter, episode, judge);
  if (stored && (stored.status === 'judged' || !retryFailed)) return { judgement: stored, kept: true };
  const judgement = await judge.judge(encounter, episode);
  await writeJudgement(run, judgement);
  return { judgement, kept: false };
}

/** This judge's judgement of the episode as it is now; a damaged one is none. */
async function storedJudgement(
  run: string,
  encounter: Encounter,
  episode: Episode,
  judge: JudgeIdentity,
): Promise<Judgement | undefined> {
  const stored = await readJudgement(evaluationPath(run, keyOf(episode))).catch(() => undefined);
  const valid = stored?.judge === judge.name && stored.inputs === judge.inputs(encounter, episode);
  return valid ? stored : undefined;
}

/** How many episodes this judge has judged as they are now, asking nobody. Throws nothing. */
export async function countJudgements({
  run,
  orders,
  seeds,
  encounters,
  judge,
}: Pick<JudgeStudyOptions, 'run' | 'orders' | 'seeds' | 'encounters' | 'judge'>): Promise<{
  readonly judged: number;
  readonly failed: number;
  readonly total: number;
}> {
  const identity = identityOf(judge);
  const counts = { judged: 0, failed: 0, total: orders.length * seeds.length * encounters.length };
  for (const { names: models } of orders)
    for (const seed of seeds)
      for (const encounter of encounters) {
        const path = episodePath(run, { models, seed, interaction: encounter.interaction.id });
        const episode = await readEpisode(path).catch(() => undefined);
        const stored = episode && (await storedJudgement(run, encounter, episode, identity));
        if (stored) counts[stored.status]++;
      }
  return counts;
}

function addUsage(
  fresh: { judgements: number; promptTokens: number; completionTokens: number; cost: number },
  { usage }: Judgement,
): void {
  fresh.judgements++;
  fresh.promptTokens += usage?.promptTokens ?? 0;
  fresh.completionTokens += usage?.completionTokens ?? 0;
  fresh.cost += usage?.cost ?? 0;
}
