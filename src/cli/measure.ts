import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Device } from '../numerics/device.ts';
import { type GroupBy, openRecordings } from '../pairs/open.ts';
import { fromFileName } from '../recordings/layout.ts';
import { listFolder, listRecordings, type RecordingFiles } from '../recordings/list.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { writeSynchrony } from '../synchrony/files.ts';
import { measureRecordings } from '../synchrony/measure.ts';
import type { Lambda, Solver, SynchronyResult } from '../synchrony/types.ts';
import { Interrupted, interruptSignal } from './interrupt.ts';
import { createProgressPrinter } from './progress.ts';
import { resultTable } from './summary.ts';

interface MeasureOptions {
  readonly samples: number | 'all';
  readonly test: number;
  readonly splitSeeds: readonly number[];
  readonly lambda: readonly Lambda[];
  readonly groupBy: GroupBy;
  /** Bytes. */
  readonly memory?: number;
  readonly threads?: number;
  readonly solver: Solver;
  /** Draws; 0 for no bootstrap. */
  readonly bootstrap: number;
  readonly intervals: 'candidates' | 'all';
  readonly device: Device;
  readonly out?: string;
}

/** A folder of states, and where its results go below the results' folder. */
interface Source {
  readonly folder: string;
  readonly name: string;
  readonly condition: string;
}

/** In a run, one source per seat order and condition; any other folder is one source. */
async function sourcesIn(folder: string): Promise<Source[]> {
  const states = join(folder, 'states');
  if (!existsSync(states)) return [{ folder, name: '', condition: 'interactive' }];
  const sources: Source[] = [];
  for (const pair of (await readdir(states)).sort()) {
    for (const condition of (await readdir(join(states, pair))).sort()) {
      sources.push({ folder: join(states, pair, condition), name: join(pair, condition), condition });
    }
  }
  return sources;
}

/** Of a run with their transcripts, which lie elsewhere. */
async function filesOf(run: string, { folder, name, condition }: Source): Promise<RecordingFiles[]> {
  const [a, b] = dirname(name).split('+').map(fromFileName);
  if (name === '' || a === undefined || b === undefined) return listFolder(folder);
  const files = await listRecordings(run, { models: [a, b], condition });
  return files.length > 0 ? files : listFolder(folder);
}

/** `interbrain measure`: synchrony over recordings, whoever made them. */
export async function measure(folder: string, options: MeasureOptions): Promise<void> {
  const out = options.out ?? join(folder, 'measured');
  const printer = createProgressPrinter(process.stdout);
  const { signal, release } = interruptSignal();
  const results: SynchronyResult[] = [];
  try {
    for (const source of await sourcesIn(folder)) {
      const recordings = await openRecordings(await filesOf(folder, source), options.groupBy);
      const metadata = recordings[0]!.states.metadata;
      const [a, b] = [metadata['model_A'] ?? 'A', metadata['model_B'] ?? 'B'];
      for (const direction of DIRECTIONS) {
        const result = await measureRecordings(recordings, {
          condition: source.condition,
          direction,
          sourceModel: direction === 'A->B' ? a : b,
          targetModel: direction === 'A->B' ? b : a,
          groupBy: options.groupBy,
          lambda: options.lambda,
          device: options.device,
          solver: options.solver,
          bootstrap: options.bootstrap > 0 && { draws: options.bootstrap, cells: options.intervals },
          scratchFolder: out,
          samples: options.samples,
          testFraction: options.test,
          splitSeeds: options.splitSeeds,
          ...(options.memory !== undefined && { memory: options.memory }),
          ...(options.threads !== undefined && { threads: options.threads }),
          signal,
          onProgress: ({ done, total }) =>
            printer.update({
              what: `${source.name} ${direction} layer pairs`.trim(),
              done,
              total,
              skipped: 0,
            }),
        });
        await writeSynchrony(join(out, source.name, direction.replace('->', '-to-')), result, {});
        results.push(result);
      }
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.exitCode = 130;
  } finally {
    printer.finishLine();
    release();
  }
  process.stdout.write(`${resultTable(results)}\nR² of all layer pairs: ${out}\n`);
}
