import { INTERACTIVE } from '../../conditions/condition.ts';
import { type BaselineScores, measureTextBaseline, type TextScores } from '../../controls/text-baseline.ts';
import { type SpokenEpisode, textFeatures } from '../../controls/text-features.ts';
import { BadInput } from '../../errors.ts';
import type { RecordingFiles } from '../../recordings/list.ts';
import { readEpisode } from '../../recordings/recording.ts';
import { directionOptions, ownSettings } from '../direction-rows.ts';
import { combinableOf, type PartSource, type SensitivityPart } from './part.ts';
import type { PartResult } from './part-files.ts';

/** The same regression from the shared text, and what is left of synchrony without it. */
export const TEXT: SensitivityPart<'text'> = {
  name: 'text',
  version: 2,
  asked: ({ textBaseline }) => textBaseline !== false,
  depends: ({ textBaseline }, { synchrony }) => [ownSettings(synchrony), synchrony.intervals, textBaseline],
  compute: compareText,
};

async function compareText(source: PartSource): Promise<PartResult<'text'>> {
  const { measured, rows: open, context, signal } = source;
  const { textBaseline } = source.settings;
  if (textBaseline === false) throw new RangeError('text baselines are switched off');
  const { dimensions } = textBaseline;
  const rows = await open();
  const episodes = await readTranscripts(rows.files);
  const features = (text: 'shared' | 'heard') => textFeatures(episodes, rows.samples, { text, dimensions });
  const options = directionOptions(rows, context, signal);
  const { direction, sourceModel, groupBy, groups, lambda, ...settings } = options;
  const { targetModel } = measured;
  const baseline = await measureTextBaseline(
    rows.source,
    rows.target,
    { shared: features('shared'), heard: features('heard') },
    {
      ...settings,
      intervals: context.opened.study.synchrony.intervals,
      labels: { sourceModel, groupBy, condition: INTERACTIVE, direction, targetModel },
      splits: rows.splits,
      groups,
      lambda,
    },
  );
  const { shared, heard, left } = baseline;
  return {
    features: baseline.features,
    dimensions,
    states: combinableOf(measured),
    shared: scoresOf(shared),
    heard: scoresOf(heard),
    left: {
      ...combinableOf(measuredAs(left)),
      bestTarget: [...left.syncR2.bestTarget],
      bestR2: [...left.syncR2.bestR2],
    },
  };
}

/** As a measurement has them. */
function measuredAs({ syncR2, interval, jackknife }: BaselineScores) {
  return { syncR2, ...(interval && jackknife && { intervals: { syncR2: interval, jackknife } }) };
}

function scoresOf(scores: TextScores) {
  const { syncR2, lambdas, meanR2 } = scores;
  return {
    ...combinableOf(measuredAs(scores)),
    lambdas: [...lambdas],
    bestTarget: syncR2.bestTarget[0] ?? 0,
    meanR2: [...meanR2],
  };
}

/** @throws BadInput naming the first states without a transcript */
export async function readTranscripts(files: readonly RecordingFiles[]): Promise<SpokenEpisode[]> {
  return Promise.all(
    files.map(({ episode, states }) => {
      if (episode !== null) return readEpisode(episode);
      const advice = 'put the transcript (.json) beside it, or leave sensitivity.textBaseline out';
      throw new BadInput(states, `text baselines need to know what was said; ${advice}`);
    }),
  );
}
