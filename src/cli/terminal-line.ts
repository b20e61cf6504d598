// A person reads a study's events: on a terminal as one line that is written over, elsewhere as a line now and then.
// What a stage came to stays. Nothing is printed twice.

import type { StageBegins, StageEnds, StudyEvent, WorkerEvent } from '../studies/events.ts';
import { canRewrite, type Environment, type Output, RewrittenLine } from './output.ts';
import { duration, lastingLine, liveLine, type Work } from './progress-line.ts';
import type { Reader } from './reader.ts';

/** Seconds between two lines that a terminal shows, and that a log does. */
const REDRAW = 0.1;
const LOG_EVERY = 10;

/** Failures of one stage that are told one by one. */
const TOLD_FAILURES = 5;

/** A stage, or a model that is made ready, as far as it is. */
interface Running {
  readonly key: string;
  /** Where and how far it is, the times aside. */
  work: Omit<Work, 'seconds'>;
  readonly begun: number;
  /** Seconds of it that went into making models ready. */
  lost: number;
  /** Tasks that failed. */
  failed: number;
  /** Nothing says where it ends but its count. */
  readonly open: boolean;
  /** Its lasting line is printed. */
  over: boolean;
}

class TerminalReader implements Reader {
  readonly #out: Output;
  readonly #err: Output;
  readonly #now: () => number;
  readonly #line: RewrittenLine | undefined;
  #timer: NodeJS.Timeout | undefined;
  #runBegun: number | undefined;
  #stages = 0;
  #stage: Running | undefined;
  /** Models that are or were made ready, and the one that this is done to now. */
  readonly #preparations = new Map<string, Running>();
  #preparing: Running | undefined;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(out: Output, err: Output, env: Environment, now: () => number) {
    this.#out = out;
    this.#err = err;
    this.#now = now;
    if (canRewrite(out, env)) this.#line = new RewrittenLine(out);
    if (this.#line) out.on?.('resize', this.#redraw);
  }

  readonly on = (event: StudyEvent): void => {
    this.#runBegun ??= this.#now();
    if (event.type === 'run-begins') this.#stages = event.stages.length;
    else if (event.type === 'stage-begins') this.#beginStage(event);
    else if (event.type === 'progress') this.#progress(event);
    else if (event.type === 'preparing') this.#prepare(event);
    else if (event.type === 'task-failed') this.#noteFailure(event);
    else if (event.type === 'warning') this.say(`Warning: ${event.message}`);
    else if (event.type === 'worker') this.#tellWorker(event);
    else if (event.type === 'stage-ends') this.#endStage(event);
    else if (event.type === 'run-ends') this.#endRun(event);
  };

  readonly say = (text: string): void => {
    this.#line?.clear();
    this.#err.write(`${text}\n`);
  };

  readonly fail = (): void => {};

  readonly close = (): void => {
    this.#line?.leave();
    this.#stage = undefined;
    this.#preparing = undefined;
    clearInterval(this.#timer);
    this.#out.off?.('resize', this.#redraw);
  };

  #beginStage({ stage, unit, total, skipped, index, of }: StageBegins): void {
    const place = of > 1 ? { place: { index, of } } : {};
    this.#begin({ label: unit, done: skipped, total, skipped, ...place }, stage, false);
    this.#show();
  }

  /** A stage of a command that has no others begins with its first progress, and ends with its last. */
  #progress({ stage, unit, done, total, skipped, detail }: Extract<StudyEvent, { type: 'progress' }>): void {
    if (this.#stage?.key !== stage) this.#begin({ label: unit, done: 0, total, skipped }, stage, true);
    const running = this.#stage;
    if (running === undefined || running.over) return;
    this.#preparing = undefined;
    running.work = { ...running.work, done, total, skipped, detail };
    if (running.open && done >= total) this.#end(running);
    else this.#show();
  }

  #begin(work: Omit<Work, 'seconds'>, key: string, open: boolean): void {
    this.#stage = { key, work, begun: this.#now(), lost: 0, failed: 0, open, over: false };
    this.#preparing = undefined;
    this.#shown = this.#line ? Number.NEGATIVE_INFINITY : this.#now();
    if (this.#line) this.#timer ??= setInterval(this.#redraw, 1000).unref();
  }

