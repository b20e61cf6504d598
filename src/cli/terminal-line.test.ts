import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StudyEvent } from '../studies/events.ts';
import { widthOf } from './display-width.ts';
import type { Environment } from './output.ts';
import { createTerminalReader } from './terminal-line.ts';

/**
 * As much of a terminal as the reader uses: lines that are broken into rows of its width, anew when that changes, and
 * a cursor in the last of them.
 */
class Terminal {
  readonly isTTY = true;
  columns: number;
  readonly lines: string[] = [];
  readonly written: string[] = [];
  #listener: (() => void) | undefined;
  #current = '';
  /** Row of the current line in which the cursor is; the last one if undefined. */
  #row: number | undefined;

  constructor(columns: number) {
    this.columns = columns;
  }

  on(_: 'resize', listener: () => void) {
    this.#listener = listener;
  }

  off() {
    this.#listener = undefined;
  }

  get watched() {
    return this.#listener !== undefined;
  }

  resize(columns: number) {
    this.columns = columns;
    this.#listener?.();
  }

  /** What is seen, the line under way included. */
  get seen() {
    return [...this.lines, this.#current];
  }

  write(text: string) {
    this.written.push(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what this is about
    for (const [part] of text.matchAll(/\r|\n|\u001b\[\d*[A-Z]|[^\r\n\u001b]+/g)) this.#take(part);
  }

  #take(part: string) {
    const columns = this.columns || 80;
    const last = Math.max(0, Math.ceil(widthOf(this.#current) / columns) - 1);
    if (part === '\n') {
      this.lines.push(this.#current);
      this.#current = '';
      this.#row = undefined;
    } else if (part === '\r') this.#row ??= last;
    else if (part.endsWith('A')) this.#row = (this.#row ?? last) - Number(part.slice(2, -1));
    else if (part === '\u001b[2K' || part === '\u001b[J')
      this.#current = [...this.#current].slice(0, (this.#row ?? last) * columns).join('');
    else {
      this.#current += part;
      this.#row = undefined;
    }
  }
}

class Pipe {
  text = '';
  write(text: string) {
    this.text += text;
  }
}

let time = 0;
const now = () => time;
beforeEach(() => {
  time = 0;
});
afterEach(() => vi.useRealTimers());

const read = (out: Terminal | Pipe, env: Environment = { TERM: 'xterm' }) => {
  const err = new Pipe();
  return { ...createTerminalReader(out, err, env, now), err };
};

const begins = (stage: string, unit: string, total: number, index: number, skipped = 0): StudyEvent => ({
  ...{ type: 'stage-begins', stage, unit, total, tasks: total, index, of: 2, skipped },
});
const progress = (stage: string, unit: string, done: number, total: number, skipped = 0): StudyEvent => ({
  ...{ type: 'progress', stage, unit, done, total, skipped },
});
const ends = (stage: string, seconds: number, made: number): StudyEvent => ({
  ...{ type: 'stage-ends', stage, outcome: 'done', made, skipped: 0, failed: 0, seconds },
});
const PLANNED = [
  { stage: 'episodes', unit: 'episodes', total: 100, tasks: 100 },
  { stage: 'measure', unit: 'layer pairs', total: 72, tasks: 2 },
];

/** A run of two stages, each step taking half a second. */
function wholeRun(on: (event: StudyEvent) => void, after: () => void = () => {}) {
  on({ type: 'run-begins', study: 'small', run: 'runs/small', stages: PLANNED });
  on(begins('episodes', 'episodes', 100, 1));
  for (let done = 1; done <= 100; done++) {
    time += 0.5;
    on(progress('episodes', 'episodes', done, 100));
    after();
  }
  on(ends('episodes', 50, 100));
  on(begins('measure', 'layer pairs', 72, 2, 36));
  time += 2;
  on(progress('measure', 'layer pairs', 72, 72, 36));
  on(ends('measure', 2, 1));
  time += 1;
  on({ type: 'run-ends', outcome: 'done', exitCode: 0, seconds: 53, failed: [] });
}

const LASTING = [
  'episodes 100/100 · 50 s · 2.0/s',
  'layer pairs 72/72 (36 done before) · 2 s · 18.0/s',
  '2 stages · run 53 s',
];

describe('on a terminal', () => {
  it('writes one line over and over, leaves one for every stage, and the time of the whole run', () => {
    const out = new Terminal(100);
    const { on, close, err } = read(out);
    const lines = new Set<string>();
    wholeRun(on, () => lines.add(out.seen.at(-1) ?? ''));
    close();
    expect(out.seen).toEqual([...LASTING, '']);
    expect(lines).toContain('stage 1 of 2 · episodes 50/100 · 2.0/s · 25 s left · run 25 s');
    expect(err.text).toBe('');
  });

  it.each([0, 1, 2, 5, 20, 40])('of %i columns keeps to one row', (columns) => {
    const out = new Terminal(columns);
    const { on, close } = read(out);
    let widest = 0;
    wholeRun(on, () => {
      const line = out.seen.at(-1) ?? '';
      widest = Math.max(widest, widthOf(line));
      expect(out.lines).toEqual([]);
    });
    close();
    expect(widest).toBeLessThan(columns || 80);
    if (columns > 1 || columns === 0) expect(widest).toBeGreaterThan(0);
    expect(out.seen).toEqual([...LASTING, '']);
  });

  it('that does not know its width counts as one of 80 columns', () => {
    const out = new Terminal(100);
    Object.defineProperty(out, 'columns', { value: undefined });
    const { on, close } = read(out);
    on(begins('a-stage-with-a-long-name', 'of which there are many results, more than fit', 100, 1));
    time = 1;
    on(progress('a-stage-with-a-long-name', 'of which there are many results, more than fit', 50, 100));
    expect(out.seen.at(-1)).toMatch(/^stage 1 of 2 · of which .* 50\/100 · 1 s left$/);
    close();
  });

  it('that becomes narrower, or wider, is rewritten at once and without remains', () => {
    const out = new Terminal(100);
    const { on, close } = read(out);
    on(begins('measure', 'layer pairs', 4800, 1, 300));
    time = 3;
    on(progress('measure', 'layer pairs', 1200, 4800, 300));
    const long = 'stage 1 of 2 · layer pairs 1200/4800 (300 done before) · 300/s · 12 s left · run 3 s';
    expect(out.seen).toEqual([long]);
    out.resize(30);
    expect(out.seen).toEqual(['layer pairs 1200/4800']);
    out.resize(100);
    expect(out.seen).toEqual([long]);
    close();
    expect(out.watched).toBe(false);
  });

  it('shows that time goes by when nothing is told', () => {
    vi.useFakeTimers();
    const out = new Terminal(100);
    const { on, close } = read(out);
    on(begins('episodes', 'episodes', 10, 1));
    time = 5;
    vi.advanceTimersByTime(1000);
    expect(out.seen.at(-1)).toBe('stage 1 of 2 · episodes 0/10 · run 5 s');
    close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('prints warnings and failures above the line, and of many failures the first', () => {
    const out = new Terminal(100);
    const { on, close, err } = read(out);
    on(begins('judgements', 'judgements', 9, 1));
    on({ type: 'warning', message: 'toys' });
    expect(out.seen).toEqual(['']);
    for (let i = 1; i <= 7; i++)
      on({ type: 'task-failed', stage: 'judgements', task: `evaluation/${i}.json`, message: 'no answer' });
    time = 2;
    on(progress('judgements', 'judgements', 2, 9));
    expect(out.seen).toEqual(['stage 1 of 2 · judgements 2/9 · 1.0/s · 7 s left · run 2 s']);
    const counts = { made: 2, skipped: 0, failed: 7, seconds: 2, message: 'no answer' };
    on({ type: 'stage-ends', stage: 'judgements', outcome: 'failed', ...counts });
    close();
    expect(out.seen).toEqual(['judgements 2/9 · 7 failed · 2 s · 1.0/s', '']);
    expect(err.text.split('\n')).toEqual([
      'Warning: toys',
      ...[1, 2, 3, 4, 5].map((i) => `evaluation/${i}.json: no answer`),
      '  and 2 more',
      '',
    ]);
  });

  it('names a stage that is left out, with the reason', () => {
    const out = new Terminal(100);
    const { on, close } = read(out);
    on(begins('correlation', 'correlations', 1, 2));
    const message = 'the stage judgements, which it needs, has failed';
    const counts = { made: 0, skipped: 0, failed: 0, seconds: 0 };
    on({ type: 'stage-ends', stage: 'correlation', outcome: 'left out', ...counts, message });
    close();
    expect(out.seen).toEqual([`correlation left out: ${message}`, '']);
  });

  it('leaves the line of a run that was stopped', () => {
    const out = new Terminal(100);
    const { on, say, close, err } = read(out);
    on(begins('episodes', 'episodes', 10, 1));
    time = 1;
    on(progress('episodes', 'episodes', 2, 10));
    on({ type: 'run-ends', outcome: 'stopped', exitCode: 130, seconds: 1, failed: [] });
    close();
    say('Stopped.');
    expect(out.seen).toEqual(['stage 1 of 2 · episodes 2/10 · 2.0/s · 4 s left · run 1 s', '']);
    expect(err.text).toBe('Stopped.\n');
  });
});

describe('in a pipe, a file, on a dumb terminal and under CI', () => {
  it.each<[string, Terminal | Pipe, Environment]>([
    ['pipe', new Pipe(), { TERM: 'xterm' }],
    ['dumb terminal', new Terminal(80), { TERM: 'dumb' }],
    ['terminal of a CI', new Terminal(80), { TERM: 'xterm', CI: 'true' }],
  ])('prints to a %s a line every 10 s and at the end of a stage, without escape codes', (_, out, env) => {
    const { on, close } = read(out, env);
    wholeRun(on);
    close();
    const text = out instanceof Pipe ? out.text : out.written.join('');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what this is about
    expect(text).not.toMatch(/[\u001b\r]/);
    const lines = text.trimEnd().split('\n');
    expect(
      lines.filter((line) => line.startsWith('stage 1 of 2')).map((line) => line.split(' · ')[1]),
    ).toEqual([
      'episodes 20/100',
      'episodes 40/100',
      'episodes 60/100',
      'episodes 80/100',
      'episodes 100/100',
    ]);
    expect(lines.filter((line) => !line.startsWith('stage'))).toEqual(LASTING);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it.each(['', '0', 'false'])('CI=%s is no CI', (CI) => {
    const out = new Terminal(80);
    const { on, close } = read(out, { TERM: 'xterm', CI });
    on(begins('episodes', 'episodes', 10, 1));
    expect(out.written[0]).toContain('\u001b[2K');
    close();
  });
});

describe('commands that have one stage', () => {
  it('begin it with its first progress and end it, once, with its last', () => {
    const out = new Terminal(100);
    const { on, close } = read(out);
    for (const done of [0, 36, 72, 72]) {
      time += 1;
      on(progress('measure', 'layer pairs', done, 72));
    }
    close();
    expect(out.seen).toEqual(['layer pairs 72/72 · 2 s · 36.0/s', '']);
  });

  it('say that models are made ready, once each, and do not count that as work', () => {
    const out = new Terminal(120);
    const { on, close } = read(out);
    const download = (what: string, done: number): StudyEvent => ({
      ...{ type: 'preparing', what, done, total: 100e6, skipped: 0, unit: 'bytes' },
      detail: 'model.safetensors',
    });
    on(begins('episodes', 'episodes', 10, 1));
    on(download('download llama', 0));
    time = 10;
    on(download('download llama', 50e6));
    expect(out.seen.at(-1)).toBe('download llama 50 MB/100 MB · 5 MB/s · 10 s left · model.safetensors');
    time = 20;
    on(download('download llama', 100e6));
    on(download('download llama', 100e6));
    time = 22;
    on(progress('episodes', 'episodes', 4, 10));
    expect(out.seen).toEqual([
      'download llama 100 MB/100 MB · 20 s · 5 MB/s',
      'stage 1 of 2 · episodes 4/10 · 2.0/s · 3 s left · run 22 s',
    ]);
    close();
  });
});
