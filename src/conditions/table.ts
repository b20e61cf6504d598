// The conditions that a study may name (docs/method.md §3), one row each. Whoever adds one writes a file beside this one
// and its row here; study files, the measure, the tests and the report take everything from the row.

import { interactive } from './interactive.ts';
import type { ConditionKind } from './kind.ts';
import { lag } from './lag.ts';
import { passive, passiveSameFormat } from './passive.ts';
import { pseudoDyad } from './pseudo-dyad.ts';
import { seedSwap } from './seed-swap.ts';
import { shuffled } from './shuffled.ts';

/** In the order in which messages list them, and the report what readers say. No name fits two rows. */
export const CONDITIONS: readonly ConditionKind[] = [
  interactive,
  passive,
  passiveSameFormat,
  lag,
  shuffled,
  pseudoDyad,
  seedSwap,
];
