// The process that computes, seen from its worker: asked for one job at a time, heard of all the while, and ended when it
// is silent. A worker's own process never computes, so that it can always say that it lives.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ModelFailure } from '../errors.ts';
import { unpackError } from '../files/packed-error.ts';
import type { Job } from './jobs.ts';
import type { Made, Order, Word } from './orders.ts';
import { PULSE } from './orders.ts';

/** Signs of life that are expected while a worker waits for one. */
const PULSES = 12;
/** Looks in a row without a sign of life after which the process is ended. */
const SILENT = 6;
/** How many times that long it may take to start. */
const STARTING = 20;
/** Milliseconds in which a process that is asked to stop has to. */
const STOPPING = 10_000;

export type Opening = Omit<Extract<Order, { what: 'open' }>, 'what' | 'pulse'>;

/** What is heard of a job besides its end. */
export type OnWord = (word: Extract<Word, { what: 'done' | 'within' | 'event' }>) => void;

export class ComputeProcess {
  readonly #child: ChildProcess;
  readonly #on: OnWord;
  readonly #watch: NodeJS.Timeout;
  /** Why it has ended, or will in a moment. */
  #ended: string | undefined;
  /** Undefined until the first sign of life. */
  #lively: boolean | undefined;
  #silent = 0;
  #ready: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #made: ((made: Made) => void) | undefined;

  private constructor(lostAfter: number, on: OnWord) {
    this.#on = on;
    const file = fileURLToPath(import.meta.url).replace(/compute-process(\.[jt]s)$/, 'compute$1');
    this.#child = fork(file, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'] });
    this.#child.on('message', (word: Word) => this.#hear(word));
    this.#child.on('exit', (code, signal) => this.#end(`it ended (${signal ?? `code ${code}`})`));
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.stdio[PULSE]?.on('data', () => {
      this.#lively = true;
    });
    this.#watch = setInterval(() => this.#look(lostAfter), (lostAfter * 1000) / SILENT);
  }

  /**
   * Starts a process and has it open a study.
   *
   * @param lostAfter seconds of silence after which it is ended
   * @throws whatever is wrong with the study as it is seen here
   */
  static async start(opening: Opening, lostAfter: number, on: OnWord): Promise<ComputeProcess> {
    const started = new ComputeProcess(lostAfter, on);
    const ready = new Promise<void>((resolve, reject) => {
      started.#ready = { resolve, reject };
    });
    started.#send({ what: 'open', ...opening, pulse: (lostAfter * 1000) / PULSES });
    try {
      await ready;
    } catch (error) {
      started.kill('it could not open the study');
      throw error;
    }
    return started;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Has a job made. Never rejects: a process that ends has lost it. */
  make(job: Job, folder: string): Promise<Made> {
    return new Promise((resolve) => {
      if (this.#ended !== undefined) resolve({ how: 'lost', reason: lossOf(this.#ended) });
      this.#made = resolve;
      this.#send({ what: 'make', job, folder });
    });
  }

  /** Ends it at once. */
  kill(reason: string): void {
    this.#child.kill('SIGKILL');
    this.#end(reason);
  }

  /** Ends it when what is being written is written, or after a while. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    if (this.#made !== undefined) {
      const made = new Promise<void>((resolve) => {
        const tell = this.#made;
        this.#made = (value) => {
          tell?.(value);
          resolve();
        };
      });
      this.#send({ what: 'stop' });
      await Promise.race([made, new Promise((resolve) => setTimeout(resolve, STOPPING).unref())]);
    }
    this.kill('its worker was stopped');
  }

  #send(order: Order): void {
    // An end is heard of by itself.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  #hear(word: Word): void {
    switch (word.what) {
      case 'ready':
        this.#ready?.resolve();
        break;
      case 'refused':
        this.#ready?.reject(unpackError(word.error));
        break;
      case 'ended':
        this.#tell(word.made);
        break;
      default:
        this.#on(word);
    }
  }

  #tell(made: Made): void {
    const tell = this.#made;
    this.#made = undefined;
    tell?.(made);
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    clearInterval(this.#watch);
    this.#ready?.reject(new ModelFailure('the process that computes', reason));
    this.#tell({ how: 'lost', reason: lossOf(this.#ended) });
  }

  /** Counts looks and not seconds: a worker that was frozen itself has looked at nothing. */
  #look(lostAfter: number): void {
    // What it is made of is read from the disk first, which on a busy machine takes its time.
    if (this.#lively === undefined && ++this.#silent < STARTING * SILENT) return;
    this.#silent = this.#lively ? 0 : this.#silent + 1;
    this.#lively = false;
    if (this.#silent > SILENT) this.kill(`no sign of life for ${lostAfter} s`);
  }
}

const lossOf = (reason: string) => `the process that computes: ${reason}`;
