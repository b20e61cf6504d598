// The sentences in which the report says what a difference from the interactive condition means. Conditions that take
// away the same are spoken of in the same sentences.

/** One sentence for each way in which the comparison of the interactive condition with another may end. */
export interface DifferenceWords {
  /** The interactive SyncR² is higher; the numbers are the difference, its interval and p. */
  readonly above: (numbers: string) => string;
  readonly below: (numbers: string) => string;
  /** There is no difference that the data could show. */
  readonly alike: (numbers: string) => string;
  readonly untested: (reason: string) => string;
}

/** @param who reads in place of the speaker: `somebody who reads the dialogue as an outsider (passive)` */
export function readerWords(who: string): DifferenceWords {
  return {
    above: (numbers) => `Who takes part predicts the partner better than ${who}: ${numbers}.`,
    below: (numbers) => `Who takes part predicts the partner worse than ${who}: ${numbers}.`,
    alike: (numbers) =>
      `Who takes part predicts the partner no better than ${who}, as far as these data show: ${numbers}.`,
    untested: (reason) => `Against ${who}: not tested (${reason}).`,
  };
}

/** @param when the partner's state is taken instead: `2 rounds later (lag-2)` */
export function momentWords(when: string): DifferenceWords {
  return {
    above: (numbers) =>
      `The partner’s state is predicted worse ${when}: ${numbers}; alignment in time matters.`,
    below: (numbers) =>
      `The partner’s state is predicted better ${when}: ${numbers}; what passes between the two, or what both go on to read, shows later than in the next turn.`,
    alike: (numbers) =>
      `The partner’s state is predicted as well ${when}, as far as these data show: ${numbers}; there is no sign that the moment matters.`,
    untested: (reason) => `Against the partner ${when}: not tested (${reason}).`,
  };
}

/** What cannot be said without any condition that takes this away: a whole sentence each. */
export const WITHOUT_ANY = {
  'taking part':
    'Without a passive condition nothing tells what taking part adds to what both have read; add passive and passive-same-format to the study’s conditions.',
  'the moment': 'Without a lag or shuffled rounds nothing tells whether the moment matters.',
  'the conversation':
    'Without the same scene played with another seed nothing tells what belongs to this conversation from what scenario, characters and goals give; play two simulation seeds, and add seed-swap to the study’s conditions.',
};
