// What is no prompt of a model.

import { BadInput } from '../errors.ts';
import type { ModelInfo } from './language-model.ts';

/** Throws BadInput for a prompt that is empty, does not fit into the model's context or is not of its vocabulary. */
export function checkPrompt(
  { id, contextLength, vocabSize }: Pick<ModelInfo, 'id' | 'contextLength' | 'vocabSize'>,
  prompt: readonly number[],
): void {
  if (prompt.length === 0) throw new BadInput(id, 'the prompt is empty; a prompt has at least one token');
  if (prompt.length > contextLength)
    throw new BadInput(
      id,
      `the prompt has ${prompt.length} tokens, but the model's context holds ${contextLength}; use fewer rounds, a shorter scenario or a model with a longer context`,
    );
  for (const token of prompt)
    if (!Number.isInteger(token) || token < 0 || token >= vocabSize)
      throw new BadInput(id, `token ${token} is not in the vocabulary of ${vocabSize} tokens`);
}
