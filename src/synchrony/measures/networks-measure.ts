// A two-layer network in place of every ridge map (paper Appendix I): on each source layer's best layer pair, or on more.

import { z } from 'zod';
import { measureConditions } from '../measure.ts';
import type { LayerPairChoice } from '../networks/layer-pairs.ts';
import { choosePairs } from '../networks/layer-pairs.ts';
import { measureNonlinear, NETWORKS, nonlinearResult } from '../networks/nonlinear.ts';
import { NETWORK_DEFAULTS } from '../networks/train-network.ts';
import type { NonlinearResult } from '../networks/types.ts';
import type { Measure } from './interface.ts';
import { lambdaSchema, type ResultForm } from './result-form.ts';
import { ridgeSettings } from './ridge-measure.ts';

const layer = z.number().int().min(0).max(100_000);
const atLeastOne = z.number().int().min(1);

/** What networks can be told in a study. */
export const networksSettings = z.strictObject({
  layerPairs: z
    .union(
      [z.enum(['best', 'all']), z.array(z.tuple([layer, layer])).min(1)],
      'should be best, all or pairs of layers counted from 0, such as [[0, 3], [1, 3]]',
    )
    .default('best')
    .describe(
      'best: each source layer with its best affine target; all: every one, which takes long; or [[source, target], …], counted from 0',
    ),
  hidden: atLeastOne.max(65_536).default(NETWORK_DEFAULTS.hidden).describe('hidden units'),
  learningRate: z
    .number()
    .gt(0)
    .max(1000)
    .default(NETWORK_DEFAULTS.learningRate)
    .describe('AdamW’s learning rate'),
  weightDecay: z
    .number()
    .min(0)
    .max(1000)
    .default(NETWORK_DEFAULTS.weightDecay)
    .describe('AdamW’s weight decay, on all parameters'),
  epochs: atLeastOne
    .max(1_000_000)
    .default(NETWORK_DEFAULTS.epochs)
    .describe('passes over the training rows'),
  batchSize: atLeastOne
    .max(100_000_000)
    .default(NETWORK_DEFAULTS.batchSize)
    .describe('training rows per step'),
  seed: z.number().int().default(NETWORK_DEFAULTS.seed).describe('decides initial weights and batches'),
});
export type NetworksSettings = z.infer<typeof networksSettings>;

const count = z.int().min(0);
const perSplit = z.array(z.number());

const schema = z.object({
  lambda: lambdaSchema,
  network: z.object({
    hidden: count,
    learningRate: z.number(),
    weightDecay: z.number(),
    epochs: count,
    batchSize: count,
    seed: z.int(),
  }),
  cells: z.array(
    z.object({ source: count, target: count, affine: perSplit, nonlinear: perSplit, trainLoss: perSplit }),
  ),
});

/** JSON alone: a file that is written after every layer pair must be whole at any moment. */
const networksForm: ResultForm<NonlinearResult, z.infer<typeof schema>> = {
  schema,
  // The summary stands in the file for who reads it; it is computed anew when we do.
  extrasOf: ({ lambda, network, syncR2, cells, comparison }) => ({
    syncR2,
    lambda,
    network,
    cells,
    comparison,
  }),
  layerKeys: { bestTarget: 'target', sourceLayers: 'source', source: 'source', target: 'target' },
  restore: async ({ lambda, network, cells, ...head }) => {
    const measure = { ...NETWORKS, version: head.measure.version };
    return nonlinearResult({ ...head, measure }, { lambda, network }, cells);
  },
};

/** Networks, beside the ridge maps of the same targets. Progress counts networks. */
export const networks: Measure<NetworksSettings, NonlinearResult> = {
  ...NETWORKS,
  settings: networksSettings,
  form: networksForm,
  async run(source, targets, settings, options) {
    const { splits, threads, signal, known } = options;
    const { onProgress: _, ...quietly } = options;
    const affine =
      options.ridge ??
      (
        await measureConditions(source, targets, { ...ridgeSettings.parse({}), ...quietly, intervals: false })
      ).map(({ result }) => result);
    const layerPairs = pairsOf(settings);
    const totals = affine.map((ridge) => choosePairs(ridge, layerPairs).length * splits.length);
    const total = totals.reduce((sum, one) => sum + one, 0);
    const results: NonlinearResult[] = [];
    let before = 0;
    for (const [t, { target }] of targets.entries()) {
      const ridge = affine[t];
      if (!ridge) throw new RangeError(`${affine.length} ridge results for ${targets.length} targets`);
      const done = before;
      results.push(
        await measureNonlinear(source, target, ridge, {
          ...settings,
          layerPairs,
          splits,
          known: known?.[t]?.cells ?? [],
          onCell: (soFar) => options.onGrown?.(soFar, t),
          onProgress: (progress) => options.onProgress?.({ done: done + progress.done, total }),
          ...(threads !== undefined && { threads }),
          ...(signal && { signal }),
        }),
      );
      before += totals[t] ?? 0;
    }
    return results;
  },
};

/** Layer pairs as a study names them. */
export function pairsOf({ layerPairs }: Pick<NetworksSettings, 'layerPairs'>): LayerPairChoice {
  return typeof layerPairs === 'string'
    ? layerPairs
    : layerPairs.map(([source, target]) => ({ source, target }));
}
