// Networks beside a study's ridge maps: every seat order and direction of the interactive condition.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { layerPlace } from '../../episodes/recorded-layers.ts';
import { synchronyPath } from '../../recordings/layout.ts';
import { sameInputs } from '../../recordings/result-file.ts';
import { pairsOf } from '../../synchrony/measures/networks-measure.ts';
import type { LayerPairChoice } from '../../synchrony/networks/layer-pairs.ts';
import { measureNonlinear, NETWORKS } from '../../synchrony/networks/nonlinear.ts';
import type { NonlinearResult } from '../../synchrony/networks/types.ts';
import { readNonlinear, writeNonlinear } from '../../synchrony/synchrony-files.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { hashOf, type StageContext } from '../context.ts';
import {
  type DirectionTask,
  directionTasks,
  measuredOf,
  measureOf,
  openDirection,
} from '../direction-rows.ts';
import { rowSettings } from '../division.ts';
import { countedSettings } from '../equal-samples.ts';
import type { OpenStudy } from '../open.ts';
import type { Inputs, Making, OpenTask, Stage } from '../stage.ts';
import { MEASURE } from './measure.ts';

const pathOf = (run: string, { order, direction }: DirectionTask) =>
  synchronyPath(run, order.names, INTERACTIVE, direction, NETWORKS.name);

/** What the ridge maps alone depend on does not cost a network. */
async function networkInputs(task: DirectionTask, context: StageContext): Promise<Inputs | undefined> {
  const { nonlinear } = context.opened.study;
  const recordings = await context.hashOfRecordings(task.order);
  if (!nonlinear || recordings === undefined) return undefined;
  const { layerPairs: _, ...network } = nonlinear;
  const rows = rowSettings(await countedSettings(context));
  return { recordings, settings: hashOf([NETWORKS.version, network, ...rows]) };
}

/** With what says which layer pairs there are to be: a result that names it has all of them. */
async function inputsOf(task: DirectionTask, context: StageContext): Promise<Inputs | undefined> {
  const inputs = await networkInputs(task, context);
  const measure = await context.inputsOf(MEASURE, measureOf(task));
  const { nonlinear } = context.opened.study;
  return inputs && measure && nonlinear
    ? { ...inputs, layerPairs: hashOf([nonlinear.layerPairs, measure]) }
    : undefined;
}

/** Layer pairs of a direction that get a network. */
function cellsOf({ order }: DirectionTask, opened: OpenStudy): number {
  const { nonlinear } = opened.study;
  if (!nonlinear) return 0;
  if (Array.isArray(nonlinear.layerPairs)) return nonlinear.layerPairs.length;
  return opened.layerPairs(order);
}

/** Pairs that a study names by their layers' numbers. */
function placesOf(
  pairs: LayerPairChoice,
  { sourceRecorded, targetRecorded }: SynchronyResult,
): LayerPairChoice {
  if (typeof pairs === 'string') return pairs;
  return pairs.map(({ source, target }) => ({
    source: layerPlace(sourceRecorded, source),
    target: layerPlace(targetRecorded, target),
  }));
}

async function train(
  { task, inputs }: OpenTask<DirectionTask>,
  context: StageContext,
  { signal, within }: Making<DirectionTask>,
): Promise<void> {
  const { nonlinear } = context.opened.study;
  if (!nonlinear) throw new RangeError('the study trains no networks');
  const path = pathOf(context.run, task);
  const { layerPairs: wanted, ...own } = inputs;
  const stored = await readNonlinear(path).catch(() => undefined);
  const known = stored && sameInputs(stored.inputs, own) ? stored.result.cells : [];
  const affine = await measuredOf(task, context);
  const { source, target, splits } = await openDirection(task, context);
  const { layerPairs: _, ...network } = nonlinear;
  const { threads } = context.resources;
  const size = cellsOf(task, context.opened);
  const result = await measureNonlinear(source, target, affine, {
    ...network,
    layerPairs: placesOf(pairsOf(nonlinear), affine),
    splits,
    known,
    // After every layer pair: an interrupted run goes on where it was.
    onCell: (soFar) => writeNonlinear(path, soFar, own),
    onProgress: ({ done, total }) => within(total > 0 ? (size * done) / total : 0, task.label),
    signal,
    ...(threads !== undefined && { threads }),
  });
  await writeNonlinear(path, result, { ...own, ...(wanted !== undefined && { layerPairs: wanted }) });
}

export const NETWORKS_STAGE: Stage<DirectionTask, NonlinearResult> = {
  name: 'networks',
  version: NETWORKS.version,
  needs: [MEASURE.name],
  results: 'networks',
  processorBound: true,
  unit: 'layer pairs with networks',
  notEstimated: 'the networks beside the ridge maps (run says early how long they take)',
  asked: ({ nonlinear }) => nonlinear !== false,
  tasks: directionTasks,
  size: cellsOf,
  path: (run, task) => `${pathOf(run, task)}.json`,
  inputs: inputsOf,
  read: (run, task) => readNonlinear(pathOf(run, task)),
  async make(tasks, context, making) {
    for (const open of tasks) {
      await train(open, context, making);
      making.done(open.task);
    }
  },
};
