// Networks and probes of a run, for studies that have them.

import { existsSync } from 'node:fs';
import { readProbes } from '../probes/files.ts';
import type { AgentProbes } from '../probes/measure.ts';
import { probesPath, synchronyPath } from '../recordings/layout.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { pairsOf, seatOrdersOf } from '../studies/plan.ts';
import type { Study } from '../studies/schema.ts';
import { readNonlinear } from '../synchrony/synchrony-files.ts';
import type { NonlinearDirection } from './synchrony/nonlinear-section.ts';

/**
 * Those that are there.
 *
 * @throws CorruptFile naming a damaged file
 */
export async function gatherNetworks(run: string, study: Study): Promise<NonlinearDirection[] | undefined> {
  if (!study.nonlinear) return undefined;
  const all: NonlinearDirection[] = [];
  for (const { names } of pairsOf(study).flatMap(seatOrdersOf))
    for (const direction of DIRECTIONS) {
      const path = synchronyPath(run, names, 'interactive', direction, 'networks');
      if (!existsSync(`${path}.json`)) continue;
      const { result } = await readNonlinear(path);
      all.push({ models: names, result });
    }
  return all;
}

/**
 * Those that are there.
 *
 * @throws CorruptFile naming a damaged file
 */
export async function gatherProbes(run: string, study: Study): Promise<AgentProbes[] | undefined> {
  if (!study.mentalStates) return undefined;
  const all: AgentProbes[] = [];
  for (const { names } of pairsOf(study).flatMap(seatOrdersOf))
    for (const seat of ['A', 'B'] as const) {
      const path = probesPath(run, names, seat);
      if (existsSync(path)) all.push((await readProbes(path)).result);
    }
  return all;
}