  #prepare({ what, done, total, skipped, detail }: Extract<StudyEvent, { type: 'preparing' }>): void {
    const work = { label: what, done, total, skipped, bytes: true, detail };
    const known = this.#preparations.get(what);
    // The end may be told more than once.
    if (known?.over && done >= total) return;
    const begins = { key: what, begun: this.#now(), lost: 0, failed: 0, open: true, over: false };
    const running = known && !known.over ? known : { ...begins, work };
    running.work = work;
    this.#preparations.set(what, running);
    this.#preparing = running;
    if (done < total) {
      this.#show();
      return;
    }
    this.#end(running);
    if (this.#stage) this.#stage.lost += this.#now() - running.begun;
  }

  /** Prints what stays of a stage or of a model made ready. */
  #end(running: Running): void {
    running.over = true;
    this.#print(lastingLine(this.#workOf(running)));
  }

  #endStage({ stage, outcome, seconds, failed, message }: StageEnds): void {
    const running = this.#stage;
    if (running?.key !== stage || running.over) return;
    running.over = true;
    const more = running.failed - TOLD_FAILURES;
    if (more > 0) this.say(`  and ${more} more`);
    const work = this.#workOf(running);
    // The last progress of a stage may stand before its end.
    const whole = outcome === 'done' ? { ...work, done: work.total } : work;
    if (outcome === 'left out') this.#print(`${stage} left out: ${message ?? 'it cannot be made'}`);
    else this.#print(lastingLine(whole, seconds, failed));
  }

  #noteFailure({ stage, task, message }: Extract<StudyEvent, { type: 'task-failed' }>): void {
    if (this.#stage?.key !== stage) return;
    this.#stage.failed++;
    if (this.#stage.failed <= TOLD_FAILURES) this.say(`${task}: ${message}`);
  }

  /** What each takes is for `status` and `--json`: of many workers it would be line after line. */
  #tellWorker({ worker, does, what, message }: WorkerEvent): void {
    const why = message === undefined ? '' : `: ${message}`;
    if (does === 'lost') this.say(`worker ${worker} has lost ${what ?? 'its job'}${why}`);
    else if (does !== 'took') this.#print(`worker ${worker} ${does}${why}`);
  }

  #endRun({ outcome, seconds }: Extract<StudyEvent, { type: 'run-ends' }>): void {
    // A run that was stopped leaves its line as it stands, and of one stage the time has been told.
    if (outcome === 'stopped') this.#line?.leave();
    else if (this.#stages > 1) this.#print(`${this.#stages} stages · run ${duration(seconds)}`);
  }

  #print(text: string): void {
    this.#line?.clear();
    this.#out.write(`${text}\n`);
    this.#shown = this.#now();
  }

  #workOf({ work, begun, lost }: Running): Work {
    const now = this.#now();
    const run = this.#runBegun === undefined ? 0 : now - this.#runBegun;
    return { ...work, seconds: now - begun - lost, ...(work.place && { runSeconds: run }) };
  }

  /** Shows how far things are, unless that has just been done. */
  #show(): void {
    if (this.#now() - this.#shown >= (this.#line ? REDRAW : LOG_EVERY)) this.#redraw();
  }

  readonly #redraw = (): void => {
    const running = [this.#preparing, this.#stage].find((one) => one && !one.over);
    if (!running) return;
    this.#shown = this.#now();
    const work = this.#workOf(running);
    if (this.#line) this.#line.draw((room) => liveLine(work, room));
    else this.#out.write(`${liveLine(work)}\n`);
  };
}

/**
 * A reader for people. On a terminal it writes one line over and over, as wide as the terminal is just then; on one
 * that cannot do that (`TERM=dumb`), in a pipe, a file or under CI it writes a line every 10 s, without escape codes.
 * Colours are never used.
 *
 * @param out where progress goes
 * @param err where warnings and failures go
 * @param now seconds, from any beginning
 */
export function createTerminalReader(
  out: Output,
  err: Output,
  env: Environment = process.env,
  now: () => number = () => performance.now() / 1000,
): Reader {
  return new TerminalReader(out, err, env, now);
}
