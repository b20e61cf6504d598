// One direction of what there is in a folder, measured and written.

import { join } from 'node:path';
import { PASSIVE } from '../conditions/condition.ts';
import type { Device } from '../numerics/device.ts';
import { holdRecordings } from '../pairs/open.ts';
import { resultName } from '../recordings/layout.ts';
import { STATES_SHARE, StatesMemory } from '../recordings/states-memory.ts';
import { measureRecordings } from '../synchrony/measure.ts';
import type { MeasureSettings } from '../synchrony/options.ts';
import { writeSynchrony } from '../synchrony/synchrony-files.ts';
import type { Lambda, Solver } from '../synchrony/types.ts';
import type { Measured } from './measure-document.ts';
import { modelsOf, type OpenDirection, type SourceOptions } from './measure-sources.ts';

/** What `interbrain measure` is asked for; plain data, since other processes are told of it. */
export interface MeasureOptions extends SourceOptions {
  readonly samples: number | 'all';
  readonly test: number;
  readonly splitSeeds: readonly number[];
  readonly lambda: readonly Lambda[];
  /** Bytes. */
  readonly memory?: number | undefined;
  readonly threads?: number | undefined;
  readonly solver: Solver;
  readonly intervals: 'candidates' | 'all' | 'none';
  readonly device: Device;
  /** What models of a run are called: as in its study, or by their checkpoints. */
  readonly names: 'study' | 'checkpoint';
}

type Heard = Pick<MeasureSettings, 'onProgress' | 'signal'>;

/** Measures directions one after the other; what of their states fits into memory stays there. */
export class DirectionMeasurer {
  readonly #out: string;
  readonly #options: MeasureOptions;
  readonly #states: StatesMemory;

  /** @param out the folder of the results */
  constructor(out: string, options: MeasureOptions) {
    this.#out = out;
    this.#options = options;
    this.#states = new StatesMemory(STATES_SHARE * (options.memory ?? process.availableMemory() / 2));
  }

  /** Errors as in `measureRecordings` and `writeSynchrony`. */
  async measure(
    { source, opened: { recordings, sources }, direction }: OpenDirection,
    progress: Heard,
  ): Promise<Measured> {
    const options = this.#options;
    const states = this.#states;
    const metadata = recordings[0]?.states.metadata ?? {};
    const own = options.names === 'study' ? modelsOf(source) : undefined;
    const [a, b] = own ?? [metadata['model_A'] ?? 'A', metadata['model_B'] ?? 'B'];
    const result = await measureRecordings(await holdRecordings(recordings, states), {
      condition: options.targets === undefined ? source.condition : PASSIVE,
      direction,
      ...(sources && { sources: await holdRecordings(sources, states) }),
      sourceModel: direction === 'A->B' ? a : b,
      targetModel: direction === 'A->B' ? b : a,
      groupBy: options.groupBy,
      lambda: options.lambda,
      device: options.device,
      solver: options.solver,
      training: true,
      intervals: options.intervals !== 'none' && { cells: options.intervals },
      scratchFolder: this.#out,
      samples: options.samples,
      testFraction: options.test,
      splitSeeds: options.splitSeeds,
      ...(options.memory !== undefined && { memory: options.memory - states.bytes }),
      ...(options.threads !== undefined && { threads: options.threads }),
      ...progress,
    });
    const file = join(this.#out, source.name, resultName('ridge', direction));
    await writeSynchrony(file, result, {});
    return { file, result };
  }
}
