// A view and the dialogue so far → the exact text that one agent is given. An agent's next prompt always begins
// with its previous one, so that a model can go on from what it has already read.

import type { AgentView, Profile } from './view.ts';

/** One line of dialogue that both agents have heard. */
export interface Utterance {
  readonly speaker: string;
  readonly text: string;
}

/** A text with a full stop at its end, if it did not end a sentence already. */
export function sentence(text: string | undefined): string {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** One line that says of a participant what the profile holds; undefined if it holds a name alone. */
export function describeProfile(profile: Profile): string | undefined {
  const facts = [
    profile.age,
    profile.gender?.toLowerCase(),
    profile.pronouns?.toLowerCase(),
    profile.occupation?.toLowerCase(),
  ];
  const known = facts.filter((fact) => fact !== undefined && fact !== '').join(', ');
  const parts = [known, profile.publicInfo, profile.personality].map(sentence);
  if (profile.secret) parts.push(`Secret: ${sentence(profile.secret)}`);
  const text = parts.filter(Boolean).join(' ');
  return text === '' ? undefined : text;
}

/**
 * Everything before the dialogue: the scene, both participants, the own goal, and how to end the conversation
 * (docs/method.md §2).
 */
export function renderBackground(view: AgentView): string {
  const { self, partner } = view;
  return [
    `You are ${self.name}, in conversation with ${partner.name}.`,
    `Scene: ${view.situation}`,
    `${self.name} (you): ${describeProfile(self) ?? 'Nothing more is known.'}`,
    `${partner.name}: ${describeProfile(partner) ?? 'Unknown.'}`,
    `Your goal: ${sentence(view.goal)}`,
    `Goal of ${partner.name}: Unknown.`,
    `Say in one line what ${self.name} says next. To end the conversation, close your line with LEAVE.`,
  ].join('\n');
}

/**
 * The whole text of an agent's turn: background, dialogue so far, and the opening of its own next line.
 * For t < u, `renderPrompt(view, dialogue[0…t])` is a prefix of `renderPrompt(view, dialogue[0…u])` whenever the
 * agent itself spoke at t.
 */
export function renderPrompt(view: AgentView, dialogue: readonly Utterance[]): string {
  const lines = dialogue.map((utterance) => `${utterance.speaker}: ${utterance.text}`);
  return [renderBackground(view), '', ...lines, `${view.self.name}:`].join('\n');
}
