// What a run's folder holds of sensitivity and relationships.

import { existsSync } from 'node:fs';
import type { Direction } from '../pairs/align.ts';
import { relationshipsPath, sensitivityPath } from '../recordings/layout.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { pairsOf, seatOrdersOf } from '../studies/plan.ts';
import type { Study } from '../studies/schema.ts';
import { type PartName, readPart, type StoredPart } from '../studies/sensitivity-files.ts';

/** Parts of one direction of a seat order; those that were not made are absent. */
export interface SensitivityDirection {
  /** Names in seats A and B. */
  readonly models: readonly [string, string];
  readonly direction: Direction;
  readonly parts: { readonly [Name in PartName]?: StoredPart<Name> };
}

/** @throws CorruptFile naming a damaged file */
export async function gatherSensitivity(run: string, study: Study): Promise<SensitivityDirection[]> {
  const { relationships } = study;
  const sensitivity = study.sensitivity || undefined;
  const wanted: PartName[] = [
    ...(sensitivity?.topK || sensitivity?.clamp ? ['aggregation' as const] : []),
    ...(sensitivity?.sampleSizes ? ['sample-size' as const] : []),
    ...(sensitivity?.validationTarget ? ['target-choice' as const] : []),
    ...(sensitivity?.weighting ? ['weighting' as const] : []),
    ...(sensitivity?.groupings ? ['groupings' as const] : []),
    ...(sensitivity?.textBaseline ? ['text' as const] : []),
    ...(relationships ? ['relationships' as const] : []),
  ];
  if (wanted.length === 0) return [];
  const directions: SensitivityDirection[] = [];
  for (const { names: models } of pairsOf(study).flatMap(seatOrdersOf))
    for (const direction of DIRECTIONS) {
      const parts: Record<string, unknown> = {};
      for (const part of wanted) {
        const path =
          part === 'relationships'
            ? relationshipsPath(run, models, direction)
            : sensitivityPath(run, models, direction, part);
        if (existsSync(path)) parts[part] = await readPart(path, part);
      }
      directions.push({ models, direction, parts });
    }
  return directions;
}
