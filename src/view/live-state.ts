// What is known of a run that is under way: events folded into counters, bars and the conversations of the moment. The
// server folds them for whoever comes late, a browser goes on from there by the same function.

import type { StudyEvent } from '../studies/events.ts';
import type { Preview } from '../studies/preview.ts';

/**
 * An event and when it was heard. The server tells `ended` of a conversation whose file is there, `gone` of a run whose
 * process is there no more, and `preview`.
 */
export type LiveEvent =
  | (StudyEvent & { readonly time: string })
  | { readonly type: 'gone'; readonly time: string }
  | (Preview & { readonly type: 'preview'; readonly time: string })
  | { readonly type: 'error'; readonly time: string; readonly message: string }
  | {
      readonly type: 'ended';
      readonly time: string;
      readonly key: string;
      readonly ending: string;
      readonly rounds: number;
    };

export interface LiveStage {
  readonly stage: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  readonly skipped: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'left out';
  readonly detail?: string | undefined;
  /** When it began, and how long it took. */
  readonly began?: string | undefined;
  readonly seconds?: number | undefined;
}

export interface LiveTalk {
  readonly key: string;
  readonly models: readonly [string, string];
  readonly seed: number;
  readonly interaction: string;
  readonly turns: readonly {
    readonly round: number;
    readonly seat: 'A' | 'B';
    readonly speaker: string;
    readonly text: string;
  }[];
  readonly last: string;
  readonly ending?: string | undefined;
}

/** A worker of the run’s queue, and what was last heard of it. */
export interface LiveWorker {
  /** `host:pid` */
  readonly worker: string;
  readonly state: 'waiting' | 'at work' | 'lost' | 'left';
  /** The job that it has, or had when it was lost. */
  readonly stage?: string | undefined;
  readonly what?: string | undefined;
  /** What it takes alone, or why it was lost. */
  readonly note?: string | undefined;
  /** Jobs that it has taken. */
  readonly jobs: number;
  /** Since when it is so. */
  readonly since: string;
}

export interface LiveState {
  readonly study: string;
  readonly began: string | undefined;
  /** Of the last event. */
  readonly last: string | undefined;
  readonly stages: readonly LiveStage[];
  /** The ones that spoke last; ended ones behind those that go on. */
  readonly talks: readonly LiveTalk[];
  /** Of a run with a queue, those that are there first. */
  readonly workers: readonly LiveWorker[];
  /** First looks at synchrony, the latest last. */
  readonly previews: readonly Preview[];
  readonly counts: {
    readonly turns: number;
    readonly episodes: number;
    readonly endings: Readonly<Record<string, number>>;
    readonly rounds: number;
  };
  readonly preparing: string | undefined;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  readonly outcome: 'done' | 'failed' | 'stopped' | undefined;
}

export const NO_RUN: LiveState = {
  ...{ study: '', began: undefined, last: undefined, stages: [], talks: [], workers: [], previews: [] },
  counts: { turns: 0, episodes: 0, endings: {}, rounds: 0 },
  ...{ preparing: undefined, warnings: [], errors: [], outcome: undefined },
};

/** Conversations that are kept in sight. */
const TALKS = 12;
const MESSAGES = 50;
/** Workers that are shown, at most. */
const WORKERS = 200;

type Of<Type extends LiveEvent['type']> = Extract<LiveEvent, { readonly type: Type }>;

function withStage(state: LiveState, name: string, change: Partial<LiveStage>): LiveState {
  return { ...state, stages: state.stages.map((one) => (one.stage === name ? { ...one, ...change } : one)) };
}

/** The key of a conversation: pair, seed and interaction, however they are written in paths. */
export function talkKey(models: readonly [string, string], seed: number, interaction: string): string {
  return JSON.stringify([...models, seed, interaction]);
}

function heard(
  state: LiveState,
  { models, seed, interaction, round, seat, speaker, text, time }: Of<'turn'>,
): LiveState {
  const key = talkKey(models, seed, interaction);
  const known = state.talks.find((one) => one.key === key);
  const { turns = [] } = known?.ending === undefined ? (known ?? {}) : {};
  const talk: LiveTalk = {
    key,
    models,
    seed,
    interaction,
    turns: [...turns, { round, seat, speaker, text }],
    last: time,
  };
  const others = state.talks.filter((one) => one.key !== key);
  // Places stay: a conversation that goes on keeps its own, a new one takes that of one that has ended, the oldest first.
  const talks = known ? state.talks.map((one) => (one.key === key ? talk : one)) : placed(others, talk);
  return { ...state, talks, counts: { ...state.counts, turns: state.counts.turns + 1 } };
}

