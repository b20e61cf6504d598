import { BadInput } from '../errors.ts';
import { STAGES } from '../studies/stages.ts';
import type { Identity } from './identity.ts';

/** The stages that a worker can be told to take alone, in the order in which they are run. */
export function stageNames(): string[] {
  return STAGES.map(({ name }) => name);
}

/** @throws BadInput for a name that is in no row of the table */
export function checkStageNames(names: readonly string[]): void {
  const strange = names.filter((name) => !stageNames().includes(name));
  if (strange.length > 0)
    throw new BadInput(
      '--stages',
      `no stage is called ${strange.join(', ')}; stages are ${stageNames().join(', ')}`,
    );
}

/** The models of a study, by its own names. */
export function studyModels(identity: Identity): string[] {
  return Object.keys(identity).flatMap((name) => (name.startsWith('models.') ? [name.slice(7)] : []));
}
