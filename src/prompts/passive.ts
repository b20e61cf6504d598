// What a passive reader is given (docs/method.md §3, paper §3.3): what one of the two agents knows and hears, told to somebody
// who takes no part. It is made from that agent's view, so it holds nothing that the agent does not know.

import { describeProfile, sentence, type Utterance } from './prompt.ts';
import type { AgentView } from './view.ts';

/**
 * How a reader's prompt looks. `passive`: a heading and the dialogue so far, as the paper has it.
 * `passive-same-format`: line by line the agent's own prompt down to the opening of its next line, but for the role and
 * the instruction to act.
 */
export const PASSIVE_FORMATS = ['passive', 'passive-same-format'] as const;
export type PassiveFormat = (typeof PASSIVE_FORMATS)[number];

/** Scene, participants and goals as the agent knows them, told to a reader who is neither of the two. */
function renderFacts({ situation, self, partner, goal }: AgentView): string[] {
  return [
    `Scene: ${situation}`,
    `${self.name}: ${describeProfile(self) ?? 'Nothing more is known.'}`,
    `${partner.name}: ${describeProfile(partner) ?? 'Unknown.'}`,
    `Goal of ${self.name}: ${sentence(goal)}`,
    `Goal of ${partner.name}: Unknown.`,
  ];
}

/**
 * The whole text that a reader in an agent's seat is given: the agent's background and the dialogue before its turn.
 * A reader's next prompt begins with its previous one, as an agent's does.
 *
 * @param view of the agent in whose seat the model reads
 * @param dialogue what has been said before that agent's turn
 */
export function renderPassivePrompt(
  view: AgentView,
  dialogue: readonly Utterance[],
  format: PassiveFormat,
): string {
  const [one, other] = [view.self.name, view.partner.name];
  const lines = dialogue.map(({ speaker, text }) => `${speaker}: ${text}`);
  if (format === 'passive')
    return [
      `Two other people, ${one} and ${other}, are in conversation. You read it and take no part.`,
      ...renderFacts(view),
      '',
      'Their conversation so far:',
      ...lines,
    ].join('\n');
  return [
    `You read a conversation of two others, ${one} and ${other}.`,
    ...renderFacts(view),
    `Each line is what one of them says. Who ends the conversation closes the line with LEAVE.`,
    '',
    ...lines,
    `${one}:`,
  ].join('\n');
}
