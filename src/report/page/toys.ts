// Whether the numbers are those of toy models, said wherever they are shown.

import type { Shared } from '../shared.ts';
import { html, type Markup } from './html.ts';

type Models = Pick<Shared, 'models'>;

/** Study names of the models that are toys. */
export function toyNames({ models }: Models): readonly string[] {
  return models.filter(({ info }) => info.toy).map(({ name }) => name);
}

/** Whether one of these models is a toy. */
export function anyToy(shared: Models, names: readonly string[]): boolean {
  return toyNames(shared).some((toy) => names.includes(toy));
}

/** What stands under a figure's title; nothing if none of its models is a toy. */
export function toyNote(shared: Models, names?: readonly string[]): string[] {
  const toys = names ? anyToy(shared, names) : toyNames(shared).length > 0;
  return toys ? ['toy models: the numbers test the instrument'] : [];
}

/** Whose numbers these are, in plain text; null when no model is a toy. */
export function toyWords(shared: Models): string | null {
  const parts = toyParts(shared);
  return parts && `${parts.which}. ${parts.meaning}`;
}

/** Null when no model is a toy. */
export function toyStatement(shared: Models): Markup | null {
  const parts = toyParts(shared);
  return parts && html`<p class="toy" role="note"><strong>${parts.which}.</strong> ${parts.meaning}</p>`;
}

const MEANING = `They are very small and learned from dialogues that a
program wrote, so that the whole measurement can be run and checked on an ordinary machine. Their numbers show that
the instrument works; they are no evidence about language models that people use.`;

function toyParts(shared: Models): { readonly which: string; readonly meaning: string } | null {
  const toys = toyNames(shared);
  if (toys.length === 0) return null;
  const all = toys.length === shared.models.length;
  return { which: all ? 'The models on this page are toys' : `Toys: ${toys.join(', ')}`, meaning: MEANING };
}
