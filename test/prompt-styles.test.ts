// Prompts in the chat templates that models come with: what has been read stays, whatever a template does.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChatTemplate } from '../src/models/chat-template.ts';
import { embeddedPrompts } from '../src/models/embedded.ts';
import type { ChatMessage } from '../src/prompts/chat-message.ts';
import { builtInPrompts, type Prompts } from '../src/prompts/prompts.ts';
import { STYLES } from '../src/prompts/style-names.ts';
import { PASSIVE_FORMATS, type PromptRole } from '../src/prompts/styles/style.ts';
import { viewOf } from '../src/prompts/view.ts';
import { encountersOf } from '../src/scenarios/encounters.ts';
import { fullName } from '../src/scenarios/schema.ts';
import { smallWorld } from '../src/scenarios/world.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/chat');
const golden = JSON.parse(readFileSync(join(FIXTURES, 'templates.json'), 'utf8')) as {
  readonly templates: Readonly<Record<string, { readonly bos: string | null; readonly eos: string }>>;
};
const file = (name: string) => readFileSync(join(FIXTURES, 'templates', `${name}.jinja`), 'utf8');

/** Templates that strip what an assistant thought, or trim, or refuse, beside those that models come with. */
const MADE: Readonly<Record<string, string>> = {
  'strips earlier thoughts and trims':
    "{% for m in messages %}<{{ m.role }}>{{ (m.content.split('</think>') | last).strip() }}{% endfor %}{% if add_generation_prompt %}<assistant><think>\n\n</think>\n\n{% endif %}",
  'puts the system message before the last user message':
    "{% if messages[0].role == 'system' %}{% set system = messages[0].content %}{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif %}{% for m in rest %}{% if loop.last and system is defined %}{{ system }}\n\n{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}",
};
const TEMPLATES = [
  ...Object.entries(golden.templates).map(
    ([name, { bos, eos }]) =>
      [name, createChatTemplate(name, file(name), { bos_token: bos, eos_token: eos })] as const,
  ),
  ...Object.entries(MADE).map(([name, source]) => [name, createChatTemplate(name, source, {})] as const),
];

const WORDINGS: readonly (readonly [string, Prompts])[] = [
  ['of the embedded models', embeddedPrompts()],
  ...STYLES.map((style) => [style, builtInPrompts(style)] as const),
];
const ROLES: readonly PromptRole[] = ['agent', 'mental-states', ...PASSIVE_FORMATS];
const encounters = encountersOf(smallWorld());

/** What is heard is one line without blanks at its ends. */
const said = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .map((text) => text.replace(/[\s<>[\]|]+/g, ' ').trim() || '...');

/** Length of what two texts have in common at their beginning. */
function common(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

describe.each(TEMPLATES)('%s', (_, template) => {
  it.each(WORDINGS)('keeps all that an agent or a reader has read, in the words %s', (__, prompts) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...encounters),
        fc.constantFrom('A' as const, 'B' as const),
        fc.constantFrom(...ROLES),
        fc.array(said, { minLength: 4, maxLength: 9 }),
        (encounter, seat, role, texts) => {
          const view = viewOf(encounter, seat);
          const dialogue = texts.map((text, i) => ({
            speaker: fullName(encounter.characters[i % 2]!),
            text,
          }));
          const turns = dialogue.map((__, i) => i).filter((i) => (i % 2 === 0) === (seat === 'A'));
          const all = turns.map((turn) => prompts.render(role, view, dialogue.slice(0, turn)));
          for (const [i, next] of all.slice(1).entries()) {
            const before: ChatMessage[] = all[i]!;
            const text = template.render(before);
            // Up to where the last message ends: behind it stands what opens a reply.
            const last = before.at(-1)!.content.trim();
            const read = text.lastIndexOf(last) + last.length;
            expect(read).toBeGreaterThan(last.length);
            expect(common(text, template.render(next))).toBeGreaterThanOrEqual(read);
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
