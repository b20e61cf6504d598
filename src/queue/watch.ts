// The workers of a run as its process sees them: who is there, what each does, and who is not heard of any more.

import type { Redis } from 'ioredis';
import type { OnEvent } from '../studies/events.ts';
import { workersKey } from './announcement.ts';
import { parseWorkerState, type WorkerState } from './messages.ts';

interface Known {
  state: WorkerState;
  /** When its beat was last another one, by this process's clock alone; milliseconds. */
  heard: number;
}

export class Watch {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #lostAfter: number;
  readonly #on: OnEvent;
  readonly #known = new Map<string, Known>();
  readonly #cpu: string;
  #warned = false;

  /**
   * @param lostAfter seconds
   * @param cpu the processor of this machine
   */
  constructor(
    redis: Redis,
    options: { readonly session: string; readonly lostAfter: number; readonly cpu: string },
    on: OnEvent,
  ) {
    this.#redis = redis;
    this.#key = workersKey(options.session);
    this.#lostAfter = options.lostAfter;
    this.#cpu = options.cpu;
    this.#on = on;
  }

  get workers(): readonly WorkerState[] {
    return [...this.#known.values()].map(({ state }) => state);
  }

  /** Looks who is there, and tells what is new. */
  async look(): Promise<void> {
    const now = performance.now();
    const said = await this.#redis.hgetall(this.#key);
    for (const text of Object.values(said)) {
      const state = parseWorkerState(text);
      if (state !== undefined) this.#note(state, now);
    }
    for (const [worker, { state, heard }] of this.#known) {
      const gone = !(worker in said);
      const silent = now - heard > this.#lostAfter * 1000;
      if (!gone && !silent) continue;
      this.#known.delete(worker);
      if (silent) await this.#redis.hdel(this.#key, worker);
      this.#tellGone(state, silent);
    }
  }

  #note(state: WorkerState, now: number): void {
    const { worker, doing } = state;
    const before = this.#known.get(worker);
    if (before?.state.beat === state.beat && before.state.doing?.job === doing?.job) return;
    this.#known.set(worker, { state, heard: now });
    if (before === undefined) this.#tellJoined(state);
    if (doing !== undefined && before?.state.doing?.job !== doing.job)
      this.#on({ type: 'worker', worker, does: 'took', stage: doing.stage, what: doing.what });
  }

  #tellJoined({ worker, stages, models, cpu }: WorkerState): void {
    const only = [
      ...(stages === undefined ? [] : [`stages ${stages.join(', ')}`]),
      ...(models === undefined ? [] : [`models ${models.join(', ')}`]),
    ];
    const message = only.length > 0 ? { message: `takes only ${only.join(' and ')}` } : {};
    this.#on({ type: 'worker', worker, does: 'joined', ...message });
    if (cpu === this.#cpu || this.#warned) return;
    this.#warned = true;
    const text = `the worker ${worker} has another processor (${cpu}) than this machine (${this.#cpu}): what is made on either differs in its last digits, and so bytes repeat only on machines of one kind`;
    this.#on({ type: 'warning', message: text });
  }

  #tellGone({ worker, doing }: WorkerState, silent: boolean): void {
    if (doing === undefined || !silent) {
      this.#on({ type: 'worker', worker, does: 'left' });
      return;
    }
    const message = `not heard of for ${this.#lostAfter} s; another worker takes its job`;
    this.#on({ type: 'worker', worker, does: 'lost', stage: doing.stage, what: doing.what, message });
  }
}
