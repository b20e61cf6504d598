// A chat as models are trained on them: what the agent knows in the system message, its own lines as the assistant's, its
// partner's as the user's.

import { z } from 'zod';
import type { ChatMessage } from '../chat-message.ts';
import { type KnownUtterance, knownText } from '../dialogue.ts';
import { fieldText, fill } from '../fields.ts';
import { fillUtterance, utteranceText } from '../utterance-text.ts';
import type { AgentView } from '../view.ts';
import type { Style } from './style.ts';
import { renderText, textOfRole } from './transcript.ts';

const chatOfRole = z.strictObject({
  system: fieldText.describe('the system message: what the agent knows'),
  opening: fieldText.describe('the user’s first message where the agent itself speaks first'),
  heard: utteranceText.describe('the user’s message for what the partner says, with {text} in it'),
  said: utteranceText.describe('the assistant’s message for what the agent itself says, with {text} in it'),
});

const words = z.strictObject({
  agent: chatOfRole.describe('what an agent is given'),
  passive: textOfRole.describe('what a passive reader is given: one text, since it takes neither part'),
  'passive-same-format': chatOfRole.describe('the same in the shape of the agent’s own chat'),
  'mental-states': fieldText.describe('what asks an agent to name its mental state, behind what it knows'),
});

/** Seat A speaks first; so its own first line would be the assistant's, and nothing before it the user's. */
function renderChat(
  { system, opening, heard, said }: z.infer<typeof chatOfRole>,
  view: AgentView,
  dialogue: readonly KnownUtterance[],
): ChatMessage[] {
  const opens = view.seat === 'A';
  return [
    { role: 'system', content: fill(system, view) },
    ...(opens ? [{ role: 'user' as const, content: fill(opening, view) }] : []),
    ...dialogue.map((known, i): ChatMessage => {
      const own = (i % 2 === 0) === opens;
      return own
        ? { role: 'assistant', content: fillUtterance(said, view, knownText(known)) }
        : { role: 'user', content: fillUtterance(heard, view, known.text) };
    }),
  ];
}

export const CHAT: Style<z.infer<typeof words>> = {
  words,
  render(texts, role, view, dialogue) {
    if (role === 'passive') return renderText(texts.passive, view, dialogue);
    if (role === 'passive-same-format') return renderChat(texts[role], view, dialogue);
    const { system } = texts.agent;
    const named = role === 'mental-states' ? `${system.trimEnd()}\n${texts['mental-states']}` : system;
    return renderChat({ ...texts.agent, system: named }, view, dialogue);
  },
};
