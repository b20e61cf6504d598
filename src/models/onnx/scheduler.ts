// Lets many conversations share one engine. A prompt is read alone, since ONNX Runtime's attention takes a prompt
// with a past at batch size 1 only; single tokens, which is what replies are made of, are read together.
// Prompts go first: the sooner they are read, the more rows the next steps have.
//
// There may be more conversations than rows. Then the one that has been idle longest gives up its row and is read
// again when it speaks next. A conversation in the middle of a reply keeps its row until the reply is over, and needs
// nothing else to get there; so those that wait for a row always get one.

import { setImmediate } from 'node:timers/promises';
import { at, first } from '../../numerics/lookup.ts';
import type { Engine } from './engine.ts';
import type { KvCache, Output } from './kv-cache.ts';
import { Sequence } from './sequence.ts';

interface Request {
  readonly sequence: Sequence;
  readonly tokens: readonly number[];
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** How much was done and how; tests and benchmarks look at it. */
export interface SchedulerCounts {
  prefills: number;
  steps: number;
  /** Rows of all steps together. */
  stepRows: number;
  /** Sequences that were read again. */
  restored: number;
}

export class Scheduler {
  readonly counts: SchedulerCounts = { prefills: 0, steps: 0, stepRows: 0, restored: 0 };
  readonly #engine: Engine;
  readonly #cache: KvCache;
  /** Who has each row. */
  readonly #rows: (Sequence | undefined)[];
  /** The same sequences, the one used last at the end. */
  readonly #residents = new Set<Sequence>();
  #waiting: Request[] = [];
  #busy = false;
  #working: Promise<void> | undefined;
  #stopped: Error | undefined;

  /** @param rows conversations in memory at once, at least 1 */
  constructor(engine: Engine, rows: number) {
    this.#engine = engine;
    this.#cache = engine.createCache(Math.max(rows, engine.smallestBatch));
    this.#rows = Array.from({ length: this.#cache.rows }, () => undefined);
  }

  /** Conversations in memory at once. */
  get rows(): number {
    return this.#rows.length;
  }

  open(): Sequence {
    return new Sequence();
  }

  /**
   * Reads `tokens`, of which there is at least one, after the first `past` ones of the sequence and forgets what came
   * behind those. One call at a time for each sequence.
   *
   * @returns views that hold until the caller awaits something else
   * @throws ModelFailure if ONNX Runtime fails
   */
  read(sequence: Sequence, past: number, tokens: readonly number[]): Promise<Output> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (sequence.closed) return Promise.reject(closed());
    sequence.truncate(past);
    const output = new Promise<Output>((resolve, reject) => {
      this.#waiting.push({ sequence, tokens, resolve, reject });
    });
    this.#wake();
    return output;
  }

  /** Lets the sequence keep its row, once it has one, until it is released. */
  hold(sequence: Sequence): void {
    sequence.held = true;
  }

  release(sequence: Sequence): void {
    sequence.held = false;
    this.#wake();
  }

  /** Gives the sequence's row to others. What it still waits for is refused. */
  close(sequence: Sequence): void {
    sequence.closed = true;
    this.#reject(closed(), (request) => request.sequence === sequence);
    this.#leave(sequence);
    this.release(sequence);
  }

  /** Refuses all that is waiting with `reason`, and resolves when nothing runs any more. */
  async stop(reason: Error): Promise<void> {
    this.#stopped = reason;
    this.#reject(reason, () => true);
    await this.#working;
  }

  #reject(reason: Error, which: (request: Request) => boolean): void {
    for (const request of this.#waiting) if (which(request)) request.reject(reason);
    this.#waiting = this.#waiting.filter((request) => !which(request));
  }

  #wake(): void {
    if (this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    // What is asked for in the same turn of the event loop is seen together.
    await setImmediate();
    while (true) {
      const alone = this.#waiting.find((request) => isAlone(request) && this.#canHaveRow(request.sequence));
      if (alone) await this.#settle([alone], () => this.#readAlone(alone));
      else {
        const together = this.#waiting.filter((request) => !isAlone(request));
        if (together.length === 0) break;
        await this.#settle(together, () => this.#readTogether(together));
      }
      // Callers now sample from what they got, and ask for the next step.
      await setImmediate();
    }
    this.#busy = false;
  }

