/** How far a stage of a study is. */
export interface Progress {
  /** The stage: `episodes`, `layers`. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  /** Of those done, how many had been done by an earlier run. */
  readonly skipped: number;
  /** What is counted, where it is not the things that `what` names. */
  readonly unit?: 'bytes';
  /** What is worked on just now: a file's name. */
  readonly detail?: string;
}

export type OnProgress = (progress: Progress) => void;
