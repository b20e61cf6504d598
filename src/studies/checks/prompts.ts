// Models that were trained on words of their own keep them, whatever the study says.

import { modelPrompts } from '../../models/sources.ts';
import { DEFAULT_STYLE } from '../../prompts/prompts.ts';
import { warning } from '../study-file/problem.ts';
import type { OpenCheck } from './check.ts';

export const ownPrompts: OpenCheck = {
  name: 'words that models keep',
  looksAt: ['prompts', 'models.*'],
  find({ study, models }) {
    if (study.prompts === DEFAULT_STYLE) return [];
    const keep = [...models].flatMap(([name, { source }]) => (source && modelPrompts(source) ? [name] : []));
    if (keep.length === 0) return [];
    const message = `${keep.join(', ')} ${keep.length === 1 ? 'keeps' : 'keep'} the words that the embedded models were trained on`;
    return [warning(['prompts'], message)];
  },
};
