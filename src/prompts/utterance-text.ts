// A text around one line of dialogue.

import { z } from 'zod';
import { fieldProblems, fill } from './fields.ts';
import type { AgentView } from './view.ts';

const TEXT = '{text}';

/** A text with known fields and, once, what was said. */
export const utteranceText = z.string().superRefine((text, context) => {
  const around = text.split(TEXT);
  const problems = around.length === 2 ? around.flatMap(fieldProblems) : [`should have ${TEXT} once`];
  for (const message of problems) context.addIssue({ code: 'custom', message });
});

/** The text with what was said, which is never looked at for fields. */
export function fillUtterance(text: string, view: AgentView, said: string): string {
  const [before = '', behind = ''] = text.split(TEXT);
  return `${fill(before, view)}${said}${fill(behind, view)}`;
}
