// SyncR² by relationship (docs/method.md §7, paper Figure 5): the fitted maps of the measure on parts of the test rows.

import {
  comparedScenarios,
  relationshipParts,
  relationshipSynchrony,
} from '../../controls/relationship-parts.ts';
import type { Direction } from '../../pairs/align.ts';
import { relationshipsPath } from '../../recordings/layout.ts';
import type { Relationship, ScenarioSet } from '../../scenarios/schema.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionTask,
  directionInputs,
  directionTasks,
  headOf,
  measureAgain,
  openDirection,
  ownSettings,
} from '../direction-rows.ts';
import type { RelationshipSettings } from '../schema.ts';
import { type PartResult, readPart, type StoredPart, writePart } from '../sensitivity/part-files.ts';
import type { Stage } from '../stage.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

async function measureDirection(
  task: DirectionTask,
  settings: RelationshipSettings,
  context: StageContext,
  signal: AbortSignal,
): Promise<PartResult<'relationships'>> {
  const { scenarios } = context.opened;
  const byInteraction = relationshipOf(scenarios);
  const rows = await openDirection(task, context);
  const ofSample = rows.samples.map(({ source }) => {
    const file = rows.files[source.recording];
    return file && byInteraction.get(file.interaction);
  });
  const parts = relationshipParts(ofSample, rows.splits, settings);
  const { subsets, size, leftOut } = parts;
  const common = {
    size: [...size],
    smallest: settings.smallest,
    scenarios: pair(comparedScenarios(scenarios).length, scenarios.scenarios.length),
    leftOut: leftOut.map(({ relationship, testSamples }) => ({
      relationship,
      testSamples: [...testSamples],
    })),
  };
  if (subsets.length === 0) return { relationships: [], ...common };
  const measured = await measureAgain(rows, { splits: rows.splits, subsets }, context, signal);
  const found = relationshipSynchrony(parts, measured.subsets);
  return { relationships: found.map(({ draws, ...one }) => ({ ...one, draws: [...draws] })), ...common };
}

const pair = (a: number, b: number): [number, number] => [a, b];

/** The relationship of every interaction whose scenario is compared. */
function relationshipOf(set: ScenarioSet): Map<string, Relationship> {
  const compared = new Map(comparedScenarios(set).map(({ id, relationship }) => [id, relationship]));
  return new Map(
    set.interactions.flatMap(({ id, scenario }): [string, Relationship][] => {
      const relationship = compared.get(scenario);
      return relationship ? [[id, relationship]] : [];
    }),
  );
}

const pathOf = (run: string, { order, direction }: { order: DirectionTask['order']; direction: Direction }) =>
  relationshipsPath(run, order.names, direction);

/** A relationship with too few test rows is left out, and the result says so. */
export const RELATIONSHIPS_STAGE: Stage<DirectionTask, StoredPart<'relationships'>> = {
  name: 'relationships',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'relationships',
  processorBound: true,
  notEstimated: 'relationships',
  asked: ({ relationships }) => relationships !== false,
  tasks: directionTasks,
  path: pathOf,
  inputs(task, context) {
    const { study, scenarios } = context.opened;
    const byInteraction = relationshipOf(scenarios);
    const depends = [VERSION, study.relationships, [...byInteraction], ...ownSettings(study.synchrony)];
    return directionInputs(task, depends, context);
  },
  async read(run, task) {
    const result = await readPart(pathOf(run, task), 'relationships');
    return { inputs: result.inputs, result };
  },
  async make(tasks, context, { done, signal }) {
    const settings = context.opened.study.relationships;
    if (!settings) return;
    for (const { task, inputs } of tasks) {
      const result = await measureDirection(task, settings, context, signal);
      const head = await headOf(task, context);
      await writePart(pathOf(context.run, task), 'relationships', { ...head, inputs, result });
      done(task);
    }
  },
};
