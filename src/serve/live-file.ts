// `live.ndjson` in a run's folder: what happens while it runs, an event a line, for whoever watches from another process or
// another machine. It is no result: a run begins it anew, and nothing else reads it.

import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyEvent } from '../studies/events.ts';
import type { LiveEvent } from '../view/live-state.ts';

export function livePath(run: string): string {
  return join(run, 'live.ndjson');
}

/** Milliseconds between two lines about how far one stage is. */
const EVERY = 1000;
/** Utterances are of use while they are new: beyond so many bytes of lines there are no more of them. */
const MOST_BYTES = 200e6;

export interface LiveWriter {
  readonly on: (event: StudyEvent) => void;
  readonly fail: (error: unknown) => void;
  readonly close: () => void;
}

/**
 * Writes the events of a run, each line whole. It is a convenience: where it cannot be written, the run goes on without it.
 *
 * @param run the run's folder
 */
export function createLiveWriter(run: string, now: () => Date = () => new Date()): LiveWriter {
  let file: number | undefined;
  let begun = false;
  let bytes = 0;
  const told = new Map<string, number>();
  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const write = (line: LiveEvent) => {
    if (file === undefined) return;
    try {
      bytes += writeSync(file, `${JSON.stringify(line)}\n`);
    } catch {
      close();
    }
  };
  /** With the first event, which comes once the run’s lock is ours: before, another run may be writing here. */
  const begin = () => {
    begun = true;
    try {
      mkdirSync(run, { recursive: true });
      file = openSync(livePath(run), 'a');
      ftruncateSync(file);
    } catch {
      file = undefined;
    }
  };
  return {
    on(event) {
      const at = now();
      if (!begun) begin();
      if (isSuperseded(event, told, at.getTime()) || (event.type === 'turn' && bytes > MOST_BYTES)) return;
      write({ time: at.toISOString(), ...event });
      if (event.type === 'run-ends') close();
    },
    fail: (error) => write({ type: 'error', time: now().toISOString(), message: String(error) }),
    close,
  };
}

/** What was there before is counted in `stage-begins`; of progress one line a second is enough, but for the last. */
function isSuperseded(event: StudyEvent, told: Map<string, number>, now: number): boolean {
  if (event.type === 'task-skipped') return true;
  if (event.type !== 'progress' && event.type !== 'preparing') return false;
  const key = event.type === 'progress' ? event.stage : event.what;
  if (event.done < event.total && now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < EVERY) return true;
  told.set(key, now);
  return false;
}
