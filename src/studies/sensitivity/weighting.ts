import { measureAgain, ownSettings } from '../direction-rows.ts';
import { estimateOf, type SensitivityPart } from './part.ts';

/** R² weighted by the variance of the target's dimensions. */
export const WEIGHTING: SensitivityPart<'weighting'> = {
  name: 'weighting',
  version: 1,
  asked: ({ weighting }) => weighting,
  depends: (_, { synchrony }) => [ownSettings(synchrony)],
  async compute({ measured, rows: open, context, signal }) {
    const rows = await open();
    const subsets = [{ name: 'by variance', includes: () => true, weighting: 'variance' }] as const;
    const again = await measureAgain(rows, { splits: rows.splits, subsets }, context, signal);
    const [weighted] = again.subsets;
    if (weighted === undefined) throw new RangeError('one subset has one result');
    const { value, standardError, bestTarget } = weighted.syncR2;
    return {
      uniform: estimateOf(measured),
      variance: { value, standardError },
      bestTarget: [...bestTarget],
    };
  },
};