  async #settle(requests: readonly Request[], run: () => Promise<readonly Output[]>): Promise<void> {
    this.#waiting = this.#waiting.filter((request) => !requests.includes(request));
    try {
      const outputs = await run();
      for (const [i, { sequence, tokens, resolve, reject }] of requests.entries()) {
        sequence.append(tokens);
        if (sequence.closed) reject(closed());
        else resolve(at(outputs, i));
      }
    } catch (error) {
      for (const { sequence, reject } of requests) {
        // Nobody knows what the run has left in the row; next time the sequence is read again.
        this.#leave(sequence);
        reject(error);
      }
    }
  }

  async #readAlone({ sequence, tokens }: Request): Promise<Output[]> {
    const row = await this.#place(sequence);
    this.counts.prefills++;
    return [await this.#engine.run(this.#cache, sequence.tokens.length, tokens, row)];
  }

  async #readTogether(requests: readonly Request[]): Promise<Output[]> {
    this.#moveToFront(requests.map(({ sequence }) => sequence));
    const inRow = requests.toSorted((a, b) => rowOf(a.sequence) - rowOf(b.sequence));
    const tokens = inRow.map((request) => first(request.tokens));
    const lengths = inRow.map(({ sequence }) => sequence.tokens.length + 1);
    for (const { sequence } of inRow) this.#touch(sequence);
    // A row that only fills up writes behind the tokens of its own sequence, where the next run overwrites it.
    while (tokens.length < this.#engine.smallestBatch) {
      lengths.push((this.#rows[tokens.length]?.tokens.length ?? 0) + 1);
      tokens.push(0);
    }
    this.counts.steps++;
    this.counts.stepRows += inRow.length;
    const rows = requests.map(({ sequence }) => rowOf(sequence));
    const outputs = await this.#engine.step(this.#cache, tokens, lengths);
    return rows.map((row) => at(outputs, row));
  }

  /** Brings sequences into the first rows. Who was there takes the rows that become free. */
  #moveToFront(sequences: readonly Sequence[]): void {
    const outside = sequences.filter((sequence) => rowOf(sequence) >= sequences.length);
    for (const row of sequences.keys()) {
      const leaver = this.#rows[row];
      if (leaver && sequences.includes(leaver)) continue;
      // There are as many outside as rows that are not theirs.
      const comer = outside.pop();
      if (!comer) return;
      const other = rowOf(comer);
      this.#cache.exchange(row, other, Math.max(comer.tokens.length, leaver?.tokens.length ?? 0));
      this.#seat(comer, row);
      this.#rows[other] = undefined;
      if (leaver) this.#seat(leaver, other);
    }
  }

  #seat(sequence: Sequence, row: number): void {
    this.#rows[row] = sequence;
    sequence.row = row;
  }

  #canHaveRow(sequence: Sequence): boolean {
    return sequence.row !== undefined || this.#rows.includes(undefined) || this.#idle() !== undefined;
  }

  /** The sequence that has been idle longest. */
  #idle(): Sequence | undefined {
    const waiting = new Set(this.#waiting.map(({ sequence }) => sequence));
    return [...this.#residents].find((sequence) => !sequence.held && !waiting.has(sequence));
  }

  /** The row of a sequence; one that has none gets one, and is read into it again. */
  async #place(sequence: Sequence): Promise<number> {
    const idle = this.#idle();
    if (sequence.row === undefined && !this.#rows.includes(undefined) && idle) this.#leave(idle);
    this.#touch(sequence);
    if (sequence.row !== undefined) return sequence.row;
    const row = this.#rows.indexOf(undefined);
    this.#seat(sequence, row);
    if (sequence.runs.length > 0) this.counts.restored++;
    for (const { past, tokens } of sequence.runs) await this.#engine.run(this.#cache, past, tokens, row);
    return row;
  }

  #touch(sequence: Sequence): void {
    this.#residents.delete(sequence);
    this.#residents.add(sequence);
  }

  #leave(sequence: Sequence): void {
    if (sequence.row !== undefined) this.#rows[sequence.row] = undefined;
    sequence.row = undefined;
    this.#residents.delete(sequence);
  }
}

const closed = () => new Error('the conversation has been closed');

/** The row of a sequence that has one. */
function rowOf({ row }: Sequence): number {
  if (row === undefined) throw new Error('a sequence has no row of the cache');
  return row;
}

/** Whether a request is a prompt, or of a sequence that has to be brought back first. */
function isAlone({ sequence, tokens }: Request): boolean {
  return tokens.length > 1 || sequence.tokens.length === 0 || sequence.row === undefined;
}
