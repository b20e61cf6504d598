// A reader's states in place of the speaker's (docs/method.md §3): the target is always what the active partner had.

import { named } from './kind.ts';
import { readerWords } from './words.ts';

export const passive = named('passive', {
  meaning: 'the state of a reader in the speaker’s place who takes no part, and the partner’s next turn',
  takes: 'taking part',
  reader: 'passive',
  difference: readerWords('somebody who reads the dialogue as an outsider (passive)'),
  openAlone:
    'The passive reader’s prompt differs in form as well as in its role, so that a difference may come from the form; passive-same-format tells the two apart.',
});

export const passiveSameFormat = named('passive-same-format', {
  meaning: 'the same, with the reader’s prompt in the form of the speaker’s',
  takes: 'taking part',
  reader: 'passive-same-format',
  difference: readerWords('somebody who reads it in the same format (passive-same-format)'),
});
