// A study file with mistakes, without them: what is left is a study, so that its other parts can be checked as well and
// all mistakes are told at once.

import { withProtocol } from '../protocol.ts';
import { type Study, studySchema } from '../schema.ts';
import { describeIssue, valueAt } from './messages.ts';
import type { Path, Problem } from './problem.ts';

/** What could be made of a file. */
export interface Salvaged {
  /** Undefined if too much is wrong to go on. Where something is damaged it has a default, or a stand-in. */
  readonly study: Study | undefined;
  readonly problems: readonly Problem[];
  /** Places that are not what the file says. */
  readonly damaged: readonly Path[];
  /** Place in the file of a place in `study`: entries of lists that are wrong are left out there. */
  readonly original: (path: Path) => Path;
}

/** Each turn may bring mistakes to light that others had hidden. */
const MOST_TURNS = 12;

/** In place of a model's entry that is wrong: its name is known all the same. */
const STAND_IN = { path: '.' };

/** @param raw what the file holds */
export function salvage(raw: unknown): Salvaged {
  const problems: Problem[] = [];
  const removed = new Removed();
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const original = (path: Path) => removed.original(path);
    removed.nextTurn();
    const value = removed.without(raw);
    const result = studySchema.safeParse(withProtocol(value));
    const damaged = removed.damaged();
    if (result.success) return { study: removed.withStandIns(result.data), problems, damaged, original };
    const found = result.error.issues
      .flatMap((issue) => describeIssue(value, issue))
      .map((problem) => ({ ...problem, path: original(problem.path) }));
    // What is wrong only because something was taken away is no mistake of the file.
    problems.push(...found.filter((problem) => !removed.concerns(placeOf(problem))));
    for (const problem of found)
      if (!removed.remove(raw, problem)) return { study: undefined, problems, damaged, original };
  }
  return { study: undefined, problems, damaged: [[]], original: (path) => path };
}

function placeOf({ path, key }: Problem): Path {
  return key === undefined ? path : [...path, key];
}

/** Whether a place is below another, or the same. */
export function startsWith(path: Path, start: Path): boolean {
  return start.every((step, i) => path[i] === step);
}

/** Whether one of the places is above the other, or the same. */
export function touches(a: Path, b: Path): boolean {
  return startsWith(a, b) || startsWith(b, a);
}

const nameOf = (path: Path) => JSON.stringify(path);

class Removed {
  readonly #paths = new Map<string, Path>();
  readonly #harmless = new Set<string>();
  /** Taken away in this turn. */
  readonly #fresh = new Set<string>();
  /** Models whose names the schema refuses. */
  readonly #models: string[] = [];

  concerns(path: Path): boolean {
    return [...this.#paths.values()].some((own) => touches(path, own));
  }

  damaged(): Path[] {
    return [...this.#paths].flatMap(([name, path]) => (this.#harmless.has(name) ? [] : [path]));
  }

  /** From here on, what is wrong may be so because of what was taken away before. */
  nextTurn(): void {
    this.#fresh.clear();
  }

  /** Takes away what a problem is about, or the whole that lacks it; false if that is the file. */
  remove(raw: unknown, problem: Problem): boolean {
    const place = placeOf(problem);
    if (problem.key !== undefined && place[0] === 'models' && place.length === 2)
      this.#models.push(problem.key);
    let path = place[0] === 'models' && place.length > 2 ? place.slice(0, 2) : listEntry(place);
    if (this.#fresh.has(nameOf(path))) return true;
    while (path.length > 0 && (valueAt(raw, path) === undefined || this.#isGone(path))) {
      if (path.length === 1 && path[0] === 'name') break;
      path = path.slice(0, -1);
    }
    if (path.length === 0) return false;
    this.#paths.set(nameOf(path), path);
    this.#fresh.add(nameOf(path));
    if (problem.key !== undefined && !['models', 'families'].includes(String(place[0])))
      this.#harmless.add(nameOf(path));
    return true;
  }

  #isGone(path: Path): boolean {
    return this.#paths.has(nameOf(path));
  }

  /** A copy of what the file holds, without what was taken away. */
  without(raw: unknown): unknown {
    const copy = this.#copy(raw, []);
    const unnamed = this.#isGone(['name']) && typeof copy === 'object' && !Array.isArray(copy);
    return unnamed ? { ...copy, name: 'unnamed' } : copy;
  }

  #copy(value: unknown, path: Path): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return value.flatMap((entry, i) =>
        this.#isGone([...path, i]) ? [] : [this.#copy(entry, [...path, i])],
      );
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, entry]) => {
        const own = [...path, key];
        if (!this.#isGone(own)) return [[key, this.#copy(entry, own)]];
        const known = path[0] === 'models' && path.length === 1 && !this.#models.includes(key);
        return known ? [[key, STAND_IN]] : [];
      }),
    );
  }

  /** Models with names that the schema refuses are named by pairs all the same. */
  withStandIns(study: Study): Study {
    const more = Object.fromEntries(this.#models.map((name) => [name, STAND_IN]));
    return { ...study, models: { ...study.models, ...more } };
  }

  original(path: Path): Path {
    const whole: PropertyKey[] = [];
    for (const step of path) {
      if (typeof step !== 'number') whole.push(step);
      else {
        let [index, left] = [0, step];
        while (this.#isGone([...whole, index]) || left-- > 0) index++;
        whole.push(index);
      }
    }
    return whole;
  }
}

/** The path down to the first entry of a list on it. */
function listEntry(path: Path): Path {
  const at = path.findIndex((step) => typeof step === 'number');
  return at === -1 ? path : path.slice(0, at + 1);
}
