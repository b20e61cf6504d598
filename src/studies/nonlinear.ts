// Networks beside a study's ridge maps: every seat order and direction of the interactive condition.

import { createHash } from 'node:crypto';
import { BadInput } from '../errors.ts';
import { alignPairs } from '../pairs/align.ts';
import { recordingLayers } from '../pairs/layers.ts';
import { openRecordings } from '../pairs/open.ts';
import { splitSamples } from '../pairs/split.ts';
import { synchronyPath } from '../recordings/layout.ts';
import { pairsOf } from '../synchrony/measures/networks-measure.ts';
import { measureNonlinear, NETWORKS } from '../synchrony/networks/nonlinear.ts';
import type { NonlinearResult } from '../synchrony/networks/types.ts';
import { readNonlinear, readSynchrony, writeNonlinear } from '../synchrony/synchrony-files.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { DIRECTIONS, type MeasureStudyOptions, recordingsOf } from './measure.ts';
import type { SeatOrder } from './plan.ts';
import type { NonlinearSettings } from './schema.ts';

export interface NonlinearStudyOptions extends Omit<MeasureStudyOptions, 'conditions' | 'memory' | 'device'> {
  readonly nonlinear: NonlinearSettings;
}

/**
 * Trains the networks that are not trained yet. A result is written after every layer pair, so that an interrupted run
 * goes on where it was. Progress counts epochs of one result at a time; its time left is good from the first epoch on.
 *
 * @returns the results, A→B and then B→A of every seat order
 * @throws BadInput if the ridge maps have not been measured; the signal's reason when aborted
 */
export async function measureStudyNonlinear(options: NonlinearStudyOptions): Promise<NonlinearResult[]> {
  const results: NonlinearResult[] = [];
  for (const order of options.orders)
    for (const direction of DIRECTIONS) {
      const { names } = order;
      const affine = await readSynchrony(synchronyPath(options.run, names, 'interactive', direction));
      const { layerPairs: _, ...network } = options.nonlinear;
      const { samples, test, splitSeeds, groupBy } = options.settings;
      // What the ridge maps alone depend on does not cost a network.
      const depends = JSON.stringify([NETWORKS.version, network, samples, test, splitSeeds, groupBy]);
      const inputs = {
        recordings: affine.inputs['recordings'] ?? '',
        settings: createHash('sha256').update(depends).digest('hex'),
      };
      const path = synchronyPath(options.run, names, 'interactive', direction, 'networks');
      results.push(await measureDirection(path, order, affine.result, inputs, options));
    }
  return results;
}

/**
 * Says before anything is played that a layer pair does not exist, in some direction of some seat order.
 *
 * @param models by the study's names; those that are not there are not checked
 * @throws BadInput naming the pair, the models and the layers that there are
 */
export function checkLayerPairs(
  { layerPairs }: NonlinearSettings,
  orders: MeasureStudyOptions['orders'],
  models: ReadonlyMap<string, { readonly info: { readonly layers: number } }>,
): void {
  if (typeof layerPairs === 'string') return;
  for (const { names } of orders)
    for (const [source, target] of [names, names.toReversed()] as [string, string][]) {
      const [from, to] = [source, target].map((name) => models.get(name)?.info.layers ?? Infinity) as [
        number,
        number,
      ];
      const wrong = layerPairs.find(([a, b]) => a >= from || b >= to);
      if (wrong)
        throw new BadInput(
          'nonlinear.layerPairs',
          `there is no pair [${wrong.join(', ')}] from ${source} to ${target}; layers are 0 to ${from - 1} and 0 to ${to - 1}`,
        );
    }
}

async function measureDirection(
  path: string,
  order: SeatOrder,
  affine: SynchronyResult,
  inputs: Readonly<Record<string, string>>,
  options: NonlinearStudyOptions,
): Promise<NonlinearResult> {
  const { settings, nonlinear, threads, signal, onProgress } = options;
  const stored = await readNonlinear(path).catch(() => undefined);
  const same = Object.entries(inputs).every(([name, hash]) => stored?.inputs[name] === hash);
  const known = (same && stored?.result.cells) || [];
  const recordings = await openRecordings(await recordingsOf(options, order), settings.groupBy);
  const pairs = alignPairs(recordings, affine.direction);
  const { samples, test: testFraction, splitSeeds } = settings;
  const splits = splitSeeds.map((seed) => splitSamples(pairs, { seed, samples, testFraction }));
  const { layerPairs: _, ...network } = nonlinear;
  const [source, target] = [
    recordingLayers(recordings, pairs, 'source'),
    recordingLayers(recordings, pairs, 'target'),
  ];
  let before: number | undefined;
  const result = await measureNonlinear(source, target, affine, {
    ...network,
    layerPairs: pairsOf(nonlinear),
    splits,
    known,
    onCell: (soFar) => writeNonlinear(path, soFar, inputs),
    onProgress: ({ done, total }) => {
      before ??= Math.floor(done);
      onProgress?.({
        what: `networks ${order.folder} ${affine.direction}, epochs`,
        done: Math.round(done * network.epochs),
        total: total * network.epochs,
        skipped: before * network.epochs,
      });
    },
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  // Fewer layer pairs than before, or none that was missing: no layer pair has written the file.
  if (JSON.stringify(stored?.result) !== JSON.stringify(result) || !same)
    await writeNonlinear(path, result, inputs);
  return result;
}
