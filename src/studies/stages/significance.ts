// The significance of a study's synchrony: every direction of every model pair. Draws are made for a pair as a whole, so
// that its mean over directions can be tested too; a file holds one direction.

import { BadInput } from '../../errors.ts';
import { openGemm } from '../../numerics/gemm.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { sideLayers } from '../../pairs/layers.ts';
import { significancePath } from '../../recordings/layout.ts';
import { testDirection } from '../../statistics/condition-tests.ts';
import { type HeldOutMembers, heldOutMembers } from '../../statistics/prepared-fits.ts';
import { ownLambda } from '../../synchrony/results.ts';
import { hashOf, type StageContext } from '../context.ts';
import type { DirectionTask } from '../direction-rows.ts';
import { divisionOf } from '../division.ts';
import { seatOrdersOf } from '../plan.ts';
import {
  type PreparedDirection,
  prepareDirection,
  testedConditions,
  withoutSparse,
} from '../significance/prepare.ts';
import { type DirectionTests, readTests, writeTests } from '../significance/test-files.ts';
import type { Inputs, Making, OpenTask, Stage } from '../stage.ts';
import { EPISODES } from './episodes.ts';
import { MEASURE, measureTask } from './measure.ts';
import { READINGS } from './readings.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 3;

export interface SignificanceTask extends DirectionTask {
  /** As the study names it; its own order says nothing of the seats. */
  readonly pair: readonly [string, string];
}

const pathOf = (run: string, { pair, order, direction }: SignificanceTask) =>
  significancePath(run, pair, order.names, direction);

/** The directions of a pair, in the order of seat orders and directions. */
function pairTasks(pair: readonly [string, string]): SignificanceTask[] {
  const orders = seatOrdersOf(pair);
  const scope = orders.map(({ folder }) => folder);
  return orders.flatMap((order) =>
    DIRECTIONS.map((direction): SignificanceTask => {
      return { scope, label: `${order.folder} ${direction}`, pair, order, direction };
    }),
  );
}

/** What every direction's tests depend on, since draws are the pair's. */
function pairInputs(pair: readonly [string, string], context: StageContext): Promise<Inputs | undefined> {
  return context.once(`tests ${pair.join('+')}`, async () => {
    const { study, conditions: measured } = context.opened;
    if (!study.significance) return undefined;
    const conditions = testedConditions(measured);
    const measures = [];
    for (const order of seatOrdersOf(pair)) {
      if ((await context.hashOfRecordings(order)) === undefined) return undefined;
      for (const condition of conditions) {
        const task = measureTask(order, condition, 'A->B');
        const inputs = await context.inputsOf(MEASURE, task).catch(() => undefined);
        measures.push([order.names, condition, inputs]);
      }
    }
    const { draws, seed } = study.significance;
    return {
      recordings: hashOf(measures),
      settings: hashOf([VERSION, draws, seed, study.synchrony, conditions]),
    };
  });
}

/** Tests that each direction has: the interval, strangers and the comparison of every condition. */
const TESTS_OF_A_CONDITION = 3;

type Gemm = Awaited<ReturnType<typeof openGemm>>;

/** Makes tests of a pair's directions; those that others make, or that are there, have their share in the draws. */
async function testPair(
  open: readonly OpenTask<SignificanceTask>[],
  context: StageContext,
  { done, within, signal }: Making<SignificanceTask>,
  gemm: Gemm,
): Promise<void> {
  const [first] = open;
  const { significance } = context.opened.study;
  if (first === undefined || !significance) return;
  const { pair } = first.task;
  const prepared = await context.once(`rows to be tested ${pair.join('+')}`, async () => {
    const all: PreparedDirection[] = [];
    for (const { order, direction } of pairTasks(pair))
      all.push(await prepareDirection(order, direction, context));
    return withoutSparse(all);
  });
  const members = heldOutMembers(prepared.map(({ batches }) => batches));
  for (const one of prepared) {
    const own = open.find(
      ({ task }) => task.order.folder === one.order.folder && task.direction === one.direction,
    );
    if (own === undefined) continue;
    const onTest = (tests: number) => within(tests, own.task.label);
    const tests = await testOne(one, { members, inputs: own.inputs }, context, gemm, onTest, signal);
    await writeTests(pathOf(context.run, own.task), tests);
    done(own.task);
  }
}

async function testOne(
  { order, direction, batches }: PreparedDirection,
  { members, inputs }: { readonly members: HeldOutMembers; readonly inputs: Inputs },
  { opened, resources, run }: StageContext,
  gemm: Gemm,
  onTest: (tests: number) => void,
  signal: AbortSignal,
): Promise<DirectionTests> {
  const { conditions: named } = opened;
  const { synchrony: settings, significance } = opened.study;
  const [fits] = batches;
  const target = fits?.conditions[0]?.target;
  if (!significance || fits === undefined || target === undefined)
    throw new RangeError('a direction has the interactive condition');
  const lambda = ownLambda(settings.lambda);
  const { splitSeeds, folds } = divisionOf(settings, 'all');
  const tested = await testDirection(
    batches,
    members,
    {
      ...{ draws: significance.draws, seed: significance.seed, lambda },
      memory: resources.memory ?? process.availableMemory() / 2,
      ...{ scratchFolder: run, signal, onTest },
    },
    gemm,
  );
  // In the study's order, whatever shared its fits.
  const place = testedConditions(named);
  const conditions = tested.toSorted((x, y) => place.indexOf(x.condition) - place.indexOf(y.condition));
  const [a, b] = order.names;
  const [sourceModel, targetModel] = direction === 'A->B' ? [a, b] : [b, a];
  return {
    format: 'interbrain-significance-3',
    inputs: { ...inputs },
    models: [a, b],
    ...{ direction, sourceModel, targetModel },
    ...{ ...sideLayers(fits.source, target), lambda },
    ...{ groupBy: settings.groupBy, splitSeeds: [...splitSeeds], ...(folds !== undefined && { folds }) },
    ...{ draws: significance.draws, seed: significance.seed },
    conditions,
  };
}

export const SIGNIFICANCE: Stage<SignificanceTask, DirectionTests> = {
  name: 'significance',
  version: VERSION,
  needs: [EPISODES.name, READINGS.name],
  results: 'tests',
  processorBound: true,
  unit: 'significance tests',
  notEstimated: 'tests (up to twice as long as the measure)',
  asked: ({ significance }) => significance !== false,
  tasks: ({ measuredPairs }) => measuredPairs.flatMap(pairTasks),
  size: (_, { conditions }) => TESTS_OF_A_CONDITION * conditions.length,
  path: pathOf,
  inputs: ({ pair }, context) => pairInputs(pair, context),
  async read(run, task) {
    const result = await readTests(pathOf(run, task));
    return { inputs: result.inputs, result };
  },
  async make(tasks, context, making) {
    const { synchrony } = context.opened.study;
    if (testedConditions(context.opened.conditions).length === 0)
      throw new BadInput(
        'significance',
        'needs the condition interactive, with which the others are compared',
      );
    if (synchrony.solver !== 'exact')
      throw new BadInput('significance', `solver ${synchrony.solver} gives no tests; exact does`);
    const { threads, device } = context.resources;
    const gemm = await openGemm({ threads: threads ?? 0, ...(device && { device }) });
    try {
      await testPair(tasks, context, making, gemm);
    } finally {
      await gemm.close();
    }
  },
};
