// Networks and probes of a run, for studies that have them.

import { readProbes } from '../probes/files.ts';
import type { AgentProbes } from '../probes/measure.ts';
import { probesPath, synchronyPath } from '../recordings/layout.ts';
import { DIRECTIONS } from '../studies/measure.ts';
import { pairsOf, seatOrdersOf } from '../studies/plan.ts';
import type { Study } from '../studies/schema.ts';
import { readNonlinear } from '../synchrony/nonlinear-files.ts';
import type { NonlinearDirection } from './nonlinear-section.ts';

/** @throws BadInput or CorruptFile naming the file that is missing or damaged */
export async function gatherNetworks(run: string, study: Study): Promise<NonlinearDirection[] | undefined> {
  if (!study.nonlinear) return undefined;
  const all: NonlinearDirection[] = [];
  for (const { names } of pairsOf(study).flatMap(seatOrdersOf))
    for (const direction of DIRECTIONS) {
      const { result } = await readNonlinear(synchronyPath(run, names, 'interactive', direction));
      all.push({ models: names, result });
    }
  return all;
}

/** @throws BadInput or CorruptFile naming the file that is missing or damaged */
export async function gatherProbes(run: string, study: Study): Promise<AgentProbes[] | undefined> {
  if (!study.mentalStates) return undefined;
  const all: AgentProbes[] = [];
  for (const { names } of pairsOf(study).flatMap(seatOrdersOf))
    for (const seat of ['A', 'B'] as const) all.push((await readProbes(probesPath(run, names, seat))).result);
  return all;
}
