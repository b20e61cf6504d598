// Conditions by their names, for tests that call what a study file otherwise does.

import { type Condition, parseCondition } from '../src/conditions/condition.ts';

export function namedConditions(...names: readonly string[]): Condition[] {
  return names.map((name) => parseCondition(name));
}
