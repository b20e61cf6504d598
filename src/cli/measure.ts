import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isCondition, PASSIVE, traitsOf } from '../conditions/condition.ts';
import { checkReadings, matchReadings } from '../conditions/readings.ts';
import { BadInput } from '../errors.ts';
import type { Device } from '../numerics/device.ts';
import { type GroupBy, type OpenRecording, openRecordings } from '../pairs/open.ts';
import { fromFileName, PLAYED, resultName } from '../recordings/layout.ts';
import { listFolder, listRecordings, type RecordingFiles } from '../recordings/list.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { measureRecordings } from '../synchrony/measure.ts';
import { writeSynchrony } from '../synchrony/synchrony-files.ts';
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
  /** A folder whose states are the targets; those of the folder itself are the sources alone. */
  readonly targets?: string;
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
  if (!existsSync(states)) return [{ folder, name: '', condition: PLAYED }];
  const sources: Source[] = [];
  for (const pair of (await readdir(states)).sort()) {
    for (const condition of (await readdir(join(states, pair))).sort()) {
      sources.push({ folder: join(states, pair, condition), name: join(pair, condition), condition });
    }
  }
  return sources;
}

/** Whether the states are those of readers. */
function isRead({ condition }: Source): boolean {
  return isCondition(condition) && traitsOf(condition).reader !== undefined;
}

/** Of a run with their transcripts, which lie elsewhere. */
async function filesOf(run: string, { folder, name, condition }: Source): Promise<RecordingFiles[]> {
  const [a, b] = dirname(name).split('+').map(fromFileName);
  if (name === '' || a === undefined || b === undefined) return listFolder(folder);
  const files = await listRecordings(run, { models: [a, b], condition });
  return files.length > 0 ? files : listFolder(folder);
}

/** What is measured of one source: recordings, and where the source states lie if that is elsewhere. */
interface Opened {
  readonly recordings: OpenRecording[];
  readonly sources?: OpenRecording[];
}

async function openSource(
  run: string,
  source: Source,
  { groupBy, targets }: MeasureOptions,
): Promise<Opened> {
  const files = await filesOf(run, source);
  if (targets !== undefined)
    return openPair(await listTargets(files, source.folder, targets), files, groupBy);
  if (!isRead(source) || source.name === '') return { recordings: await openRecordings(files, groupBy) };
  const folder = join(dirname(source.folder), PLAYED);
  const name = join(dirname(source.name), PLAYED);
  const played = await filesOf(run, { folder, name, condition: PLAYED });
  const matched = matchReadings(played, files);
  const both = played.filter((_, i) => matched[i]);
  if (both.length < played.length)
    process.stderr.write(
      `${source.name}: ${played.length - both.length} of ${played.length} episodes have not been read and are left out\n`,
    );
  if (both.length === 0) throw new BadInput(source.folder, `none of these is a reading of ${folder}`);
  const readings = matched.filter((reading) => reading !== undefined);
  return openPair(both, readings, groupBy);
}

/** For every source file the file of the same name in the folder of targets. */
async function listTargets(
  files: readonly RecordingFiles[],
  folder: string,
  targets: string,
): Promise<RecordingFiles[]> {
  const found = new Map((await listFolder(targets)).map((file) => [relative(targets, file.states), file]));
  return files.map(({ states }) => {
    const target = found.get(relative(folder, states));
    if (target) return target;
    throw new BadInput(states, `no file of this name in ${targets}; every source needs its target`);
  });
}

async function openPair(
  played: readonly RecordingFiles[],
  readings: readonly RecordingFiles[],
  groupBy: GroupBy,
): Promise<Opened> {
  const recordings = await openRecordings(played, groupBy);
  // Groups are those of the recordings.
  const sources = await openRecordings(readings);
  checkReadings(recordings, sources);
  return { recordings, sources };
}

/** `interbrain measure`: synchrony over recordings, whoever made them. */
export async function measure(folder: string, options: MeasureOptions): Promise<void> {
  if (options.targets !== undefined && existsSync(join(folder, 'states')))
    throw new BadInput(folder, 'is a run, which knows its targets; --targets goes with a folder of states');
  const out = options.out ?? join(folder, 'measured');
  const printer = createProgressPrinter(process.stdout);
  const { signal, release } = interruptSignal();
  const results: SynchronyResult[] = [];
  try {
    for (const source of await sourcesIn(folder)) {
      const { recordings, sources } = await openSource(folder, source, options);
      const metadata = recordings[0]!.states.metadata;
      const [a, b] = [metadata['model_A'] ?? 'A', metadata['model_B'] ?? 'B'];
      for (const direction of DIRECTIONS) {
        const result = await measureRecordings(recordings, {
          condition: options.targets === undefined ? source.condition : PASSIVE,
          direction,
          ...(sources && { sources }),
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
        await writeSynchrony(join(out, source.name, resultName('ridge', direction)), result, {});
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
