import { AGGREGATION } from './aggregation.ts';
import { GROUPINGS_PART } from './groupings.ts';
import type { SensitivityPart } from './part.ts';
import type { PartName } from './part-files.ts';
import { SAMPLE_SIZE } from './sample-size.ts';
import { TARGET_CHOICE } from './target-choice.ts';
import { TEXT } from './text.ts';
import { WEIGHTING } from './weighting.ts';

/** Every part of `sensitivity`, in the order in which they are made. */
export const SENSITIVITY_PARTS: readonly SensitivityPart[] = [
  AGGREGATION,
  SAMPLE_SIZE,
  TARGET_CHOICE,
  WEIGHTING,
  GROUPINGS_PART,
  TEXT,
];

/** @throws RangeError for a name that is in no row */
export function partNamed(name: PartName): SensitivityPart {
  const part = SENSITIVITY_PARTS.find((one) => one.name === name);
  if (part === undefined) throw new RangeError(`no part of sensitivity is called ${name}`);
  return part;
}
