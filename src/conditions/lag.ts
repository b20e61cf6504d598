// The partner's turn k rounds later (docs/method.md §3): as many conditions as there are k ≥ 1.

import type { ConditionKind } from './kind.ts';
import { momentWords } from './words.ts';

const PREFIX = 'lag-';

export const lag: ConditionKind = {
  pattern: `${PREFIX}[1-9]\\d*`,
  example: `${PREFIX}1`,
  listed: `${PREFIX}1 (or ${PREFIX}2, ${PREFIX}3, …)`,
  traitsOf: (name) => {
    const k = Number(name.slice(PREFIX.length));
    return {
      meaning: 'the speaker’s state, and the partner’s turn that many rounds later',
      takes: 'the moment',
      lag: k,
      shorter: (rounds) =>
        rounds > 2 ? `${PREFIX}${rounds - 2} is the longest` : 'there is no room for any lag',
      difference: momentWords(`${k} ${k === 1 ? 'round' : 'rounds'} later (${name})`),
    };
  },
};
