// Keys that need others: what stands on the interactive condition, on its exact solution, or on a judge.

import { INTERACTIVE } from '../../conditions/condition.ts';
import type { Study } from '../schema.ts';
import { error, type Problem } from '../study-file/problem.ts';
import type { FileCheck } from './check.ts';

type Key =
  | 'nonlinear'
  | 'significance'
  | 'sensitivity'
  | 'relationships'
  | 'contributions'
  | 'ownPast'
  | 'similarity'
  | 'reliability'
  | 'correlation'
  | 'interventions'
  | 'episodeModel';

/** What the interactive condition is to them. */
const STANDS_ON_INTERACTIVE: Readonly<Record<Key, string>> = {
  nonlinear: 'networks stand beside the ridge maps of condition interactive',
  significance: 'the other conditions are compared with condition interactive',
  sensitivity: 'is about the maps of condition interactive',
  relationships: 'is about the maps of condition interactive',
  contributions: 'is about the maps of condition interactive',
  ownPast: 'is about the samples of condition interactive',
  reliability: 'is about condition interactive',
  similarity: 'other measures stand beside the maps of condition interactive',
  episodeModel: 'is about the maps of condition interactive',
  correlation: 'synchrony in condition interactive is correlated',
  interventions: 'states are changed along the maps of condition interactive',
};

const EXACT: readonly Key[] = [
  'significance',
  'sensitivity',
  'relationships',
  'contributions',
  'ownPast',
  'reliability',
  'episodeModel',
  'interventions',
];

/** Keys that stand on what a judge says of the episodes, and what they do with it. */
const STANDS_ON_JUDGE: Partial<Readonly<Record<Key, string>>> = {
  correlation: 'synchrony is correlated with what a judge says',
  episodeModel: 'is about what a judge says of the episodes',
};

function needsOf(key: Key, study: Study): Problem[] {
  if (!study[key]) return [];
  const problems: Problem[] = [];
  if (!study.conditions.includes(INTERACTIVE))
    problems.push(error([key], `${STANDS_ON_INTERACTIVE[key]}; add it to the conditions`));
  if (EXACT.includes(key) && study.synchrony.solver !== 'exact')
    problems.push(error([key], 'goes with synchrony.solver exact'));
  const judged = STANDS_ON_JUDGE[key];
  if (judged !== undefined && !study.judge)
    problems.push(error([key], `${judged}; add judge: rule, or { url, model }`));
  return problems;
}

function checkOf(key: Key): FileCheck {
  const more = key in STANDS_ON_JUDGE ? ['judge'] : [];
  return {
    name: `what ${key} needs`,
    looksAt: [key, 'conditions', 'synchrony.solver', ...more],
    find: ({ study }) => needsOf(key, study),
  };
}

export const neededKeys: readonly FileCheck[] = [
  checkOf('nonlinear'),
  checkOf('significance'),
  checkOf('sensitivity'),
  checkOf('relationships'),
  checkOf('contributions'),
  checkOf('ownPast'),
  checkOf('similarity'),
  checkOf('reliability'),
  checkOf('correlation'),
  checkOf('episodeModel'),
  checkOf('interventions'),
];
