// Lets many conversations share one engine. A prompt is read alone, since ONNX Runtime's attention takes a prompt
// with a past at batch size 1 only; single tokens, which is what replies are made of, are read together.
// Prompts go first: the sooner they are read, the more rows the next steps have.
//
// There may be more conversations than rows. Then the one that has been idle longest gives up its row and is read
// again when it speaks next. A conversation in the middle of a reply keeps its row until the reply is over, and needs
// nothing else to get there; so those that wait for a row always get one.
//
// What a conversation has left in its row stays there until another one gets the row. So a beginning that somebody has
// read in the same runs is copied, which leaves the same bits as reading it again.

import { setImmediate } from 'node:timers/promises';
import { at, first } from '../../numerics/lookup.ts';
import type { Engine } from './engine.ts';
import type { RowIntervention } from './intervene.ts';
import type { KvCache, Output } from './kv-cache.ts';
import type { Branch } from './passage.ts';
import { beginsWith, type Run, Sequence } from './sequence.ts';

interface Request {
  readonly sequence: Sequence;
  /** What the sequence holds more when it is done. */
  readonly tokens: readonly number[];
  /** What is done to states on the way. Such a row is never copied, and comes back by the same doing. */
  readonly intervention?: RowIntervention | undefined;
  /** How it is done by itself, in the sequence's row; `from` is a row that has `begins` at its beginning. */
  readonly alone: (row: number, from?: number) => Promise<unknown>;
  /** Whether it can be done with others: one token, of which the output is asked for. */
  readonly together: boolean;
  /** How the sequence begins, if that can be taken from another row. */
  readonly begins?: readonly Run[];
  /** Takes what the engine gave, which is what the caller waits for. */
  readonly resolve: (result: unknown) => void;
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
  /** Tokens that were copied instead of being read. */
  copied: number;
}

export class Scheduler {
  readonly counts: SchedulerCounts = { prefills: 0, steps: 0, stepRows: 0, restored: 0, copied: 0 };
  readonly #engine: Engine;
  readonly #cache: KvCache;
  /** Who has each row. */
  readonly #rows: (Sequence | undefined)[];
  /** The same sequences, the one used last at the end. */
  readonly #residents = new Set<Sequence>();
  /** What those have left who have gone, by row; the row left last at the end. */
  readonly #left = new Map<number, readonly Run[]>();
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
   * @param intervention what is done to states on the way
   * @returns views that hold until the caller awaits something else
   * @throws ModelFailure if ONNX Runtime fails
   */
  read(
    sequence: Sequence,
    past: number,
    tokens: readonly number[],
    intervention?: RowIntervention,
  ): Promise<Output> {
    sequence.truncate(past);
    const alone = (row: number) => this.#engine.run(this.#cache, past, tokens, row, intervention);
    return this.#ask({ sequence, tokens, intervention, alone, together: tokens.length === 1 });
  }

  /**
   * Reads the beginning of an empty sequence, of which nothing is asked. If another sequence has begun so, and what it
   * has read is still in memory, it is copied from there.
   *
   * @returns how many of the tokens were copied: all or none
   */
  begin(sequence: Sequence, tokens: readonly number[]): Promise<number> {
    const alone = (row: number, from?: number) => this.#readOrCopy(tokens, row, from);
    return this.#ask({ sequence, tokens, alone, together: false, begins: [{ past: 0, tokens }] });
  }

  /** As `read`, of several places and without logits; see `Engine.readPlaces`. */
  readPlaces(
    sequence: Sequence,
    past: number,
    tokens: readonly number[],
    places: readonly number[],
  ): Promise<Float32Array[]> {
    sequence.truncate(past);
    const alone = (row: number) => this.#engine.readPlaces(this.#cache, past, tokens, places, row);
    return this.#ask({ sequence, tokens, alone, together: false });
  }

  /** Reads what leaves the sequence, which stays as it is; see `Engine.readBranches`. */
  readBranches(sequence: Sequence, branches: readonly Branch[]): Promise<Float32Array[]> {
    const { length } = sequence.tokens;
    const alone = (row: number) => this.#engine.readBranches(this.#cache, length, branches, row);
    return this.#ask({ sequence, tokens: [], alone, together: false });
  }

  /** Longest sequence that can have branches, these included, tokens; 0 if none can. */
  get longestWithBranches(): number {
    return this.#engine.longestWithBranches;
  }

