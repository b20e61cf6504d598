import { measureAgain, ownSettings, splitsOf } from '../direction-rows.ts';
import { isTooFew } from './groupings.ts';
import { byLambda, type SensitivityPart, sizeOf } from './part.ts';

/** Of the study's own number of samples. */
const FRACTIONS = [1 / 16, 1 / 8, 1 / 4, 1 / 2];
const FEWEST_SAMPLES = 40;

/** SyncR² with fewer samples, under every λ of the study. */
export const SAMPLE_SIZE: SensitivityPart<'sample-size'> = {
  name: 'sample-size',
  version: 2,
  asked: ({ sampleSizes }) => sampleSizes !== false,
  depends: ({ sampleSizes }, { synchrony }) => [
    ...[ownSettings(synchrony), synchrony.lambda, synchrony.intervals, sampleSizes],
  ],
  async compute({ measured: own, rows: open, settings: { sampleSizes }, context, signal }) {
    const rows = await open();
    const { synchrony } = context.opened.study;
    const wanted = Array.isArray(sampleSizes)
      ? sampleSizes
      : FRACTIONS.map((share) => Math.round(own.samples * share)).filter((size) => size >= FEWEST_SAMPLES);
    const sizes = [...new Set(wanted)].filter((size) => size !== own.samples).sort((a, b) => a - b);
    const measured = [{ ...sizeOf(own), byLambda: byLambda(own) }];
    const leftOut = [];
    for (const samples of sizes) {
      try {
        const splits = splitsOf(rows.samples, synchrony, samples);
        const { intervals, lambda } = synchrony;
        const other = { splits, intervals, lambda, training: true };
        const { result } = await measureAgain(rows, other, context, signal);
        measured.push({ ...sizeOf(result), byLambda: byLambda(result) });
      } catch (error) {
        if (!isTooFew(error)) throw error;
        leftOut.push({ samples, reason: error.message });
      }
    }
    const dimensions = own.reduced?.source ?? rows.source.hiddenSize;
    return { sizes: measured.sort((a, b) => a.samples - b.samples), leftOut, dimensions };
  },
};
