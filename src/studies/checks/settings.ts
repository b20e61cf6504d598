// Settings that are each valid and cannot be meant together.

import { pairsOf } from '../plan.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { FileCheck } from './check.ts';

export const penaltiesTwice: FileCheck = {
  name: 'ridge penalties that stand twice',
  looksAt: ['synchrony.lambda'],
  find({ study: { synchrony } }) {
    const penalties = [synchrony.lambda].flat();
    return penalties.flatMap((lambda, index) => {
      if (penalties.indexOf(lambda) === index) return [];
      const message = `${lambda} stands twice; name each penalty once`;
      return [error(['synchrony', 'lambda', index], message)];
    });
  },
};

/** `samples` is so small that a share of it is nothing. */
export const emptySide: FileCheck = {
  name: 'a side of the split without samples',
  looksAt: ['synchrony.samples', 'synchrony.test'],
  find({ study: { synchrony } }): Problem[] {
    const { samples, test } = synchrony;
    if (samples === 'all') return [];
    const held = Math.round(samples * test);
    if (held >= 1 && held < samples) return [];
    const sides = `of ${samples} samples, ${test} for the test are ${held}, and ${samples - held} are left for training`;
    return [error(['synchrony', 'test'], `${sides}; each side needs one at least`)];
  },
};

/** A correlation over pairs of models has as many points as there are pairs. */
const FEWEST_PAIRS = 3;

export const fewPairs: FileCheck = {
  name: 'pairs to correlate over',
  looksAt: ['correlation', 'pairs'],
  find({ study }) {
    const pairs = pairsOf(study).length;
    if (!study.correlation || pairs >= FEWEST_PAIRS) return [];
    const there = pairs === 1 ? 'there is 1' : `there are ${pairs}`;
    const message = `no correlation can be computed: it takes ${FEWEST_PAIRS} pairs of models, and ${there}`;
    return [warning(['correlation'], message)];
  },
};
