// Programs read a study's events: one JSON object a line.

import type { StudyEvent } from '../studies/events.ts';
import { type ErrorDocument, errorDocument } from './error-document.ts';
import type { Output } from './output.ts';
import type { Reader } from './reader.ts';

/** A line of `interbrain run --json`: an event and when it was heard, or, as the last one, what ended the run. */
export type EventLine = { readonly time: string } & (
  | StudyEvent
  | ({ readonly type: 'error' } & ErrorDocument)
);

/** Milliseconds between two lines about one stage's progress, or one model that is made ready. */
const EVERY = 100;

/** What only the latest of is worth a line; undefined for what is told in any case. */
function supersededBy(event: StudyEvent): string | undefined {
  if (event.type === 'progress') return `progress ${event.stage}`;
  return event.type === 'preparing' ? `preparing ${event.what}` : undefined;
}

const isWhole = (event: StudyEvent) => 'done' in event && event.done >= event.total;

/**
 * A reader for programs: NDJSON, and nothing else, on `out`. Of `progress` and `preparing` there are ten lines a second
 * at most; the last of each is always there. Warnings and failures are told on `err` as well.
 */
export function createJsonReader(out: Output, err?: Output, now: () => Date = () => new Date()): Reader {
  let pending: EventLine | undefined;
  let told = { key: '', time: 0 };
  const write = (line: EventLine) => out.write(`${JSON.stringify(line)}\n`);
  const flush = () => {
    if (pending) write(pending);
    pending = undefined;
  };
  const say = (text: string) => err?.write(`${text}\n`);
  return {
    on(event) {
      const at = now();
      const line = { time: at.toISOString(), ...event };
      const key = supersededBy(event);
      if (key !== undefined && key === told.key && at.getTime() - told.time < EVERY && !isWhole(event)) {
        pending = line;
        return;
      }
      if (key !== told.key) flush();
      pending = undefined;
      if (key !== undefined) told = { key, time: at.getTime() };
      write(line);
      if (event.type === 'warning') say(`Warning: ${event.message}`);
      if (event.type === 'task-failed') say(`${event.task}: ${event.message}`);
    },
    say,
    fail(error) {
      flush();
      write({ time: now().toISOString(), type: 'error', ...errorDocument(error) });
    },
    close: flush,
  };
}

/** A reader for commands that print one JSON document at their end: warnings alone are told, on `err`. */
export function createQuietReader(err: Output): Reader {
  return {
    on(event) {
      if (event.type === 'warning') err.write(`Warning: ${event.message}\n`);
    },
    say: () => {},
    fail: () => {},
    close: () => {},
  };
}
