// The files of scenarios: names that stand twice, or stand for nothing, or cannot be names of files.

import { join } from 'node:path';
import { isMap, isScalar } from 'yaml';
import { readText } from '../../files/read-file.ts';
import { checkScenarioSet, type SetProblem } from '../../scenarios/check-set.ts';
import type { ScenarioSet } from '../../scenarios/schema.ts';
import { SOTOPIA_FILES } from '../../scenarios/sotopia.ts';
import { locate } from '../scenarios.ts';
import type { Study } from '../schema.ts';
import { type LocatedText, locateText, placeOf } from '../study-file/locate.ts';
import type { Problem } from '../study-file/problem.ts';
import type { OpenCheck, OpenParts } from './check.ts';
import { caseClashes, fileNameProblems } from './file-names.ts';

/** More of one kind would say nothing new. */
const MOST = 10;

/** What Sotopia's files call the keys of our sets. */
const SOTOPIA_KEYS = { id: 'pk', scenario: 'env_id', characters: 'agent_ids' } as const;

/** Ids of interactions are names of files. */
function nameProblems({ interactions }: ScenarioSet): (SetProblem & Pick<Problem, 'level'>)[] {
  const at = (index: number) => ({ list: 'interactions', key: 'id', index }) as const;
  const ids = interactions.map(({ id }) => id);
  const names = ids.flatMap((id, index) =>
    fileNameProblems(id, []).map(({ level, message }) => {
      return { ...at(index), level, message: `interaction id: ${message}` };
    }),
  );
  const clashes = caseClashes(ids).map((index) => {
    const message = `the interaction id "${ids[index]}" differs from another by capital letters alone; on disks that do not tell them apart their files would be the same`;
    return { ...at(index), level: 'warning' as const, message };
  });
  return [...names, ...clashes];
}

/** The file that an entry of a list stands in. */
function fileOf(
  source: Exclude<Study['scenarios'], 'embedded'>,
  list: SetProblem['list'],
  folder: string,
): string {
  if ('path' in source) return locate(source.path, folder);
  const from = locate(source.sotopia, folder);
  return /^https?:/.test(from)
    ? `${from.replace(/\/$/, '')}/${SOTOPIA_FILES[list]}`
    : join(from, SOTOPIA_FILES[list]);
}

/** Path of a problem's place in its file. */
function pathIn(
  text: LocatedText,
  source: object,
  { list, index, key: own }: SetProblem,
): (string | number)[] {
  if ('path' in source) return [list, index, own];
  // Published as a list or as a map by pk.
  const { contents } = text.document;
  const key = isMap(contents) ? contents.items[index]?.key : undefined;
  const entry = isScalar(key) ? String(key.value) : index;
  return [entry, SOTOPIA_KEYS[own]];
}

async function find({ study, set, folder }: OpenParts): Promise<Problem[]> {
  const source = study.scenarios;
  if (!set || source === 'embedded') return [];
  const wrong = checkScenarioSet(set).map((one) => ({ ...one, level: 'error' as const }));
  const all = [...wrong, ...nameProblems(set)];
  const texts = new Map<string, LocatedText | undefined>();
  const problems: Problem[] = [];
  for (const one of all.slice(0, MOST)) {
    const file = fileOf(source, one.list, folder);
    if (!texts.has(file)) {
      const text = await readText(file, { advice: '' }).catch(() => undefined);
      texts.set(file, text === undefined ? undefined : locateText(text, file));
    }
    const text = texts.get(file);
    const place = text ? placeOf(text, pathIn(text, source, one)) : `${file} entry ${one.index + 1}`;
    problems.push({ level: one.level, path: ['scenarios'], place, message: one.message });
  }
  const more = all.length - problems.length;
  const level = all.slice(MOST).some((one) => one.level === 'error') ? 'error' : 'warning';
  return more > 0
    ? [...problems, { level, path: ['scenarios'], message: `${more} more of this kind` }]
    : problems;
}

export const scenarioFiles: OpenCheck = { name: 'files of scenarios', looksAt: ['scenarios'], find };
