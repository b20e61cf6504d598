// What a run's folder holds of sensitivity and relationships.

import { existsSync } from 'node:fs';
import type { Direction } from '../../pairs/align.ts';
import { DIRECTIONS } from '../../studies/measure.ts';
import { pairsOf, seatOrdersOf } from '../../studies/plan.ts';
import type { Study } from '../../studies/schema.ts';
import {
  type PartName,
  partPath,
  partsOf,
  readPart,
  type StoredPart,
} from '../../studies/sensitivity/part-files.ts';

/** Parts of one direction of a seat order; those that were not made are absent. */
export interface SensitivityDirection {
  /** Names in seats A and B. */
  readonly models: readonly [string, string];
  readonly direction: Direction;
  readonly parts: { readonly [Name in PartName]?: StoredPart<Name> };
}

/** @throws CorruptFile naming a damaged file */
export async function gatherSensitivity(run: string, study: Study): Promise<SensitivityDirection[]> {
  const wanted = partsOf(study);
  if (wanted.length === 0) return [];
  const directions: SensitivityDirection[] = [];
  for (const { names: models } of pairsOf(study).flatMap(seatOrdersOf))
    for (const direction of DIRECTIONS) {
      const parts: Record<string, unknown> = {};
      for (const part of wanted) {
        const path = partPath(run, models, direction, part);
        if (existsSync(path)) parts[part] = await readPart(path, part);
      }
      directions.push({ models, direction, parts });
    }
  return directions;
}
