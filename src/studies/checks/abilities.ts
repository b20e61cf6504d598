// The published data of ability tests, where it lies on this machine.

import { BadInput } from '../../errors.ts';
import { readIfeval } from '../../evaluation/ifeval.ts';
import { readMusr } from '../../evaluation/musr.ts';
import { benchmarkRuns } from '../ability-settings.ts';
import { locate } from '../scenarios.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { OpenCheck } from './check.ts';

const READ = { IFEval: readIfeval, MuSR: readMusr } as const;

export const abilityData: OpenCheck = {
  name: 'data of ability tests',
  looksAt: ['abilities'],
  async find({ study, folder }) {
    const problems: Problem[] = [];
    for (const { benchmark, settings } of benchmarkRuns(study)) {
      const { data, limit } = settings;
      // What lies elsewhere is fetched when it is needed.
      if (data === undefined || /^https?:/.test(data)) continue;
      const path = ['abilities', benchmark];
      try {
        const { length } = await READ[benchmark](locate(data, folder));
        const what = benchmark === 'IFEval' ? 'prompts' : 'stories';
        if (limit !== undefined && limit > length)
          problems.push(
            warning(
              [...path, 'limit'],
              `${limit} ${what} are asked for, but the data has ${length}; all are asked`,
            ),
          );
      } catch (cause) {
        if (!(cause instanceof BadInput)) throw cause;
        problems.push(error([...path, 'data'], cause.message, { cause }));
      }
    }
    return problems;
  },
};
