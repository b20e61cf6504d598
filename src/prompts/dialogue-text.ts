// A text that ends with the dialogue so far, one line per utterance, and perhaps with the opening of the agent's next line.

import { z } from 'zod';
import { type KnownUtterance, knownText } from './dialogue.ts';
import { fieldProblems, fill } from './fields.ts';
import type { AgentView } from './view.ts';

const DIALOGUE = '{dialogue}';
/** What alone may stand behind it, so that the next prompt begins with this one. */
const OPENING = '{self.name}:';

function problemsOf(text: string): string[] {
  const [head = '', tail, ...more] = text.split(`\n${DIALOGUE}`);
  if (tail === undefined || more.length > 0 || head.includes(DIALOGUE))
    return [`should have ${DIALOGUE} once, on a line of its own behind other lines`];
  if (!['', `\n${OPENING}`].includes(tail.trimEnd()))
    return [
      `should end with ${DIALOGUE}, or with ${OPENING} on the line behind it: what has been read stays`,
    ];
  return fieldProblems(head);
}

/** A text whose fields are known and which ends with the dialogue. */
export const dialogueText = z.string().superRefine((text, context) => {
  for (const message of problemsOf(text)) context.addIssue({ code: 'custom', message });
});

/**
 * The text as it is given to an agent or a reader.
 *
 * @param instruction a further line at the end of what stands before the dialogue
 */
export function fillDialogue(
  text: string,
  view: AgentView,
  dialogue: readonly KnownUtterance[],
  instruction?: string,
): string {
  const [head = '', tail = ''] = text.split(`\n${DIALOGUE}`);
  const before =
    instruction === undefined ? head : head.replace(/\n*$/, (blank) => `\n${instruction}${blank}`);
  const lines = dialogue.map((known) => `${known.speaker}: ${knownText(known)}`);
  const opening = tail.trim() === '' ? [] : [fill(OPENING, view)];
  return [fill(before, view), ...lines, ...opening].join('\n');
}
