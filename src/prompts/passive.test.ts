import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encountersOf } from '../scenarios/encounters.ts';
import { type Encounter, fullName } from '../scenarios/schema.ts';
import { readSotopia } from '../scenarios/sotopia.ts';
import { readableBy } from '../scenarios/tagged-text.ts';
import { smallWorld } from '../scenarios/world.ts';
import { PASSIVE_FORMATS, type PassiveFormat, renderPassivePrompt } from './passive.ts';
import { renderPrompt, type Utterance } from './prompt.ts';
import { viewOf } from './view.ts';

const SOTOPIA = process.env['INTERBRAIN_SOTOPIA'] ?? '../shared/sotopia';
const SEATS = ['A', 'B'] as const;
const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();

const dialogueOf = ({ characters }: Encounter, texts: readonly string[]): Utterance[] =>
  texts.map((text, i) => ({ speaker: fullName(characters[i % 2]!), text }));

/** Runs of eight words, or the whole of what is shorter. */
function passages(text: string): string[] {
  const words = tidy(text).split(' ');
  if (words.length < 8) return words.length > 3 ? [words.join(' ')] : [];
  return words.slice(7).map((_, i) => words.slice(i, i + 8).join(' '));
}

/** A reader is shown nothing that the agent in its seat is not shown. Returns how many passages were looked for. */
function checkNoLeak(encounter: Encounter, seat: 'A' | 'B', format: PassiveFormat): number {
  const view = viewOf(encounter, seat);
  const [prompt, own] = [renderPassivePrompt(view, [], format), renderPrompt(view, [])].map(tidy);
  const other = encounter.characters[seat === 'A' ? 1 : 0];
  const goal = encounter.scenario.goals[seat === 'A' ? 1 : 0];
  const parts = [...encounter.scenario.situation, ...goal, { text: other.secret }];
  const hidden = parts.flatMap(({ text }) => passages(text)).filter((passage) => !own!.includes(passage));
  for (const passage of hidden) expect(prompt).not.toContain(passage);
  // And all of what the agent knows: its own secret and goal, and the scene.
  for (const text of [view.situation, view.self.secret ?? '', view.goal])
    expect(prompt).toContain(tidy(text));
  return hidden.length;
}

/** No role, no goal of its own, nothing to say. */
function checkPassive(encounter: Encounter, seat: 'A' | 'B', format: PassiveFormat): void {
  const view = viewOf(encounter, seat);
  const [head = '', ...facts] = renderPassivePrompt(view, [], format).split('\n');
  expect(head).toMatch(
    format === 'passive' ? /^Two other people, .* You read it/ : /^You read .* two others/,
  );
  expect(head).toContain(view.self.name);
  expect(head).toContain(view.partner.name);
  const told = facts.join('\n').replace(view.situation, '').replace(view.goal, '');
  expect(told).not.toMatch(/You are|\(you\)|Your goal|Say in one line|your line/);
}

/** The interactive prompt with another role: the same lines in the same places, about as long. */
function checkSameFormat(encounter: Encounter, seat: 'A' | 'B', texts: readonly string[]): void {
  const view = viewOf(encounter, seat);
  const dialogue = dialogueOf(encounter, texts);
  // A situation or a goal of several lines would shift those behind it.
  const flat = { ...view, situation: tidy(view.situation), goal: tidy(view.goal) };
  const active = renderPrompt(flat, dialogue).split('\n');
  const passive = renderPassivePrompt(flat, dialogue, 'passive-same-format').split('\n');
  expect(passive).toHaveLength(active.length);
  const different = active.flatMap((line, i) => (line === passive[i] ? [] : [i]));
  // The role, the own name's "(you)", the own goal's "Your", the instruction.
  expect(different).toEqual([0, 2, 4, 6]);
  expect(passive[2]).toBe(active[2]!.replace(' (you):', ':'));
  expect(passive[4]).toBe(active[4]!.replace('Your goal:', `Goal of ${view.self.name}:`));
  expect(passive.at(-1)).toBe(`${view.self.name}:`);
  const [a, b] = [active.join('\n').length, passive.join('\n').length];
  expect(Math.abs(a - b)).toBeLessThan(40 + 2 * (view.self.name.length + view.partner.name.length));
}

function checkPrefixes(
  encounter: Encounter,
  seat: 'A' | 'B',
  format: PassiveFormat,
  texts: readonly string[],
): void {
  const view = viewOf(encounter, seat);
  const dialogue = dialogueOf(encounter, texts);
  const turns = dialogue.map((_, i) => i).filter((i) => (i % 2 === 0) === (seat === 'A'));
  const prompts = turns.map((turn) => renderPassivePrompt(view, dialogue.slice(0, turn), format));
  for (const [i, prompt] of prompts.slice(1).entries()) expect(prompt.startsWith(prompts[i]!)).toBe(true);
  expect(new Set(prompts).size).toBe(prompts.length);
}

describe('over the small world', () => {
  const encounters = encountersOf(smallWorld());
  it.each(
    PASSIVE_FORMATS,
  )('%s: a reader learns what the agent knows and no more, and has no part', (format) => {
    let checked = 0;
    for (const encounter of encounters)
      for (const seat of SEATS) {
        checked += checkNoLeak(encounter, seat, format);
        checkPassive(encounter, seat, format);
      }
    expect(checked).toBeGreaterThan(2 * encounters.length);
  });
  it('a reader’s next prompt begins with its previous one, whatever is said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...encounters),
        fc.constantFrom(...SEATS),
        fc.constantFrom(...PASSIVE_FORMATS),
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 16 }),
        checkPrefixes,
      ),
    );
  });
  it('in the same format nothing but the role and the instruction differs, whatever is said', () => {
    const line = fc.string().map((text) => text.replaceAll(/\s/g, ' '));
    fc.assert(
      fc.property(
        fc.constantFrom(...encounters),
        fc.constantFrom(...SEATS),
        fc.array(line, { maxLength: 12 }),
        checkSameFormat,
      ),
    );
  });
  it('reads as it should', () => {
    const encounter = encounters.find(({ scenario }) => scenario.relationship === 'friend')!;
    const dialogue = dialogueOf(encounter, ['Hello.', 'Good day.']);
    for (const format of PASSIVE_FORMATS)
      expect(renderPassivePrompt(viewOf(encounter, 'A'), dialogue, format)).toMatchSnapshot();
  });
});

describe.skipIf(!existsSync(SOTOPIA))(
  'over the 450 Sotopia interactions (only where the data is at hand)',
  () => {
    it('a reader learns what the agent knows and no more', async () => {
      const encounters = encountersOf(await readSotopia(SOTOPIA));
      let checked = 0;
      for (const encounter of encounters)
        for (const seat of SEATS)
          for (const format of PASSIVE_FORMATS) {
            checked += checkNoLeak(encounter, seat, format);
            checkPrefixes(encounter, seat, format, ['Hi: there', 'left', '', 'Yes\u2028no', 'x', 'y']);
            expect(readableBy(encounter.scenario.situation, seat)).not.toBe('');
          }
      for (const encounter of encounters)
        for (const seat of SEATS) checkSameFormat(encounter, seat, ['a', 'b']);
      expect(checked).toBeGreaterThan(20_000);
    });
  },
);
