// The number of samples of a study's measures under `samples: equal` (docs/method.md §4): the largest that every
// direction of every seat order has in every condition, among those that are recorded. It is known from how long the
// agents talked; no states are read.

import { samplesName, samplesOf } from '../conditions/samples.ts';
import { InterbrainError } from '../errors.ts';
import { DIRECTIONS } from '../pairs/align.ts';
import { type OpenRecording, openRecordings } from '../pairs/open.ts';
import { commonSize, type Grouped } from '../pairs/sizes.ts';
import type { StageContext } from './context.ts';
import { divisionOf } from './division.ts';
import type { SeatOrder } from './plan.ts';
import type { SynchronySettings } from './schema.ts';

/** Settings of the measure whose number of samples is known. */
export interface CountedSettings extends Omit<SynchronySettings, 'samples'> {
  readonly samples: number | 'all';
}

/**
 * The study's settings of the measure, `equal` replaced by the number that it comes to with the recordings that there
 * are. With no recordings, or where no number serves all, `all`: then each measure says what it lacks.
 */
export function countedSettings(context: StageContext): Promise<CountedSettings> {
  return context.once('counted settings', async () => {
    const { synchrony } = context.opened.study;
    if (synchrony.samples !== 'equal') return { ...synchrony, samples: synchrony.samples };
    const lists: Grouped[] = [];
    for (const order of context.opened.orders) lists.push(...(await listsOf(order, context)));
    return { ...synchrony, samples: commonSize(lists, divisionOf(synchrony, 'all')) ?? 'all' };
  });
}

/** The samples of each condition and direction of a seat order; none for an order that cannot be measured. */
async function listsOf(order: SeatOrder, context: StageContext): Promise<Grouped[]> {
  const { opened } = context;
  const { conditions, study } = opened;
  const { groupBy, drop } = study.synchrony;
  let recordings: readonly OpenRecording[];
  try {
    recordings = await openRecordings(await context.recordings(order), groupBy, drop);
  } catch (error) {
    return noneUnlessBug(error);
  }
  const unlike = new Map(conditions.map((condition) => [samplesName(condition), condition])).values();
  return [...unlike].flatMap((condition) =>
    DIRECTIONS.flatMap((direction) => {
      if (!opened.canMeasure(order, condition, direction)) return [];
      try {
        return [samplesOf(recordings, condition, direction).samples];
      } catch (error) {
        return noneUnlessBug(error);
      }
    }),
  );
}

/** What is wrong with recordings, the measure that is made of them says. */
function noneUnlessBug(error: unknown): [] {
  if (!(error instanceof InterbrainError)) throw error;
  return [];
}