function placed(talks: readonly LiveTalk[], talk: LiveTalk): readonly LiveTalk[] {
  if (talks.length < TALKS) return [...talks, talk];
  const ended = talks.filter(({ ending }) => ending !== undefined);
  const leaving = (ended.length > 0 ? ended : talks).toSorted((a, b) => (a.last < b.last ? -1 : 1))[0];
  return talks.map((one) => (one === leaving ? talk : one));
}

function ended(state: LiveState, { key, ending, rounds }: Of<'ended'>): LiveState {
  const { counts } = state;
  return {
    ...state,
    talks: state.talks.map((one) => (one.key === key ? { ...one, ending } : one)),
    counts: {
      ...counts,
      episodes: counts.episodes + 1,
      endings: { ...counts.endings, [ending]: (counts.endings[ending] ?? 0) + 1 },
      rounds: counts.rounds + rounds,
    },
  };
}

const isThere = ({ state }: LiveWorker) => state === 'waiting' || state === 'at work';

function worked(state: LiveState, event: Of<'worker'>): LiveState {
  const { worker, does, stage, what, message, time } = event;
  const known = state.workers.find((one) => one.worker === worker);
  const jobs = (known?.jobs ?? 0) + (does === 'took' ? 1 : 0);
  const common = { worker, jobs, since: time, note: known && isThere(known) ? known.note : undefined };
  const now: Readonly<Record<typeof does, LiveWorker>> = {
    joined: { ...common, state: 'waiting', note: message },
    took: { ...common, state: 'at work', stage, what },
    // One that has given its job back is still there, and takes another.
    lost: { ...common, state: 'lost', stage, what, note: message },
    left: { ...common, state: 'left' },
  };
  // Places stay, so that one can follow a worker with the eye.
  const workers = known
    ? state.workers.map((one) => (one === known ? now[does] : one))
    : [...state.workers, now[does]];
  if (workers.length <= WORKERS) return { ...state, workers };
  const gone = workers.find((one) => !isThere(one)) ?? workers[0];
  return { ...state, workers: workers.filter((one) => one !== gone) };
}

/** Nobody works for a stage that has ended. */
function idle(workers: readonly LiveWorker[], stage: string, since: string): readonly LiveWorker[] {
  return workers.map((one) =>
    one.state === 'at work' && one.stage === stage
      ? { ...one, state: 'waiting', stage: undefined, what: undefined, since }
      : one,
  );
}

/** The state after one more event; a run that begins again begins with nothing. */
export function fold(before: LiveState, event: LiveEvent): LiveState {
  const state = { ...before, last: event.time };
  switch (event.type) {
    case 'run-begins':
      return {
        ...NO_RUN,
        ...{
          study: event.study,
          began: event.time,
          last: event.time,
          warnings: before.outcome ? [] : before.warnings,
        },
        stages: event.stages.map(({ stage, unit, total }) => ({
          stage,
          unit,
          total,
          done: 0,
          skipped: 0,
          state: 'waiting',
        })),
      };
    case 'stage-begins': {
      const { stage, total, skipped } = event;
      return {
        ...withStage(state, stage, { total, skipped, done: skipped, state: 'running', began: event.time }),
        preparing: undefined,
      };
    }
    case 'progress': {
      const { stage, done, total, skipped, detail } = event;
      return withStage(state, stage, { done, total, skipped, detail });
    }
    case 'stage-ends': {
      const whole = state.stages.find(({ stage }) => stage === event.stage)?.total ?? 0;
      const done = event.outcome === 'done' ? { done: whole } : {};
      const ended = withStage(state, event.stage, {
        ...done,
        state: event.outcome,
        seconds: event.seconds,
        detail: undefined,
      });
      return { ...ended, workers: idle(state.workers, event.stage, event.time) };
    }
    case 'preparing':
      return {
        ...state,
        preparing: `${event.what}: ${Math.floor((100 * event.done) / Math.max(1, event.total))} %`,
      };
    case 'turn':
      return heard(state, event);
    case 'ended':
      return ended(state, event);
    case 'worker':
      return worked(state, event);
    case 'preview': {
      const { seed, maps, missing } = event;
      return { ...state, previews: [...state.previews, { seed, maps, missing }] };
    }
    case 'warning':
      return { ...state, warnings: [...state.warnings, event.message].slice(-MESSAGES) };
    case 'task-failed':
      return { ...state, errors: [...state.errors, `${event.task}: ${event.message}`].slice(-MESSAGES) };
    case 'error':
      return { ...state, errors: [...state.errors, event.message].slice(-MESSAGES), outcome: 'failed' };
    case 'gone':
      return { ...before, outcome: 'stopped', preparing: undefined };
    case 'run-ends':
      return { ...state, outcome: event.outcome, preparing: undefined };
    default:
      return state;
  }
}
