// What is wrong with a study, or worth a warning, and how it is told: one line each, the place first.

import { BadInput, printable } from '../../errors.ts';

/** Keys and places in lists, from the top of the study file. */
export type Path = readonly PropertyKey[];

/** One mistake or one warning. */
export interface Problem {
  /** With an error the study cannot be run; a warning says what it will lack. */
  readonly level: 'error' | 'warning';
  /** Where it stands in the study file. */
  readonly path: Path;
  /** At this key of `path`, rather than at a value. */
  readonly key?: string | undefined;
  /** What the place is called, if not by `path`: both models of a pair stand at `pairs[1]`. */
  readonly named?: Path | undefined;
  /** Where in the study's text it stands, if no path leads there. */
  readonly offset?: number | undefined;
  /** In place of the study file: another file, or an option of the command line. */
  readonly place?: string | undefined;
  /** What is wrong; what is valid; what to do next. */
  readonly message: string;
  /** What was thrown, if something was. */
  readonly cause?: unknown;
}

/** A problem with its place: `study.yaml:7:5 pairs[1]`. */
export interface LocatedProblem extends Problem {
  readonly where: string;
}

/** More lines than this are no help to anybody. */
const MOST_LINES = 100;

export function error(path: Path, message: string, more: Partial<Problem> = {}): Problem {
  return { level: 'error', path, message, ...more };
}

export function warning(path: Path, message: string, more: Partial<Problem> = {}): Problem {
  return { level: 'warning', path, message, ...more };
}

/** `pairs`, 1 → `pairs[1]`. Control characters are shown by their numbers: they could change a terminal's text. */
export function spell(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${printable(String(step))}`,
    )
    .join('');
}

/** `study.yaml:7:5 pairs[1]: what is wrong`. */
export function lineOf({ where, message }: Pick<LocatedProblem, 'where' | 'message'>): string {
  return printable(`${where}: ${message}`);
}

/** All problems as one error, a line each. */
export function mistakes(problems: readonly LocatedProblem[]): BadInput {
  const lines = [...new Set(problems.map(lineOf))];
  const shown = lines.slice(0, MOST_LINES);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
  const [first] = problems;
  const where = first?.where ?? 'study';
  const cause = problems.find((problem) => problem.cause !== undefined)?.cause;
  return new BadInput(where, shown.join('\n').slice(where.length + 2), {
    problems: shown,
    ...(cause !== undefined && { cause }),
  });
}
