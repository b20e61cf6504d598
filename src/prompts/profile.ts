// A participant in one line.

import type { Profile } from './view.ts';

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
