// What models on servers do not give: whose states nobody sees, and who has no label probabilities.

import { traitsOf } from '../../conditions/condition.ts';
import { type Capability, hasStates } from '../../models/capabilities.ts';
import { benchmarkRuns } from '../ability-settings.ts';
import { pairsOf } from '../plan.ts';
import { error, type Path, type Problem, warning } from '../study-file/problem.ts';
import type { DescribedModel, OpenCheck, OpenParts } from './check.ts';

/** Pairs of which nothing, or not all, can be measured. */
export const unseenStates: OpenCheck = {
  name: 'models without hidden states',
  looksAt: ['models', 'pairs.*'],
  find({ study, models }) {
    const unseen = new Set(
      [...models].flatMap(([name, { info }]) => (info && !hasStates(info) ? [name] : [])),
    );
    const readers = study.conditions.filter((condition) => traitsOf(condition).reader !== undefined);
    return [...unseen].map((name) => {
      const partners = pairsOf(study)
        .filter((pair) => pair.includes(name))
        .flatMap(([a, b]) => (a === name ? [b] : [a]))
        .filter((partner) => !unseen.has(partner));
      return warning(['models', name], unseenText(name, [...new Set(partners)], readers));
    });
  },
};

function unseenText(name: string, partners: readonly string[], readers: readonly string[]): string {
  const shows = `${name} shows no hidden states, so that no synchrony with it can be measured`;
  if (partners.length === 0) return `${shows}; it talks, and its talks can be judged`;
  const who = partners.join(', ');
  if (readers.length > 0)
    return `${shows}; in ${readers.join(', ')} alone its partner (${who}) reads in its place, and predicts its own states from what it read`;
  return `${shows}; with conditions: [interactive, passive] its partner (${who}) would read in its place`;
}

/** Who asks for likelihoods, and where the study says so. */
function wanting({ study }: OpenParts): (readonly [Path, string])[] {
  const states = study.mentalStates === false ? [] : [[['mentalStates'], 'mental states'] as const];
  const tests = benchmarkRuns(study).filter(({ benchmark }) => benchmark === 'MuSR');
  return [...states, ...tests.map(({ benchmark }) => [['abilities', benchmark], benchmark] as const)];
}

const NEEDED: Capability = 'likelihoods';

/** Mental states and tests by likelihood, for models that give none. */
export const likelihoods: OpenCheck = {
  name: 'likelihoods of labels',
  looksAt: ['models', 'mentalStates', 'abilities'],
  find(parts) {
    const lacking = [...parts.models].flatMap(([name, { info }]: [string, DescribedModel]) =>
      info && !info.capabilities.includes(NEEDED) ? [name] : [],
    );
    if (lacking.length === 0) return [];
    return wanting(parts).map(
      ([path, what]): Problem =>
        error(
          path,
          `${what} need the probabilities of labels, which ${lacking.join(', ')} ${lacking.length === 1 ? 'does' : 'do'} not give; leave ${what} out, or take models from a checkpoint or a vLLM server`,
        ),
    );
  },
};
