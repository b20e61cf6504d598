import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PASSIVE } from '../conditions/condition.ts';
import { BadInput } from '../errors.ts';
import type { Device } from '../numerics/device.ts';
import { holdRecordings } from '../pairs/open.ts';
import { resultName } from '../recordings/layout.ts';
import { STATES_SHARE, StatesMemory } from '../recordings/states-memory.ts';
import { measureRecordings } from '../synchrony/measure.ts';
import type { MeasureSettings } from '../synchrony/options.ts';
import { writeSynchrony } from '../synchrony/synchrony-files.ts';
import type { Lambda, Solver } from '../synchrony/types.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { createQuietReader } from './json-reader.ts';
import { type Measured, measureDocument } from './measure-document.ts';
import { directionsIn, modelsOf, type OpenDirection, type SourceOptions } from './measure-sources.ts';
import type { Reader } from './reader.ts';
import { resultTable } from './summary.ts';
import { createTerminalReader } from './terminal-line.ts';

interface MeasureOptions extends SourceOptions {
  readonly samples: number | 'all';
  readonly test: number;
  readonly splitSeeds: readonly number[];
  readonly lambda: readonly Lambda[];
  /** Bytes. */
  readonly memory?: number;
  readonly threads?: number;
  readonly solver: Solver;
  readonly intervals: 'candidates' | 'all' | 'none';
  readonly device: Device;
  /** What models of a run are called: as in its study, or by their checkpoints. */
  readonly names: 'study' | 'checkpoint';
  readonly out?: string;
  readonly json?: boolean;
}

async function measureDirection(
  { source, opened: { recordings, sources }, direction }: OpenDirection,
  out: string,
  options: MeasureOptions,
  states: StatesMemory,
  progress: Pick<MeasureSettings, 'onProgress' | 'signal'>,
): Promise<Measured> {
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
    scratchFolder: out,
    samples: options.samples,
    testFraction: options.test,
    splitSeeds: options.splitSeeds,
    ...(options.memory !== undefined && { memory: options.memory - states.bytes }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...progress,
  });
  const file = join(out, source.name, resultName('ridge', direction));
  await writeSynchrony(file, result, {});
  return { file, result };
}

/** Measures one direction after the other, as one stage of which the layer pairs are counted. */
async function measureAll(
  folder: string,
  out: string,
  options: MeasureOptions,
  { on }: Reader,
  signal: AbortSignal,
  measured: Measured[],
): Promise<void> {
  const directions = await directionsIn(folder, options, on);
  const total = directions.reduce((sum, { layerPairs }) => sum + layerPairs, 0);
  const stage = { stage: 'measure', unit: 'layer pairs', total } as const;
  const start = performance.now();
  on({ type: 'stage-begins', ...stage, tasks: directions.length, index: 1, of: 1, skipped: 0 });
  const states = new StatesMemory(STATES_SHARE * (options.memory ?? process.availableMemory() / 2));
  let before = 0;
  for (const one of directions) {
    const detail = `${one.source.name} ${one.direction}`.trim();
    const onProgress = ({ done }: { done: number }) =>
      on({
        type: 'progress',
        ...{ ...stage, skipped: 0 },
        done: before + Math.min(done, one.layerPairs),
        detail,
      });
    measured.push(await measureDirection(one, out, options, states, { onProgress, signal }));
    before += one.layerPairs;
  }
  const seconds = (performance.now() - start) / 1000;
  const counts = { made: directions.length, skipped: 0, failed: 0 };
  on({ type: 'stage-ends', stage: stage.stage, outcome: 'done', ...counts, seconds });
}

/** `interbrain measure`: synchrony over recordings, whoever made them. */
export async function measure(folder: string, options: MeasureOptions): Promise<void> {
  if (options.targets !== undefined && existsSync(join(folder, 'states')))
    throw new BadInput(folder, 'is a run, which knows its targets; --targets goes with a folder of states');
  const { stdout, stderr } = process;
  const out = options.out ?? join(folder, 'measured');
  const reader = options.json ? createQuietReader(stderr) : createTerminalReader(stdout, stderr);
  const measured: Measured[] = [];
  const results = () => measured.map(({ result }) => result);
  const table = () => `${resultTable(results(), stdout.columns)}\nR² of all layer pairs: ${out}\n`;
  try {
    await interruptible(reader, 'Stopped.', (signal) =>
      measureAll(folder, out, options, reader, signal, measured),
    );
  } catch (error) {
    if (error instanceof Interrupted && !options.json && measured.length > 0) stdout.write(table());
    throw error;
  }
  stdout.write(options.json ? `${JSON.stringify(measureDocument(folder, measured))}\n` : table());
}
