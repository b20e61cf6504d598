import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encountersOf } from '../scenarios/encounters.ts';
import { type Encounter, fullName } from '../scenarios/schema.ts';
import { readSotopia } from '../scenarios/sotopia.ts';
import { readableBy } from '../scenarios/tagged-text.ts';
import { smallWorld } from '../scenarios/world.ts';
import { renderBackground, renderPrompt, type Utterance } from './prompt.ts';
import { VISIBLE_FIELDS, viewOf } from './view.ts';

// The 450 interactions of the paper are not part of the package; where they lie beside the project they are
// tested too.
const SOTOPIA = process.env['INTERBRAIN_SOTOPIA'] ?? '../shared/sotopia';

const SEATS = ['A', 'B'] as const;
const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Every line, and every run of eight words, of a text: what would give it away. */
function passages(text: string): string[] {
  const lines = text.split('\n').map(tidy);
  const words = tidy(text).split(' ');
  const runs =
    words.length < 8 ? [tidy(text)] : words.slice(7).map((_, i) => words.slice(i, i + 8).join(' '));
  return [...lines, ...runs].filter((passage) => passage.split(' ').length > 3 || passage.length > 20);
}

function secretsFrom(encounter: Encounter, seat: 'A' | 'B'): string[] {
  const other = seat === 'A' ? 1 : 0;
  const { scenario, characters } = encounter;
  const foreign = [...scenario.situation, ...scenario.goals[seat === 'A' ? 0 : 1]].filter(
    (part) => part.viewer !== undefined && part.viewer !== seat,
  );
  const goal = scenario.goals[other].map((part) => part.text).join('');
  return [goal, characters[other].secret, ...foreign.map((part) => part.text)].flatMap(passages);
}

function checkNoLeak(encounter: Encounter, seat: 'A' | 'B'): number {
  const prompt = tidy(renderPrompt(viewOf(encounter, seat), []));
  // What the agent knows anyway may occur in both: the common words of two like goals, the scene itself.
  const own = tidy(
    [
      readableBy(encounter.scenario.situation, seat),
      readableBy(encounter.scenario.goals[seat === 'A' ? 0 : 1], seat),
    ].join(' '),
  );
  const forbidden = secretsFrom(encounter, seat).filter((passage) => !own.includes(passage));
  for (const passage of forbidden) expect(prompt).not.toContain(passage);
  return forbidden.length;
}

function checkPrefixes(encounter: Encounter, seat: 'A' | 'B', texts: readonly string[]): void {
  const view = viewOf(encounter, seat);
  const names = encounter.characters.map(fullName);
  const dialogue: Utterance[] = texts.map((text, i) => ({ speaker: names[i % 2]!, text }));
  const turns = dialogue.map((_, i) => i).filter((i) => (i % 2 === 0) === (seat === 'A'));
  const prompts = turns.map((turn) => renderPrompt(view, dialogue.slice(0, turn)));
  for (const [i, prompt] of prompts.slice(1).entries()) expect(prompt.startsWith(prompts[i]!)).toBe(true);
  expect(new Set(prompts).size).toBe(prompts.length);
}

describe('over the small world', () => {
  const encounters = encountersOf(smallWorld());
  it('leaks nothing', () => {
    let checked = 0;
    for (const encounter of encounters) for (const seat of SEATS) checked += checkNoLeak(encounter, seat);
    expect(checked).toBeGreaterThan(2 * encounters.length);
  });
  it('an agent’s next prompt begins with its previous one, whatever is said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...encounters),
        fc.constantFrom(...SEATS),
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 16 }),
        checkPrefixes,
      ),
    );
  });
  it('shows of the partner what the relationship allows', () => {
    for (const encounter of encounters) {
      const view = viewOf(encounter, 'A');
      const shown = Object.keys(view.partner).filter((key) => key !== 'name');
      expect(shown).toEqual([...VISIBLE_FIELDS[encounter.scenario.relationship]]);
      expect(view.self.secret).toBe(encounter.characters[0].secret);
    }
  });
  it('reads as it should', () => {
    const encounter = encounters.find((entry) => entry.scenario.relationship === 'friend')!;
    const dialogue = [
      { speaker: fullName(encounter.characters[0]), text: 'Hello.' },
      { speaker: fullName(encounter.characters[1]), text: 'Good day.' },
    ];
    expect(renderPrompt(viewOf(encounter, 'A'), dialogue)).toMatchSnapshot();
    const strangers = encounters.find((entry) => entry.scenario.relationship === 'stranger')!;
    expect(renderBackground(viewOf(strangers, 'B'))).toMatchSnapshot();
  });
});

it('tells apart every relationship’s view', () => {
  expect(VISIBLE_FIELDS).toMatchInlineSnapshot(`
    {
      "acquaintance": [
        "age",
        "gender",
        "occupation",
        "pronouns",
        "publicInfo",
      ],
      "family": [
        "age",
        "gender",
        "occupation",
        "pronouns",
        "publicInfo",
        "personality",
      ],
      "friend": [
        "age",
        "gender",
        "occupation",
        "pronouns",
        "publicInfo",
        "personality",
      ],
      "know-by-name": [],
      "romantic": [
        "age",
        "gender",
        "occupation",
        "pronouns",
        "publicInfo",
        "personality",
      ],
      "stranger": [],
    }
  `);
});

describe.skipIf(!existsSync(SOTOPIA))(
  'over the 450 Sotopia interactions (only where the data is at hand)',
  () => {
    it('leaks no goal, secret or part for another reader; prompts only grow', async () => {
      const encounters = encountersOf(await readSotopia(SOTOPIA));
      expect(encounters).toHaveLength(450);
      let checked = 0;
      for (const encounter of encounters) {
        for (const seat of SEATS) {
          checked += checkNoLeak(encounter, seat);
          checkPrefixes(encounter, seat, ['Hi: there', 'left', '', 'Yes\u2028no', 'x', 'y']);
        }
      }
      expect(checked).toBeGreaterThan(20_000);
    });
  },
);
