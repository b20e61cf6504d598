// Whether all pairs can be reduced to as many principal components as are wanted.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { type Problem, warning } from '../study-file/problem.ts';
import type { OpenCheck } from './check.ts';
import { DECIDES_SAMPLES } from './samples.ts';

/** A model has no more components than dimensions, and a split none more than training rows, less one. */
export const fewComponents: OpenCheck = {
  name: 'principal components of all models',
  looksAt: [...DECIDES_SAMPLES, 'synchrony.reduce', 'models.*', 'conditions'],
  find({ study, models, capacities }): Problem[] {
    const { reduce } = study.synchrony;
    if (!reduce) return [];
    const path = ['synchrony', 'reduce', 'components'];
    const problems: Problem[] = [];
    const narrow = [...models].filter(([, { info }]) => info && info.hiddenSize < reduce.components);
    const [name, { info } = {}] =
      narrow.sort(([, a], [, b]) => (a.info?.hiddenSize ?? 0) - (b.info?.hiddenSize ?? 0))[0] ?? [];
    if (name !== undefined && info) {
      const message = `${name} has ${info.hiddenSize} dimensions and no more components, so its pairs have fewer than wider ones; take at most ${info.hiddenSize}`;
      problems.push(warning(path, message));
    }
    const found = study.conditions.includes(INTERACTIVE) ? capacities?.of(INTERACTIVE) : undefined;
    const rows = found?.possible ? Math.min(...found.splits.map(({ train }) => train.length)) : undefined;
    if (rows !== undefined && rows - 1 < reduce.components) {
      const message = `${rows} training rows at most have ${rows - 1} principal components; take fewer, or play more`;
      problems.push(warning(path, message));
    }
    return problems;
  },
};
