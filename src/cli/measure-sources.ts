// What there is to measure in a folder: a run's recordings by seat order and condition, or states made by hand.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isCondition, traitsOf } from '../conditions/condition.ts';
import { checkReadings, matchReadings } from '../conditions/readings.ts';
import { BadInput } from '../errors.ts';
import { DIRECTIONS } from '../pairs/align.ts';
import { type GroupBy, type OpenRecording, openRecordings } from '../pairs/open.ts';
import { fromFileName, PLAYED } from '../recordings/layout.ts';
import { listFolder, listRecordings, type RecordingFiles } from '../recordings/list.ts';
import type { OnEvent } from '../studies/events.ts';

export interface SourceOptions {
  readonly groupBy: GroupBy;
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

/** What a run's study calls the models of a source, A then B; undefined for a folder made by hand. */
export function modelsOf({ name }: Source): readonly [string, string] | undefined {
  const [a, b] = dirname(name).split('+').map(fromFileName);
  return name === '' || a === undefined || b === undefined ? undefined : [a, b];
}

/** Of a run with their transcripts, which lie elsewhere. */
async function filesOf(run: string, source: Source): Promise<RecordingFiles[]> {
  const { folder, condition } = source;
  const models = modelsOf(source);
  if (models === undefined) return listFolder(folder);
  const files = await listRecordings(run, { models, condition });
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
  { groupBy, targets }: SourceOptions,
  on: OnEvent,
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
  const unread = played.length - both.length;
  if (unread > 0) {
    const message = `${source.name}: ${unread} of ${played.length} episodes have not been read and are left out`;
    on({ type: 'warning', message });
  }
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

/** One direction of one source, and how many layer pairs it has. */
export interface OpenDirection {
  readonly source: Source;
  readonly opened: Opened;
  readonly direction: (typeof DIRECTIONS)[number];
  readonly layerPairs: number;
}

/**
 * Everything that is to be measured in a folder, opened, so that what is wrong with any of it is known before.
 *
 * @throws BadInput or CorruptFile for states that cannot be measured
 */
export async function directionsIn(
  folder: string,
  options: SourceOptions,
  on: OnEvent,
): Promise<OpenDirection[]> {
  const all: OpenDirection[] = [];
  for (const source of await sourcesIn(folder)) {
    const opened = await openSource(folder, source, options, on);
    const [target] = opened.recordings;
    const [from = target] = opened.sources ?? [];
    if (target === undefined || from === undefined) throw new BadInput(source.folder, 'no states here');
    for (const direction of DIRECTIONS) {
      const [a, b] = direction === 'A->B' ? (['A', 'B'] as const) : (['B', 'A'] as const);
      const layerPairs = from.states[a].layers * target.states[b].layers;
      all.push({ source, opened, direction, layerPairs });
    }
  }
  return all;
}
