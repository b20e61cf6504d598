import { describe, expect, it } from 'vitest';
import { fullSample, type SampleStudy, sampleReport } from '../../test/sample-report.ts';
import type { ReportSource } from '../report/source.ts';
import { MEASURE } from '../studies/stages/measure.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { compareRuns } from './compare-runs.ts';

/** A sample whose measures are changed. */
function changed(change: (result: SynchronyResult) => Partial<SynchronyResult>, sample: SampleStudy = {}) {
  const source = sampleReport(sample);
  const results = (async (stage: { readonly name: string }) => {
    const found = await source.results(stage as typeof MEASURE);
    if (stage.name !== MEASURE.name) return found;
    return {
      ...found,
      current: found.current.map(({ task, result }) => ({ task, result: { ...result, ...change(result) } })),
    };
  }) as ReportSource['results'];
  return { ...source, run: 'runs/other', results };
}

const higher = ({ syncR2 }: SynchronyResult) => ({ syncR2: { ...syncR2, value: syncR2.value + 0.05 } });

describe('numbers', () => {
  it('stand side by side, and may be compared where nothing else differs', async () => {
    const { pairs, settings, only } = await compareRuns(
      sampleReport(),
      changed(higher, {
        settings: { simulation: { seeds: [0, 1], rounds: 8, temperature: 0.2, maxNewTokens: 300 } },
      }),
    );
    expect(settings).toEqual([{ setting: 'simulation.temperature', values: ['0.7', '0.2'] }]);
    expect(only).toEqual([[], []]);
    expect(pairs).toHaveLength(1);
    const [pair] = pairs;
    expect(pair).toMatchObject({
      models: ['small-llama', 'small-mistral'],
      condition: 'interactive',
      lambdas: [0.1, 0.1],
    });
    expect(pair?.obstacles).toEqual([]);
    expect(pair?.difference).toBeCloseTo(0.05, 12);
    expect((pair?.values[1].value ?? 0) - (pair?.values[0].value ?? 0)).toBeCloseTo(0.05, 12);
    expect(pair?.values[0].interval?.kind).toBe('jackknife-t');
  });

  it.each<[string, (result: SynchronyResult) => Partial<SynchronyResult>, string]>([
    ['λ', () => ({ lambda: 10 }), 'λ: 0.1 and 10'],
    [
      'n',
      ({ samples }) => ({ samples: samples - 100 }),
      'n: 1493 to 1500 and 1393 to 1400 samples, and SyncR² grows with n; as many in both (synchrony.samples: N, at most 1393) make them comparable',
    ],
    [
      'groups',
      () => ({ groupBy: 'scenario' }),
      'groups and splits: by interaction, draws of seeds 0, 1, 2 and by scenario, draws of seeds 0, 1, 2',
    ],
    [
      'splits',
      ({ splits }) => ({ splits: splits.map((split, fold) => ({ ...split, seed: 0, fold })) }),
      'groups and splits: by interaction, draws of seeds 0, 1, 2 and by interaction, 3 folds of seeds 0',
    ],
    [
      'the held-out share',
      ({ splits }) => ({
        splits: splits.map((split) => ({ ...split, testSamples: 600, trainSamples: 600 })),
      }),
      'held-out share: 0.20 and 0.50',
    ],
    [
      'principal components',
      () => ({ reduced: { asked: 8, source: 8, target: 8 } }),
      'layers: whole layers and 8 principal components',
    ],
    ['the solver', () => ({ solver: 'published-float32' }), 'solver: exact and published-float32'],
  ])('may not be compared where %s differ', async (_, change, reason) => {
    const { pairs } = await compareRuns(sampleReport(), changed(change));
    expect(pairs.map(({ obstacles }) => obstacles)).toEqual([[reason]]);
  });

  it('may not be compared between models of one name, or of other interactions', async () => {
    const other = sampleReport();
    const model = other.manifest.models['small-llama'];
    if (!model) throw new Error('no model');
    const manifest = {
      ...other.manifest,
      models: { ...other.manifest.models, 'small-llama': { ...model, revision: 'f00', layers: 9 } },
    };
    const [one] = (
      await compareRuns(sampleReport(), { ...other, manifest, encounters: other.encounters.slice(1) })
    ).pairs;
    expect(one?.obstacles).toEqual([
      expect.stringMatching(/^small-llama is not the same model: .* \(6 layers of \d+\) and .* \(9 layers/),
      'the interactions that were played are not the same',
    ]);
  });
});

describe('what both have', () => {
  it('is compared under every λ that both have, and the rest is named', async () => {
    const whole = fullSample({ settings: { pairs: undefined } });
    const few = sampleReport({ layers: [3, 4] });
    const { pairs, only, missing } = await compareRuns(whole, { ...few, run: 'runs/few' });
    expect(pairs.map(({ condition, lambdas }) => [condition, ...lambdas])).toEqual([
      ['interactive', 0.1, 0.1],
    ]);
    expect(only[0]).toContain('small-llama × small-mistral, passive');
    expect(only[1]).toEqual([]);
    expect(missing[0]).toEqual([expect.stringMatching(/^judgements: \d+ failed/)]);
  });

  it('is nothing where nothing is current', async () => {
    const nothing = sampleReport({ stateOf: () => 'stale' });
    const { pairs, only, missing } = await compareRuns(sampleReport(), nothing);
    expect(pairs).toEqual([]);
    expect(only).toEqual([['small-llama × small-mistral, interactive'], []]);
    expect(missing[1]).toContain('measures: 4 made with other settings or of other episodes, of 4');
  });
});
