// What the stages of one study share while they work on it: settings of this process, and what was read once.

import type { OpenStudy } from './open.ts';

export interface StageContext {
  readonly opened: OpenStudy;
}
