// SyncR² by relationship (docs/method.md §7, paper Figure 5): the fitted maps of the measure on parts of the test rows.

import {
  comparedScenarios,
  relationshipParts,
  relationshipSynchrony,
} from '../controls/relationship-parts.ts';
import { relationshipsPath } from '../recordings/layout.ts';
import type { Relationship, ScenarioSet } from '../scenarios/schema.ts';
import { ownLambda } from '../synchrony/results.ts';
import { inputsOf, openDirection, type StudyDirection, studyDirection } from './direction-rows.ts';
import { DIRECTIONS, type MeasureStudyOptions } from './measure.ts';
import type { RelationshipSettings } from './schema.ts';
import { headOf, measureAgain } from './sensitivity.ts';
import { knownPart, type PartResult, writePart } from './sensitivity-files.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

export interface RelationshipOptions extends Omit<MeasureStudyOptions, 'conditions'> {
  readonly relationships: RelationshipSettings;
  /** Says which relationship an interaction is about. */
  readonly scenarios: ScenarioSet;
}

/**
 * Measures what is not measured yet, after the measure itself. A relationship with too few test rows is left out, and
 * the result says so.
 *
 * @throws BadInput if the interactive condition has not been measured; errors of the measure
 */
export async function measureRelationships(options: RelationshipOptions): Promise<void> {
  const { run, orders, settings, relationships, scenarios, onProgress, signal } = options;
  const total = orders.length * DIRECTIONS.length;
  const byInteraction = relationshipOf(scenarios);
  const { test, splitSeeds, groupBy, samples } = settings;
  const depends = [
    ...[VERSION, relationships, [...byInteraction]],
    ...[ownLambda(settings.lambda), test, splitSeeds, groupBy, samples],
  ];
  let [done, skipped] = [0, 0];
  for (const order of orders)
    for (const side of DIRECTIONS) {
      const direction = await studyDirection(run, order, side);
      const path = relationshipsPath(run, order.names, side);
      const inputs = inputsOf(direction, depends);
      if (await knownPart(path, 'relationships', inputs)) skipped++;
      else {
        const result = await measureDirection(direction, byInteraction, options);
        await writePart(path, 'relationships', { ...headOf(direction), inputs, result });
      }
      signal?.throwIfAborted();
      onProgress?.({ what: 'relationships', done: ++done, total, skipped });
    }
}

async function measureDirection(
  direction: StudyDirection,
  byInteraction: ReadonlyMap<string, Relationship>,
  options: RelationshipOptions,
): Promise<PartResult<'relationships'>> {
  const { scenarios, relationships: settings } = options;
  const rows = await openDirection(direction, options);
  const ofSample = rows.samples.map(({ source }) =>
    byInteraction.get(rows.files[source.recording]!.interaction),
  );
  const parts = relationshipParts(ofSample, rows.splits, settings);
  const { subsets, size, leftOut } = parts;
  const common = {
    size: [...size],
    smallest: settings.smallest,
    scenarios: [comparedScenarios(scenarios).length, scenarios.scenarios.length] as [number, number],
    leftOut: leftOut.map(({ relationship, testSamples }) => ({
      relationship,
      testSamples: [...testSamples],
    })),
  };
  if (subsets.length === 0) return { relationships: [], ...common };
  const measured = await measureAgain(direction, rows, { splits: rows.splits, subsets }, options);
  const found = relationshipSynchrony(parts, measured.subsets);
  return { relationships: found.map(({ draws, ...one }) => ({ ...one, draws: [...draws] })), ...common };
}

/** Of every interaction whose scenario is compared. */
function relationshipOf(set: ScenarioSet): Map<string, Relationship> {
  const compared = new Map(comparedScenarios(set).map(({ id, relationship }) => [id, relationship]));
  return new Map(
    set.interactions.flatMap(({ id, scenario }): [string, Relationship][] => {
      const relationship = compared.get(scenario);
      return relationship ? [[id, relationship]] : [];
    }),
  );
}
