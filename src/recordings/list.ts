// Which recordings there are: in a run's folder, or in any folder of states files.

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { BadInput, codeOf } from '../errors.ts';
import { fileProblem } from '../files/file-problem.ts';
import { parseSafetensorsHeader } from '../numerics/safetensors.ts';
import { episodePath, fromFileName, pairName, toFileName } from './layout.ts';

/** Where one recording lies. */
export interface RecordingFiles {
  readonly interaction: string;
  /** Simulation seed; null in a folder made by hand. */
  readonly seed: number | null;
  readonly states: string;
  /** The transcript; null where there is none. */
  readonly episode: string | null;
}

export interface ListOptions {
  /** Names of the models, A then B. */
  readonly models: readonly [string, string];
  readonly condition: string;
  /** Only these simulation seeds; all that are there by default. */
  readonly seeds?: readonly number[];
}

/**
 * The complete recordings of one ordered pair and condition in a run's folder: those with states and a transcript.
 * Sorted by seed, then by interaction, whatever order the file system gives.
 *
 * @returns an empty list if nothing has been recorded yet
 */
export async function listRecordings(
  run: string,
  { models, condition, seeds }: ListOptions,
): Promise<RecordingFiles[]> {
  const folder = join(run, 'states', pairName(models), toFileName(condition));
  const found = (await readFolder(folder)).filter((item) => item.isDirectory() && /^-?\d+$/.test(item.name));
  const all = found.map(({ name }) => Number(name)).sort((a, b) => a - b);
  const recordings: RecordingFiles[] = [];
  for (const seed of all.filter((one) => seeds?.includes(one) ?? true))
    recordings.push(...(await listSeed(run, join(folder, String(seed)), { models, condition }, seed)));
  return recordings;
}

/**
 * Every states file in a folder and the folders inside it, sorted by path. This is what `interbrain measure DIR`
 * reads. A file `x.safetensors` belongs to interaction `x`; files of that name in several folders (one per seed,
 * say) are one interaction, so that a split never parts them. A transcript `x.json` beside it is optional: it
 * is needed only for grouping by scenario or by character pair. Results of an earlier measurement are passed over.
 *
 * @throws BadInput if there is no such folder, or no states in it
 */
export async function listFolder(folder: string): Promise<RecordingFiles[]> {
  const items = await readFolder(folder, true);
  const files = items.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name));
  const present = new Set(files);
  const results = new Set<string>();
  for (const path of files) if (await isResult(path)) results.add(path);
  const recordings = files
    .filter((path) => path.endsWith('.safetensors') && !results.has(path))
    .sort((a, b) => compare(relative(folder, a), relative(folder, b)))
    .map((states) => {
      const transcript = states.replace(/\.safetensors$/, '.json');
      const interaction = fromFileName(basename(states, '.safetensors'));
      return { interaction, seed: null, states, episode: present.has(transcript) ? transcript : null };
    });
  if (recordings.length === 0)
    throw new BadInput(folder, 'no states here; a folder with *.safetensors, each with A and B, is needed');
  return recordings;
}

/**
 * Whether a file holds what a measurement of such a folder came to; only files with a result's name are looked into:
 * `ridge.A-to-B.safetensors`, or `A-to-B.safetensors` as results were called before measures had names.
 */
async function isResult(path: string): Promise<boolean> {
  if (!/^(?:[\w-]+\.)?[AB]-to-[AB]\.safetensors$/.test(basename(path))) return false;
  const { metadata } = await parseSafetensorsHeader(path);
  return metadata['format']?.startsWith('interbrain-synchrony-') ?? false;
}

async function listSeed(
  run: string,
  folder: string,
  { models, condition }: ListOptions,
  seed: number,
): Promise<RecordingFiles[]> {
  // Other conditions are read off the usual episodes.
  const variant = condition === 'mental-states' ? condition : undefined;
  // A folder listing each is far cheaper than asking for thousands of files by name.
  const episodes = join(episodePath(run, { models, seed, interaction: 'x', variant }), '..');
  const done = new Set((await readFolder(episodes)).map(({ name }) => name));
  return (await readFolder(folder))
    .filter(({ name }) => name.endsWith('.safetensors'))
    .map(({ name }) => ({ part: basename(name, '.safetensors'), states: join(folder, name) }))
    .filter(({ part }) => done.has(`${part}.json`))
    .map(({ part, states }) => {
      return { interaction: fromFileName(part), seed, states, episode: join(episodes, `${part}.json`) };
    })
    .sort((a, b) => compare(a.interaction, b.interaction));
}

/** What is in a folder; nothing if there is no folder, except for a folder that the user named. */
async function readFolder(folder: string, needed = false): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true, recursive: needed });
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' && !needed) return [];
    throw fileProblem(folder, 'listed', cause, 'name a run’s folder, or a folder of *.safetensors states');
  }
}

/** By code units: the same order in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
