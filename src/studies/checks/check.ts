// What a check is: one question about a study that can be answered before anything is played.

import type { ModelInfo } from '../../models/language-model.ts';
import type { ModelSource } from '../../models/sources.ts';
import type { Encounter, ScenarioSet } from '../../scenarios/schema.ts';
import type { Study } from '../schema.ts';
import type { Path, Problem } from '../study-file/problem.ts';
import type { Capacities } from './samples.ts';

/** What is known of a study once its file has been read. */
export interface FileParts {
  /** With all defaults. */
  readonly study: Study;
  /** Whether the file holds something else at a place, or above or below it, than `study` has: a mistake that is told already. */
  readonly isDamaged: (path: Path) => boolean;
  /** As `isDamaged`, of the place as a whole: entries of a list that are wrong are left out, and the others stand. */
  readonly isLost: (path: Path) => boolean;
}

/** A check of what the file alone says. */
export interface FileCheck {
  readonly name: string;
  /** What it looks at, as `synchrony.lambda`; it is left out where one of them is damaged. `pairs.*`: or lost. */
  readonly looksAt: readonly string[];
  readonly find: (parts: FileParts) => readonly Problem[];
}

/** The machine's main memory, bytes. */
export interface MachineMemory {
  readonly total: number;
  readonly free: number;
}

/** A model that takes part; what is wrong with it is told already, and then it has less of these. */
export interface DescribedModel {
  readonly source?: ModelSource;
  /** Absent for one that has to be downloaded first. */
  readonly info?: ModelInfo;
}

/** What is known of a study once the files have been read that it names. */
export interface OpenParts extends FileParts {
  /** The folder that relative paths are taken from. */
  readonly folder: string;
  /** Where results are kept: runs/<study>. */
  readonly run: string;
  /** What for the study is opened. */
  readonly purpose: Purpose;
  /** Undefined if they cannot be read, which is told already. */
  readonly set: ScenarioSet | undefined;
  /** Those that are played; undefined as `set` is. */
  readonly encounters: readonly Encounter[] | undefined;
  /** How many samples there can be; undefined as `set` is. */
  readonly capacities: Capacities | undefined;
  /** By the study's names, of those that take part. */
  readonly models: ReadonlyMap<string, DescribedModel>;
  readonly memory: MachineMemory;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * To look at what is there; to play a little of it; to play all of it, and to ask the judge; to have all of it played by
 * others, whose machines are not this one.
 */
export type Purpose = 'look' | 'estimate' | 'run' | 'queue';

/** A check of what the study names. */
export interface OpenCheck {
  readonly name: string;
  readonly looksAt: readonly string[];
  /** For which purposes it matters; for all by default. */
  readonly purposes?: readonly Purpose[];
  readonly find: (parts: OpenParts) => readonly Problem[] | Promise<readonly Problem[]>;
}

/** Whether a check can be asked: nothing that it looks at is damaged. */
export function canBeAsked(
  { looksAt }: Pick<FileCheck, 'looksAt'>,
  { isDamaged, isLost }: FileParts,
): boolean {
  return !looksAt.some((place) => {
    const path = place.split('.');
    return path.at(-1) === '*' ? isLost(path.slice(0, -1)) : isDamaged(path);
  });
}
