import { synchronyPath } from '../../recordings/layout.ts';
import { aggregateSyncR2 } from '../../synchrony/aggregation.ts';
import { readSynchrony } from '../../synchrony/synchrony-files.ts';
import type { SensitivityPart } from './part.ts';

/** Other means over the measured layer pairs: of the k best target layers, with and without the clamp at 0. */
export const AGGREGATION: SensitivityPart<'aggregation'> = {
  name: 'aggregation',
  version: 1,
  asked: ({ topK, clamp }) => topK || clamp,
  depends: (_, { conditions }) => [conditions],
  conditions: ({ conditions }) => conditions,
  async compute({ task: { order, direction }, context }) {
    const conditions = [];
    for (const condition of context.opened.study.conditions) {
      const path = synchronyPath(context.run, order.names, condition, direction);
      // One that could not be measured has failed there.
      const stored = await readSynchrony(path).catch(() => undefined);
      if (stored === undefined) continue;
      const { result } = stored;
      const choices = aggregateSyncR2(result.r2, result.sourceLayers, result.targetLayers);
      conditions.push({ condition, choices });
    }
    return { conditions };
  },
};
