// What a condition is: all that the rest of the program knows of one. Each is a file of its own and a row of the table.

import type { Alignable, Sample } from '../pairs/align.ts';
import type { EpisodeHead, GroupBy } from '../pairs/open.ts';
import type { PassiveFormat } from '../prompts/styles/style.ts';
import type { DifferenceWords } from './words.ts';

/** As much of a recording as conditions look at. */
export interface Played extends Alignable {
  /** Interaction and simulation seed: random choices by it do not depend on which other recordings there are. */
  readonly key?: string;
  /** Absent where there is no transcript. */
  readonly episode?: EpisodeHead;
}

/** What a condition takes away from the interactive one; all else stays as it is. */
export type Taken = 'nothing' | 'taking part' | 'the moment' | 'the partner' | 'the conversation';

/** Samples that are not the aligned pairs themselves. */
export interface Selection {
  /** Raised when a change of the program changes the samples. */
  readonly version: number;
  /**
   * The samples, made of the aligned pairs.
   *
   * @throws BadInput if recordings lack what it takes
   */
  readonly of: (recordings: readonly Played[], aligned: readonly Sample[]) => Sample[];
  /** Why a pair is left out, as a sentence without its full stop. */
  readonly leftOut: string;
  /** What a study lacks that has no such samples though it has rounds enough, and what to do; a sentence without its full stop. */
  readonly none?: string;
}

/** Groups that splits keep together whatever the study says. */
export interface OwnGrouping {
  readonly by: GroupBy;
  /** Who is grouped so, in the plural: `pseudo-dyads`. */
  readonly who: string;
  /** Why, as the end of a sentence that begins with `since`. */
  readonly since: string;
  /** What answers the question where the study's groups are others; a sentence without its full stop. */
  readonly instead: string;
}

/** One condition. Its samples are of the same type as the interactive one's, so the measure cannot tell them apart. */
export interface ConditionTraits {
  /** What is paired in it, for the report: a noun phrase. */
  readonly meaning: string;
  readonly takes: Taken;
  /** Whose states are the sources: a reader's who is given this prompt; absent for the speakers' own. */
  readonly reader?: PassiveFormat;
  /** How many rounds later than its answer the target is taken; 0 if absent. */
  readonly lag?: number;
  /** Absent where every aligned pair is a sample. */
  readonly selection?: Selection;
  /** Whether it takes targets from another seed's episode of the interaction; then it is tested against exchanges of these. */
  readonly acrossSeeds?: true;
  /** Pairs that an episode must have to give a sample; 1 if absent. */
  readonly fewestPairs?: 1 | 2;
  /** What to take in its place in a study of too few rounds: the beginning of an advice. */
  readonly shorter?: (rounds: number) => string;
  /** Absent where the study's own grouping holds. */
  readonly grouping?: OwnGrouping;
  /** Why its targets cannot be exchanged for strangers'; absent where they can. */
  readonly noStrangers?: string;
  /** What a difference from the interactive condition says; absent where the report says nothing of it. */
  readonly difference?: DifferenceWords;
  /** What stays open if no other condition that takes away the same was tested: a whole sentence. */
  readonly openAlone?: string;
}

/** A row of the table: one condition, or a family of them. */
export interface ConditionKind {
  /** What a study may write, as a regular expression without anchors. */
  readonly pattern: string;
  /** A name that the pattern takes. */
  readonly example: string;
  /** How messages list it. */
  readonly listed: string;
  /** Of the condition with this name, which the pattern takes. */
  readonly traitsOf: (name: string) => ConditionTraits;
}

/** A row for one name of lower-case letters, digits and hyphens. */
export function named(name: string, traits: ConditionTraits): ConditionKind {
  return { pattern: name, example: name, listed: name, traitsOf: () => traits };
}
