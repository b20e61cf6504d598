// Names that become files and folders, on this system or on another to which a run is copied.

import { pairName, toFileName } from '../../recordings/layout.ts';
import { error, type Path, type Problem, warning } from '../study-file/problem.ts';
import type { FileCheck } from './check.ts';

/** Bytes of one name, on all common file systems. */
const LONGEST = 255;
/** Room for endings, and for what a file is called while it is written. */
const ENDING = 64;

/** Windows keeps these for devices, whatever ending follows. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** What is wrong with a name as a file's. */
export function fileNameProblems(
  name: string,
  path: Path,
  more: Partial<Problem> = {},
  longest: number = LONGEST - ENDING,
): Problem[] {
  const file = toFileName(name);
  const problems: Problem[] = [];
  if (file.length > longest)
    problems.push(
      error(
        path,
        `the name has ${file.length} characters as a file's name; ${longest} at most are valid`,
        more,
      ),
    );
  if (DEVICE.test(name) || name.endsWith('.'))
    problems.push(
      warning(path, `"${name}" is no name for a file on Windows; a run with it cannot be copied there`, more),
    );
  return problems;
}

/** Places of names that differ from an earlier one by capital letters alone: one file on many disks. */
export function caseClashes(names: readonly string[]): number[] {
  const first = new Map<string, string>();
  return names.flatMap((name, index) => {
    const lower = toFileName(name).toLowerCase();
    const other = first.get(lower) ?? name;
    first.set(lower, other);
    // The very same name twice is another mistake.
    return other === name ? [] : [index];
  });
}

export const fileNames: FileCheck = {
  name: 'names of files',
  looksAt: [],
  find({ study, isDamaged }) {
    const names = Object.keys(study.models);
    // Both models of a pair stand in the name of its folder.
    const longest = Math.floor((LONGEST - pairName(['', '']).length) / 2);
    const clash =
      'differs from another model by capital letters alone; on disks that do not tell them apart their files would be the same';
    return [
      ...(isDamaged(['name']) ? [] : fileNameProblems(study.name, ['name'])),
      ...names
        .filter((name) => !isDamaged(['models', name]))
        .flatMap((name) =>
          fileNameProblems(name, ['models'], { key: name }, Math.min(longest, LONGEST - ENDING)),
        ),
      ...caseClashes(names).map((index) => warning(['models'], clash, { key: names[index] })),
    ];
  },
};
