// Follows `live.ndjson` as it grows. It is looked at again and again rather than watched: that works on any file system, over
// NFS and ssh too, and sees a file that is begun anew.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { fold, type LiveEvent, type LiveState, NO_RUN } from '../view/live-state.ts';

/** Bytes of a line beyond which it is none of ours. */
const LONGEST_LINE = 1_000_000;
/** As many bytes as hold the time of a first line. */
const HEAD = 64;

const models = z.tuple([z.string(), z.string()]);
const number = z.number();
const counted = { done: number, total: number, skipped: number };

/** As much of an event as is shown. What else a line says is passed over, and so is a line that is none. */
const eventSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('run-begins'),
    time: z.string(),
    study: z.string(),
    run: z.string(),
    stages: z.array(z.object({ stage: z.string(), unit: z.string(), total: number, tasks: number })),
  }),
  z.looseObject({
    ...{ type: z.literal('stage-begins'), time: z.string(), stage: z.string(), unit: z.string() },
    ...{ total: number, tasks: number, index: number, of: number, skipped: number },
  }),
  z.looseObject({
    ...{ type: z.literal('progress'), time: z.string(), stage: z.string(), unit: z.string(), ...counted },
    detail: z.string().exactOptional(),
  }),
  z.looseObject({
    ...{
      type: z.literal('preparing'),
      time: z.string(),
      what: z.string(),
      unit: z.literal('bytes'),
      ...counted,
    },
    detail: z.string().exactOptional(),
  }),
  z.looseObject({
    type: z.enum(['task-done', 'task-skipped']),
    time: z.string(),
    stage: z.string(),
    task: z.string(),
  }),
  z.looseObject({
    type: z.literal('task-failed'),
    time: z.string(),
    stage: z.string(),
    task: z.string(),
    message: z.string(),
  }),
  z.looseObject({
    ...{ type: z.literal('turn'), time: z.string(), models, seed: number, interaction: z.string() },
    ...{ round: number, seat: z.enum(['A', 'B']), speaker: z.string(), text: z.string() },
    variant: z.string().exactOptional(),
  }),
  z.looseObject({
    ...{ type: z.literal('worker'), time: z.string(), worker: z.string() },
    does: z.enum(['joined', 'took', 'lost', 'left']),
    ...{ stage: z.string().exactOptional(), what: z.string().exactOptional() },
    message: z.string().exactOptional(),
  }),
  z.looseObject({ type: z.literal('warning'), time: z.string(), message: z.string() }),
  z.looseObject({
    ...{ type: z.literal('stage-ends'), time: z.string(), stage: z.string(), seconds: number },
    outcome: z.enum(['done', 'failed', 'left out']),
    ...{ made: number, skipped: number, failed: number, message: z.string().exactOptional() },
  }),
  z.looseObject({
    ...{ type: z.literal('run-ends'), time: z.string(), outcome: z.enum(['done', 'failed', 'stopped']) },
    ...{
      exitCode: number,
      seconds: number,
      failed: z.array(z.object({ stage: z.string(), message: z.string() })),
    },
    report: z.string().exactOptional(),
  }),
  z.looseObject({ type: z.literal('error'), time: z.string(), message: z.string() }),
]) satisfies z.ZodType<LiveEvent>;

/** What a line says; undefined for one that is no event. */
export function parseLine(line: string): LiveEvent | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  try {
    const result = eventSchema.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** The first bytes of a file, as many as there are of these. */
async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** More that an event tells, such as how the episode ended whose file is there now. */
export type Expand = (event: LiveEvent) => Promise<readonly LiveEvent[]>;

/** A file that is read on from where it was left. */
export class LiveFollower {
  readonly #path: string;
  readonly #expand: Expand;
  #offset = 0;
  /** How the file begins, with the time of its first event: it tells a file that was begun anew from one that has grown. */
  #head = '';
  #rest = '';
  state: LiveState = NO_RUN;
  /** Whether the file was ever there. */
  found = false;

  constructor(path: string, expand: Expand = async () => []) {
    this.#path = path;
    this.#expand = expand;
  }

  /**
   * Reads what is new. Half a line is left for the next time.
   *
   * @returns the new events, or `again` where the file was begun anew: then the whole state is to be told
   */
  async look(): Promise<readonly LiveEvent[] | 'again'> {
    const found = await stat(this.#path).catch(() => undefined);
    if (!found?.isFile()) return [];
    const head = await headOf(this.#path);
    const anew = this.found && (found.size < this.#offset || !head.startsWith(this.#head));
    if (anew) [this.#offset, this.#rest, this.state] = [0, '', NO_RUN];
    [this.found, this.#head] = [true, head];
    const events = found.size > this.#offset ? await this.#read(found.size) : [];
    return anew ? 'again' : events;
  }

  /** Takes note of what stands in no file; it is forgotten when the file is begun anew. */
  note(event: LiveEvent): void {
    this.state = fold(this.state, event);
  }

  async #read(size: number): Promise<LiveEvent[]> {
    const events: LiveEvent[] = [];
    const stream = createReadStream(this.#path, { start: this.#offset, end: size - 1 });
    const decoder = new TextDecoder();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#offset += chunk.length;
      const lines = (this.#rest + decoder.decode(chunk, { stream: true })).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) await this.#take(line, events);
    }
    this.#rest += decoder.decode();
    return events;
  }

  async #take(line: string, events: LiveEvent[]): Promise<void> {
    const event = parseLine(line);
    if (!event) return;
    for (const one of [event, ...(await this.#expand(event))]) {
      this.state = fold(this.state, one);
      events.push(one);
    }
  }
}
