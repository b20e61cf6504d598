// All directions of a folder, several side by side where that is faster: products of narrow states gain little from threads.

import { setTimeout as wait } from 'node:timers/promises';
import { sideBySide } from '../queue/side-by-side.ts';
import type { OnEvent } from '../studies/events.ts';
import { readSynchrony } from '../synchrony/synchrony-files.ts';
import { DirectionMeasurer, type MeasureOptions } from './measure-direction.ts';
import type { Measured } from './measure-document.ts';
import { HelperLost, MeasureHelper } from './measure-helper.ts';
import type { OpenDirection } from './measure-sources.ts';

const PATIENCE = 200;

/** What is measured, and for whom. */
interface Measuring {
  readonly folder: string;
  readonly out: string;
  readonly options: MeasureOptions;
  readonly directions: readonly OpenDirection[];
  readonly on: OnEvent;
  readonly signal: AbortSignal;
}

/**
 * Measures every direction, as one stage of which the layer pairs are counted.
 *
 * @param measured is given what there is, each at its direction's place, also if another one fails
 * @param patience milliseconds that are waited before processes are started for directions that nobody has begun
 * @throws what the first direction that fails throws
 */
export async function measureAll(
  measuring: Measuring,
  measured: (Measured | undefined)[],
  patience: number = PATIENCE,
): Promise<void> {
  const { directions, options, on } = measuring;
  const division = sideBySide({
    parts: directions.length,
    hiddenSize: Math.max(...directions.map(widthOf)),
    ...options,
  });
  const { many, threads, memory } = division;
  const divided = many > 1 ? { ...options, threads, memory } : options;
  const all = new AllDirections({ ...measuring, options: divided }, measured);
  const stage = { stage: 'measure', tasks: directions.length, index: 1, of: 1, skipped: 0 } as const;
  const start = performance.now();
  on({ type: 'stage-begins', ...stage, unit: 'layer pairs', total: all.total });
  await all.make(many, patience);
  const seconds = (performance.now() - start) / 1000;
  const counts = { made: directions.length, skipped: 0, failed: 0 };
  on({ type: 'stage-ends', stage: 'measure', outcome: 'done', ...counts, seconds });
}

function widthOf({ opened: { recordings, sources = [] } }: OpenDirection): number {
  const states = [...recordings.slice(0, 1), ...sources.slice(0, 1)].map((one) => one.states);
  return Math.max(...states.flatMap(({ A, B }) => [A.hiddenSize, B.hiddenSize]));
}

class AllDirections {
  readonly total: number;
  readonly #measuring: Measuring;
  readonly #measured: (Measured | undefined)[];
  readonly #here: DirectionMeasurer;
  /** Those that nobody has begun. */
  readonly #open: (readonly [number, OpenDirection])[];
  /** Layer pairs that are done of each. */
  readonly #done: number[];
  /** Aborted when all is begun here or something has failed. */
  readonly #over = new AbortController();
  readonly #failed = new AbortController();
  readonly #stop: AbortSignal;

  constructor(measuring: Measuring, measured: (Measured | undefined)[]) {
    const { out, options, directions, signal } = measuring;
    this.#measuring = measuring;
    this.#measured = measured;
    this.#here = new DirectionMeasurer(out, options);
    this.#open = [...directions.entries()];
    this.#done = directions.map(() => 0);
    this.total = directions.reduce((sum, { layerPairs }) => sum + layerPairs, 0);
    this.#stop = AbortSignal.any([signal, this.#failed.signal]);
  }

  /** @param many processes, this one among them */
  async make(many: number, patience: number): Promise<void> {
    const all = [this.#makeHere(), ...Array.from({ length: many - 1 }, () => this.#help(patience))];
    const failing = all.map((one) =>
      one.catch((error) => {
        this.#over.abort();
        this.#failed.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(failing);
    await Promise.all(failing);
    // What a process has left that ended on its way.
    await this.#makeHere();
  }

  async #makeHere(): Promise<void> {
    for (let one = this.#open.shift(); one !== undefined; one = this.#open.shift())
      await this.#measure(...one);
    this.#over.abort();
  }

  async #measure(place: number, direction: OpenDirection): Promise<void> {
    const onProgress = ({ done }: { done: number }) => this.#tell(place, direction, done);
    const measured = await this.#here.measure(direction, { onProgress, signal: this.#stop });
    this.#measured[place] = measured;
  }

  /** Directions that nobody has begun, in a process of its own; none is started for what is soon done. */
  async #help(patience: number): Promise<void> {
    await wait(patience, undefined, { signal: this.#over.signal }).catch(() => {});
    if (this.#open.length === 0 || this.#over.signal.aborted) return;
    const { folder, out, options, directions } = this.#measuring;
    const helper = new MeasureHelper();
    const close = () => helper.close();
    this.#stop.addEventListener('abort', close);
    // Whoever is still opening the folder when nothing is left has nothing to do.
    this.#over.signal.addEventListener('abort', close, { once: true });
    try {
      const found = await helper.open({ folder, out, options }).catch(() => undefined);
      this.#over.signal.removeEventListener('abort', close);
      // What this process has opened it measures alone if the other one cannot.
      if (found !== directions.length) return;
      for (let one = this.#open.shift(); one !== undefined; one = this.#open.shift())
        if (!(await this.#measureThere(helper, ...one))) break;
    } finally {
      this.#stop.removeEventListener('abort', close);
      helper.close();
    }
  }

  /** @returns false if the process has ended: the direction is open again */
  async #measureThere(helper: MeasureHelper, place: number, direction: OpenDirection): Promise<boolean> {
    try {
      const file = await helper.measure(place, (done) => this.#tell(place, direction, done));
      this.#measured[place] = { file, result: (await readSynchrony(file)).result };
      return true;
    } catch (error) {
      this.#stop.throwIfAborted();
      if (!(error instanceof HelperLost)) throw error;
      this.#open.unshift([place, direction]);
      return false;
    }
  }

  #tell(place: number, { source, direction, layerPairs }: OpenDirection, done: number): void {
    this.#done[place] = Math.min(done, layerPairs);
    const all = this.#done.reduce((sum, value) => sum + value, 0);
    const stage = { stage: 'measure', unit: 'layer pairs', total: this.total, skipped: 0 } as const;
    const detail = `${source.name} ${direction}`.trim();
    this.#measuring.on({ type: 'progress', ...stage, done: all, detail });
  }
}
