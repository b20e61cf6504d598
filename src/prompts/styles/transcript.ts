// The dialogue as one text, line by line, behind what the agent knows (paper §3.1).

import { z } from 'zod';
import type { ChatMessage } from '../chat-message.ts';
import { dialogueText, fillDialogue } from '../dialogue-text.ts';
import { fieldText, fill } from '../fields.ts';
import type { Style } from './style.ts';

export const textOfRole = z.strictObject({
  system: fieldText.optional().describe('a system message before the text'),
  user: dialogueText.describe(
    'the text, which ends with {dialogue}, or with {self.name}: on the line behind it',
  ),
});

const words = z.strictObject({
  agent: textOfRole.describe('what an agent is given'),
  passive: textOfRole.describe('what a passive reader is given'),
  'passive-same-format': textOfRole.describe('the same in the shape of the agent’s own text'),
  'mental-states': fieldText.describe('what asks an agent to name its mental state, behind what it knows'),
});

/** @param instruction a further line at the end of what the agent knows */
export function renderText(
  { system, user }: z.infer<typeof textOfRole>,
  view: Parameters<typeof fill>[1],
  dialogue: Parameters<typeof fillDialogue>[2],
  instruction?: string,
): ChatMessage[] {
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: fill(system, view) }]),
    { role: 'user', content: fillDialogue(user, view, dialogue, instruction) },
  ];
}

export const TRANSCRIPT: Style<z.infer<typeof words>> = {
  words,
  render(texts, role, view, dialogue) {
    if (role !== 'mental-states') return renderText(texts[role], view, dialogue);
    return renderText(texts.agent, view, dialogue, texts['mental-states']);
  },
};
