// The six kinds of scenario of the embedded small world, drawn at random.

import type { Random } from '../numerics/random.ts';
import { bargaining, sharing } from './world-bargains.ts';
import { choosing, favour, inviting, makingUp } from './world-options.ts';
import type { Case, Kind } from './world-terms.ts';

export { type Case, KINDS, type Terms } from './world-terms.ts';

const MAKERS: Record<Kind, (random: Random) => Case> = {
  bargaining,
  sharing,
  choosing,
  favour,
  'making-up': makingUp,
  inviting,
};

/** One case of a kind. */
export function drawCase(random: Random, kind: Kind): Case {
  return MAKERS[kind](random);
}
