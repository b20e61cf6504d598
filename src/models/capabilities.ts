// What not every model can do. Whoever needs one of these asks for it by name, before hours of work if possible.

import { ModelMismatch } from '../errors.ts';

/**
 * `logits`: a reading has the logits of the token after the prompt. `likelihoods`: log-likelihoods of continuations can
 * be had, and with them the distribution over labels. `repeatable`: the same prompt, settings and seed give the same
 * bytes on the same machine, whatever runs beside it. `interventions`: states can be changed while it reads and speaks.
 */
export const CAPABILITIES = ['logits', 'likelihoods', 'repeatable', 'interventions'] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** How a message says that a model lacks it. */
const LACKS: Readonly<Record<Capability, string>> = {
  logits: 'gives no logits',
  likelihoods: 'gives no likelihoods of texts',
  repeatable: 'does not repeat a reply to the last byte',
  interventions: 'takes no changes of its states',
};

/** The parts of `ModelInfo` that say what a model can do. */
export interface Capable {
  readonly id: string;
  readonly capabilities: readonly Capability[];
}

/**
 * Checks that a model can do something.
 *
 * @param wantedBy what is to be done with it: `mental states`
 * @throws ModelMismatch naming the model, what it cannot do and what wanted it
 */
export function requireCapability(model: Capable, capability: Capability, wantedBy: string): void {
  if (!model.capabilities.includes(capability)) throw lacking(model, capability, wantedBy);
}

/** The error of a model that cannot do what is asked of it. */
export function lacking({ id, capabilities }: Capable, capability: Capability, wantedBy: string): Error {
  const can = capabilities.length > 0 ? capabilities.join(', ') : 'none of what is optional';
  return new ModelMismatch(
    id,
    `${LACKS[capability]}, which ${wantedBy} need (it can: ${can}); run it from a checkpoint, with path: or hub:, or leave that out`,
  );
}

/** Whether a model's hidden states can be had; it can take part without. */
export function hasStates({ layers }: { readonly layers: number }): boolean {
  return layers > 0;
}
