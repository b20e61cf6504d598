// Settings in which two runs differ, each under the name that a study file gives it.

import type { Manifest } from '../studies/manifest.ts';

/** A setting, and its values in the first run and the second; null where a run does not have it. */
export interface DifferentSetting {
  readonly setting: string;
  readonly values: readonly [string | null, string | null];
}

/** Keys that say nothing of how numbers came about. */
const APART = new Set(['name', 'report']);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Values by their path: `simulation.rounds`. */
function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (value === undefined) return;
  if (isRecord(value) && Object.keys(value).length > 0) {
    for (const [key, one] of Object.entries(value)) flatten(one, path === '' ? key : `${path}.${key}`, into);
  } else into.set(path, typeof value === 'string' ? value : JSON.stringify(value));
}

/** What a run was made with, as far as its numbers depend on it. */
function settingsOf({ study, judge, versions, models, prompts, scenarios }: Manifest): Map<string, string> {
  const all = new Map<string, string>();
  const own = Object.fromEntries(Object.entries(study).filter(([key]) => !APART.has(key)));
  flatten({ ...own, ...(judge !== undefined && { judge }) }, '', all);
  for (const [name, { revision, dtype, device }] of Object.entries(models)) {
    all.set(`models.${name} revision`, revision.slice(0, 12));
    all.set(`models.${name} in memory`, device === undefined ? dtype : `${dtype}, ${device}`);
  }
  if (prompts)
    all.set(
      'prompts (style, wording)',
      `${prompts.style}, ${prompts.wording}, ${prompts.sha256.slice(0, 8)}`,
    );
  all.set('interactions', `${scenarios.interactions.length} of ${scenarios.name}`);
  all.set('interbrain', versions.interbrain);
  all.set('onnxruntime', versions.onnxruntime);
  return all;
}

/** In the order of the study file. */
export function differentSettings(first: Manifest, second: Manifest): DifferentSetting[] {
  const [a, b] = [settingsOf(first), settingsOf(second)];
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return names
    .filter((setting) => a.get(setting) !== b.get(setting))
    .map((setting) => ({ setting, values: [a.get(setting) ?? null, b.get(setting) ?? null] }));
}