  #ask<Result>(request: Omit<Request, 'resolve' | 'reject'>): Promise<Result> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (request.sequence.closed) return Promise.reject(closed());
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ ...request, resolve: (value) => resolve(value as Result), reject });
    });
    this.#wake();
    return result;
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
        const steps = this.#waiting.filter((request) => !isAlone(request));
        // Rows in which something is done take another graph than the others, whose numbers stay what they are.
        const changed = steps[0]?.intervention !== undefined;
        const together = steps.filter(({ intervention }) => (intervention !== undefined) === changed);
        if (together.length === 0) break;
        await this.#settle(together, () => this.#readTogether(together));
      }
      // Callers now sample from what they got, and ask for the next step.
      await setImmediate();
    }
    this.#busy = false;
  }

  async #settle(requests: readonly Request[], run: () => Promise<readonly unknown[]>): Promise<void> {
    this.#waiting = this.#waiting.filter((request) => !requests.includes(request));
    try {
      const outputs = await run();
      for (const [i, { sequence, tokens, intervention, resolve, reject }] of requests.entries()) {
        sequence.append(tokens, intervention);
        if (sequence.closed) reject(closed());
        else resolve(outputs[i]);
      }
    } catch (error) {
      for (const { sequence, reject } of requests) {
        // Nobody knows what the run has left in the row; next time the sequence is read again.
        const { row } = sequence;
        this.#leave(sequence);
        if (row !== undefined) this.#left.delete(row);
        reject(error);
      }
    }
  }

  async #readAlone({ sequence, alone, begins }: Request): Promise<unknown[]> {
    const from = begins && this.#rowThatBegins(begins);
    const row = await this.#place(sequence, from);
    this.counts.prefills++;
    return [await alone(row, from)];
  }

  async #readOrCopy(tokens: readonly number[], row: number, from: number | undefined): Promise<number> {
    if (from === undefined) {
      await this.#engine.readPlaces(this.#cache, 0, tokens, [], row);
      return 0;
    }
    if (from !== row) this.#cache.copy(from, row, tokens.length);
    this.counts.copied += tokens.length;
    return tokens.length;
  }

  /** A row that begins with these runs; rather one that nobody has, where nothing needs to be copied. */
  #rowThatBegins(runs: readonly Run[]): number | undefined {
    const rows = [...this.#left.keys(), ...this.#rows.keys()];
    return rows.find((row) => beginsWith(this.#rows[row]?.runs ?? this.#left.get(row) ?? [], runs));
  }

  async #readTogether(requests: readonly Request[]): Promise<Output[]> {
    this.#moveToFront(requests.map(({ sequence }) => sequence));
    const inRow = requests.toSorted((a, b) => rowOf(a.sequence) - rowOf(b.sequence));
    const tokens = inRow.map((request) => first(request.tokens));
    const lengths = inRow.map(({ sequence }) => sequence.tokens.length + 1);
    for (const { sequence } of inRow) this.#touch(sequence);
    // A row that only fills up writes behind the tokens of its own sequence, where the next run overwrites it.
    while (tokens.length < this.#engine.smallestBatch) {
      lengths.push(this.#lengthOf(tokens.length) + 1);
      tokens.push(0);
    }
    this.counts.steps++;
    this.counts.stepRows += inRow.length;
    const rows = requests.map(({ sequence }) => rowOf(sequence));
    const changes = inRow.map(({ intervention }) => intervention);
    const interventions = changes.some((one) => one !== undefined)
      ? tokens.map((_, row) => changes[row])
      : undefined;
    const outputs = await this.#engine.step(this.#cache, tokens, lengths, interventions);
    return rows.map((row) => at(outputs, row));
  }

  /** Tokens of a row that are of use to somebody. */
  #lengthOf(row: number): number {
    const runs = this.#rows[row]?.runs ?? this.#left.get(row) ?? [];
    return runs.reduce((_, { past, tokens }) => past + tokens.length, 0);
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
      this.#left.delete(other);
      if (leaver) this.#seat(leaver, other);
    }
  }

  #seat(sequence: Sequence, row: number): void {
    this.#rows[row] = sequence;
    this.#left.delete(row);
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

  /** The row of a sequence; one that has none gets one, `wanted` if it is free, and is read into it again. */
  async #place(sequence: Sequence, wanted?: number): Promise<number> {
    const idle = this.#idle();
    if (sequence.row === undefined && !this.#rows.includes(undefined) && idle) this.#leave(idle);
    this.#touch(sequence);
    if (sequence.row !== undefined) return sequence.row;
    const free = [...this.#rows.keys()].filter((row) => this.#rows[row] === undefined);
    // What was left last is the likeliest to be asked for again.
    const unused = free.find((row) => !this.#left.has(row)) ?? first([...this.#left.keys()]);
    const row = wanted !== undefined && free.includes(wanted) ? wanted : unused;
    this.#seat(sequence, row);
    if (sequence.runs.length > 0) this.counts.restored++;
    for (const { past, tokens, intervention } of sequence.runs)
      await this.#engine.run(this.#cache, past, tokens, row, intervention);
    return row;
  }

  #touch(sequence: Sequence): void {
    this.#residents.delete(sequence);
    this.#residents.add(sequence);
  }

  #leave(sequence: Sequence): void {
    if (sequence.row !== undefined) {
      this.#rows[sequence.row] = undefined;
      this.#left.set(sequence.row, [...sequence.runs]);
    }
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

/** Whether a request is done by itself, or is of a sequence that has to be brought back first. */
function isAlone({ sequence, together }: Request): boolean {
  return !together || sequence.tokens.length === 0 || sequence.row === undefined;
}
