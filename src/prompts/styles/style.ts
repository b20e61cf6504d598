// What a prompt style is: how what an agent knows, and what has been said, become the messages of a chat. A style is one
// file in this folder, one file of words in prompts/, and one row in styles.ts.

import type { z } from 'zod';
import type { ChatMessage } from '../chat-message.ts';
import type { KnownUtterance } from '../dialogue.ts';
import type { AgentView } from '../view.ts';

/**
 * How a passive reader is shown the dialogue (docs/method.md §3, paper §3.3). `passive`: a heading and the dialogue so
 * far. `passive-same-format`: as the agent itself is shown it, but for the role and the instruction to act.
 */
export const PASSIVE_FORMATS = ['passive', 'passive-same-format'] as const;
export type PassiveFormat = (typeof PASSIVE_FORMATS)[number];

/** For whom a prompt is: an agent, one that names its mental state first, or a passive reader in an agent's seat. */
export type PromptRole = 'agent' | 'mental-states' | PassiveFormat;

export interface Style<Words> {
  /** What a wording of this style has to say. */
  readonly words: z.ZodType<Words>;
  /**
   * The messages of one turn. Those of an agent's (or reader's) next turn begin with the same ones, of which the last
   * may have grown.
   *
   * @param view of the agent whose turn it is, or in whose seat the model reads
   * @param dialogue what has been said before that turn
   */
  readonly render: (
    words: Words,
    role: PromptRole,
    view: AgentView,
    dialogue: readonly KnownUtterance[],
  ) => ChatMessage[];
}
