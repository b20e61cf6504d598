import type { Inputs } from './stage.ts';

/** Whether a result was made of these inputs; it may name more. */
export function sameInputs(stored: Inputs, inputs: Inputs): boolean {
  return Object.entries(inputs).every(([name, hash]) => stored[name] === hash);
}
