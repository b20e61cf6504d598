import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { BadInput, InterbrainError } from '../errors.ts';
import type { StudyEvent } from '../studies/events.ts';
import type { errorSchema } from './documents.ts';
import type { ErrorDocument } from './error-document.ts';
import { eventLineSchema } from './event-lines.ts';
import { createJsonReader, createQuietReader, type EventLine } from './json-reader.ts';

const sink = () => {
  const lines: string[] = [];
  return { lines, write: (text: string) => lines.push(text) };
};

/** One event of every type. */
const EVENTS: {
  readonly [Type in StudyEvent['type']]: StudyEvent & { readonly type: Type };
} = {
  'run-begins': {
    type: 'run-begins',
    study: 'small',
    run: 'runs/small',
    stages: [{ stage: 'episodes', unit: 'episodes', total: 16, tasks: 16 }],
  },
  'stage-begins': {
    ...{ type: 'stage-begins', stage: 'episodes', unit: 'episodes', total: 16, tasks: 16 },
    ...{ index: 1, of: 1, skipped: 0 },
  },
  progress: { type: 'progress', stage: 'episodes', unit: 'episodes', done: 3, total: 16, skipped: 0 },
  preparing: {
    ...{ type: 'preparing', what: 'download llama', done: 1, total: 2, skipped: 0 },
    ...{ unit: 'bytes', detail: 'model.safetensors' },
  },
  'task-done': { type: 'task-done', stage: 'episodes', task: 'episodes/a+b/0/x.json' },
  'task-skipped': { type: 'task-skipped', stage: 'episodes', task: 'episodes/a+b/0/x.json' },
  'task-failed': { type: 'task-failed', stage: 'episodes', task: 'episodes/a+b/0/x.json', message: 'no' },
  turn: {
    ...{ type: 'turn', models: ['a', 'b'], seed: 0, interaction: 'x', round: 1, seat: 'A' },
    ...{ speaker: 'Ada', text: 'A line\nand "another" \u2028 \ud800' },
  },
  worker: {
    ...{ type: 'worker', worker: 'gpu1:4242', does: 'lost', stage: 'measure', what: 'a+b A->B' },
    message: 'the disk is full',
  },
  warning: { type: 'warning', message: 'toys' },
  'stage-ends': {
    ...{ type: 'stage-ends', stage: 'episodes', outcome: 'done', made: 16, skipped: 0, failed: 0 },
    seconds: 1.23456789012345,
  },
  'run-ends': {
    type: 'run-ends',
    outcome: 'done',
    exitCode: 0,
    seconds: 2,
    failed: [],
    report: 'index.html',
  },
};

it('writes every event as one line that the schema knows, with the time first', () => {
  const out = sink();
  const { on, close } = createJsonReader(out, undefined, () => new Date(0));
  for (const event of Object.values(EVENTS)) on(event);
  close();
  const lines = out.lines.map((line) => {
    expect(line).toMatch(/^\{"time":"1970-01-01T00:00:00.000Z","type":[^\n]*\}\n$/);
    return eventLineSchema.parse(JSON.parse(line));
  });
  expect(lines).toHaveLength(Object.keys(EVENTS).length);
  expect(lines).toContainEqual(expect.objectContaining({ seconds: 1.23456789012345 }));
});

it('has a schema of just the lines there are', () => {
  expectTypeOf<EventLine>().toExtend<z.input<typeof eventLineSchema>>();
  expectTypeOf<z.output<typeof eventLineSchema>>().toExtend<EventLine>();
  expectTypeOf<ErrorDocument>().toExtend<z.input<typeof errorSchema>>();
});

it('tells progress ten times a second at most, in order, and its last in any case', () => {
  const out = sink();
  let time = 0;
  const { on, close } = createJsonReader(out, undefined, () => new Date(time));
  for (let done = 1; done <= 990; done++) {
    time += 1;
    on({ ...EVENTS.progress, done, total: 1000 });
  }
  on(EVENTS['task-done']);
  for (let done = 991; done <= 995; done++) on({ ...EVENTS.progress, done, total: 1000 });
  close();
  const lines = out.lines.map((line) => eventLineSchema.parse(JSON.parse(line)));
  const counts = lines.map((line) => ('done' in line ? line.done : line.type));
  expect(counts.length).toBeLessThan(15);
  expect(counts.slice(-3)).toEqual([990, 'task-done', 995]);
  expect(lines.map((line) => line.time)).toEqual(lines.map((line) => line.time).toSorted());
});

it('does not hold back the end of a count', () => {
  const out = sink();
  const { on } = createJsonReader(out, undefined, () => new Date(0));
  for (const done of [14, 15, 16]) on({ ...EVENTS.progress, done });
  expect(out.lines.map((line) => JSON.parse(line).done)).toEqual([14, 16]);
});

it('keeps stdout for lines, and says warnings and failures to people as well', () => {
  const [out, err] = [sink(), sink()];
  const { on, say } = createJsonReader(out, err);
  for (const event of Object.values(EVENTS)) on(event);
  say('Stopping');
  expect(out.lines).toHaveLength(Object.keys(EVENTS).length);
  expect(err.lines).toEqual(['episodes/a+b/0/x.json: no\n', 'Warning: toys\n', 'Stopping\n']);
});

it.each<[unknown, ErrorDocument['error']]>([
  [
    new BadInput('study.yaml:3:1 pairs', 'is empty'),
    {
      kind: 'BadInput',
      message: 'study.yaml:3:1 pairs: is empty',
      where: 'study.yaml:3:1 pairs',
      exitCode: 2,
    },
  ],
  [new TypeError('x is not a function'), { kind: 'Bug', message: 'x is not a function', exitCode: 1 }],
])('ends with the error that ended the run', (error, expected) => {
  const out = sink();
  const { on, fail } = createJsonReader(out, undefined, () => new Date(0));
  on(EVENTS.progress);
  on({ ...EVENTS.progress, done: 4 });
  fail(error);
  const last = eventLineSchema.parse(JSON.parse(out.lines.at(-1) ?? ''));
  expect(last).toEqual({ time: '1970-01-01T00:00:00.000Z', type: 'error', error: expected });
  expect(JSON.parse(out.lines.at(-2) ?? '')).toMatchObject({ done: 4 });
  expect(error instanceof InterbrainError).toBe(expected.kind !== 'Bug');
});

it('for a document, says warnings alone', () => {
  const err = sink();
  const { on, say } = createQuietReader(err);
  for (const event of Object.values(EVENTS)) on(event);
  say('No folder here');
  expect(err.lines).toEqual(['Warning: toys\n']);
});
