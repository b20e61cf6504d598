import { BadInput, NotEnoughSamples } from '../../errors.ts';
import type { Sample } from '../../pairs/align.ts';
import { GROUPINGS, type GroupBy, groupOf } from '../../pairs/open.ts';
import { type DirectionRows, measureAgain, ownSettings, splitsOf } from '../direction-rows.ts';
import { countedSettings } from '../equal-samples.ts';
import { type SensitivityPart, sizeOf } from './part.ts';

/** The paper's Table 2, with the strictest grouping beside it. */
export const GROUPINGS_PART: SensitivityPart<'groupings'> = {
  name: 'groupings',
  version: 1,
  asked: ({ groupings }) => groupings,
  depends: (_, { synchrony }) => [ownSettings(synchrony), synchrony.intervals],
  async compute({ measured: own, rows: open, context, signal }) {
    const rows = await open();
    const synchrony = await countedSettings(context);
    const { intervals, groupBy: ownGroups, samples } = synchrony;
    const groupings = [];
    const leftOut = [];
    for (const groupBy of GROUPINGS) {
      try {
        const divided = regroup(rows, groupBy);
        const splits = splitsOf(divided, synchrony, samples);
        const groups = divided.map(({ group }) => group);
        const other = { splits, groups, groupBy, intervals };
        const measured =
          groupBy === ownGroups ? own : (await measureAgain(rows, other, context, signal)).result;
        groupings.push({ groupBy, groups: new Set(groups).size, ...sizeOf(measured) });
      } catch (error) {
        if (!isTooFew(error)) throw error;
        leftOut.push({ groupBy, reason: error.message });
      }
    }
    return { groupings, leftOut };
  },
};

/** @throws BadInput for states without a transcript, unless grouped by interaction */
function regroup({ samples, recordings }: DirectionRows, groupBy: GroupBy): Sample[] {
  return samples.map((sample) => {
    const recording = recordings[sample.source.recording];
    if (recording === undefined) throw new RangeError('a sample is of a recording');
    const { episode, states, group } = recording;
    if (episode) return { ...sample, group: groupOf(episode, groupBy) };
    if (groupBy === 'interaction') return { ...sample, group };
    const advice = 'put the transcript (.json) beside it, or set sensitivity.groupings: false';
    throw new BadInput(states.path, `groups by ${groupBy} need to know more than the states; ${advice}`);
  });
}

/** Whether a number of samples, or a grouping, cannot be had. */
export function isTooFew(error: unknown): error is NotEnoughSamples | BadInput {
  return error instanceof NotEnoughSamples || (error instanceof BadInput && error.where === 'samples');
}
