// The table of prompt styles.

import { z } from 'zod';
import type { ChatMessage } from './chat-message.ts';
import type { KnownUtterance } from './dialogue.ts';
import type { StyleName } from './style-names.ts';
import { CHAT } from './styles/chat.ts';
import type { PromptRole, Style } from './styles/style.ts';
import { TRANSCRIPT } from './styles/transcript.ts';
import type { AgentView } from './view.ts';

/** How an agent ends the conversation. */
const leave = z.strictObject({
  marker: z
    .string()
    .regex(/^\S*[\p{L}\p{N}]\S*$/u, 'should be one word, such as LEAVE or [END]')
    .describe('the word with which an agent leaves: the first or last of its line'),
  from: z
    .number()
    .int()
    .min(1)
    .describe('first round in which it is heeded; before, it is left out of what is heard'),
  stale: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'first round from which whoever says nothing new has left; from the round `from` on, if the line before said nothing new either; without it nobody has',
    ),
});
export type Leave = z.infer<typeof leave>;

/** What every wording says, whatever its style. */
const common = {
  leave: leave.describe('how an agent ends the conversation'),
  reply: z
    .enum(['first-line', 'whole'])
    .describe('how much of what a model says is heard: its first line, or all of it'),
};
const commonWords = z.object(common);

/** A prompt for whom, by what is known and what has been said. */
export type Render = (
  role: PromptRole,
  view: AgentView,
  dialogue: readonly KnownUtterance[],
) => ChatMessage[];

/** A wording that has been checked. */
interface CheckedWords extends z.infer<typeof commonWords> {
  /** As plain data. */
  readonly words: Readonly<Record<string, unknown>>;
  readonly render: Render;
}

interface StyleRow {
  readonly check: (
    content: unknown,
  ) => { readonly checked: CheckedWords } | { readonly issues: z.core.$ZodIssue[] };
}

function row<Words>({ words, render }: Style<Words>): StyleRow {
  return {
    check(content) {
      const { leave: _leave, reply: _reply, ...rest } = z.looseObject({}).catch({}).parse(content);
      const [whole, own] = [commonWords.safeParse(content), words.safeParse(rest)];
      if (!whole.success || !own.success)
        return { issues: [whole, own].flatMap((result) => result.error?.issues ?? []) };
      return {
        checked: {
          ...whole.data,
          words: { ...own.data, ...whole.data },
          render: (role, view, dialogue) => render(own.data, role, view, dialogue),
        },
      };
    },
  };
}

const ROWS: Readonly<Record<StyleName, StyleRow>> = { transcript: row(TRANSCRIPT), chat: row(CHAT) };

/** Checks a wording of a style: the problems with it, or what it comes to. */
export function checkWords(style: StyleName, content: unknown): ReturnType<StyleRow['check']> {
  return ROWS[style].check(content);
}
