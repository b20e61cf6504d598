// Many prompts of one reader.

import type { Conversation, Reading } from './language-model.ts';

/** `Conversation.readEach`, or one prompt after the other where a model has no better way. */
export async function readEach(
  conversation: Conversation,
  prompts: readonly (readonly number[])[],
  shared?: number,
): Promise<Reading[]> {
  if (conversation.readEach) return conversation.readEach(prompts, shared);
  const readings: Reading[] = [];
  for (const prompt of prompts) readings.push(await conversation.read(prompt));
  return readings;
}
