// The interactive condition: what the two agents had in mind while they talked. All others are compared with it.

import { PLAYED } from '../recordings/layout.ts';
import { named } from './kind.ts';

export const interactive = named(PLAYED, {
  meaning: 'the state of who is about to speak, and that of the partner’s next turn',
  takes: 'nothing',
});
