import { validationSplit } from '../../pairs/validation-split.ts';
import { syncR2AtChosenTargets } from '../../synchrony/target-choice.ts';
import { measureAgain, ownSettings } from '../direction-rows.ts';
import { estimateOf, type SensitivityPart } from './part.ts';

/** Target layers chosen on training groups in place of the test set. */
export const TARGET_CHOICE: SensitivityPart<'target-choice'> = {
  name: 'target-choice',
  version: 1,
  asked: ({ validationTarget }) => validationTarget,
  depends: (_, { synchrony }) => [ownSettings(synchrony)],
  async compute({ measured, rows: open, context, signal }) {
    const rows = await open();
    const { test: share } = context.opened.study.synchrony;
    const splits = rows.splits.map((split) => validationSplit(split, share));
    const { result: validation } = await measureAgain(rows, { splits }, context, signal);
    const { value, standardError, targets, r2 } = syncR2AtChosenTargets(
      measured.r2,
      validation.r2,
      measured.sourceLayers,
      measured.targetLayers,
    );
    return {
      share,
      validationSamples: splits.map(({ test }) => test.length),
      onTraining: { value, standardError },
      onTest: estimateOf(measured),
      targets: targets.map((layers) => [...layers]),
      r2: [...r2],
    };
  },
};
