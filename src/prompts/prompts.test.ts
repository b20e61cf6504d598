import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encountersOf } from '../scenarios/encounters.ts';
import { type Encounter, fullName } from '../scenarios/schema.ts';
import { readSotopia } from '../scenarios/sotopia.ts';
import { readableBy } from '../scenarios/tagged-text.ts';
import { smallWorld } from '../scenarios/world.ts';
import type { ChatMessage } from './chat-message.ts';
import type { Utterance } from './dialogue.ts';
import { builtInPrompts, checkPrompts, type Prompts, promptsFrom } from './prompts.ts';
import { STYLES } from './style-names.ts';
import { PASSIVE_FORMATS, type PromptRole } from './styles/style.ts';
import { VISIBLE_FIELDS, viewOf } from './view.ts';

// The 450 interactions of the paper are not part of the package; where they lie beside the project they are
// tested too.
const SOTOPIA = process.env['INTERBRAIN_SOTOPIA'] ?? '../shared/sotopia';

const SEATS = ['A', 'B'] as const;
const ROLES: readonly PromptRole[] = ['agent', 'mental-states', ...PASSIVE_FORMATS];
const embedded = promptsFrom(
  fileURLToPath(new URL('../../models/prompts.yaml', import.meta.url)),
  'transcript',
  'embedded',
);
const WORDINGS: readonly (readonly [string, Prompts])[] = [
  ['of the embedded models', embedded],
  ...STYLES.map((style) => [style, builtInPrompts(style)] as const),
];

const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();
const textOf = (messages: readonly ChatMessage[]) => messages.map(({ content }) => content).join('\n');

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

/** In every role. Returns how many passages were looked for. */
function checkNoLeak(prompts: Prompts, encounter: Encounter, seat: 'A' | 'B'): number {
  const view = viewOf(encounter, seat);
  // What the agent knows anyway may occur in both: the common words of two like goals, the scene itself.
  const { scenario } = encounter;
  const parts = [scenario.situation, scenario.goals[seat === 'A' ? 0 : 1]];
  const own = tidy(parts.map((part) => readableBy(part, seat)).join(' '));
  const forbidden = secretsFrom(encounter, seat).filter((passage) => !own.includes(passage));
  for (const role of ROLES) {
    const text = tidy(textOf(prompts.render(role, view, [])));
    for (const passage of forbidden) expect(text).not.toContain(passage);
    // And all of what the agent knows: its own secret and goal, and the scene.
    for (const known of [view.situation, view.self.secret ?? '', view.goal])
      expect(text).toContain(tidy(known));
  }
  return forbidden.length;
}

const dialogueOf = ({ characters }: Encounter, texts: readonly string[]): Utterance[] =>
  texts.map((text, i) => ({ speaker: fullName(characters[i % 2]!), text }));

/** The messages of a turn are those of the turn before and more: only the last of them may have grown. */
function checkGrowth(
  prompts: Prompts,
  encounter: Encounter,
  seat: 'A' | 'B',
  texts: readonly string[],
): void {
  const view = viewOf(encounter, seat);
  const dialogue = dialogueOf(encounter, texts);
  const turns = dialogue.map((_, i) => i).filter((i) => (i % 2 === 0) === (seat === 'A'));
  for (const role of ROLES) {
    const all = turns.map((turn) => prompts.render(role, view, dialogue.slice(0, turn)));
    for (const [i, next] of all.slice(1).entries()) {
      const before = all[i]!;
      const last = before.at(-1)!;
      expect(next.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
      expect(next[before.length - 1]).toMatchObject({ role: last.role });
      expect(next[before.length - 1]!.content.startsWith(last.content)).toBe(true);
      expect(next).not.toEqual(before);
    }
  }
}

describe.each(WORDINGS)('the words %s, over the small world', (_, prompts) => {
  const encounters = encountersOf(smallWorld());
  const friends = encounters.find(({ scenario }) => scenario.relationship === 'friend')!;

  it('leak nothing, and hold all that the agent knows', () => {
    let checked = 0;
    for (const encounter of encounters)
      for (const seat of SEATS) checked += checkNoLeak(prompts, encounter, seat);
    expect(checked).toBeGreaterThan(2 * encounters.length);
  });

  it('grow from turn to turn, whatever is said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...encounters),
        fc.constantFrom(...SEATS),
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 16 }),
        (encounter, seat, texts) => checkGrowth(prompts, encounter, seat, texts),
      ),
    );
  });

  it('give a passive reader no part', () => {
    for (const seat of SEATS)
      for (const format of PASSIVE_FORMATS) {
        const view = viewOf(friends, seat);
        const text = textOf(prompts.render(format, view, []));
        const told = text.replace(view.situation, '').replace(view.goal, '');
        expect(told).toMatch(/\b[Yy]ou (?:read|watch)\b/);
        expect(told).not.toMatch(/You are|You write|\(you\)|Your goal|your turn|you want|Say in one line/);
      }
  });

  it('show the same format in the same roles to a reader and to the agent', () => {
    const view = viewOf(friends, 'A');
    const dialogue = dialogueOf(friends, ['Hello.', 'Good day.', 'How are you?', 'Well.']);
    const [agent, reader] = (['agent', 'passive-same-format'] as const).map((role) =>
      prompts.render(role, view, dialogue),
    );
    expect(reader!.map(({ role }) => role)).toEqual(agent!.map(({ role }) => role));
    const shared = (messages: readonly ChatMessage[]) =>
      textOf(messages)
        .split('\n')
        .filter((line) => !/\b(?:you|You|Your|your)\b/.test(line));
    // The lines without a role in them are the same ones, in the same order.
    const own = new Set(shared(agent!));
    expect(shared(reader!).filter((line) => own.has(line)).length).toBeGreaterThan(own.size / 2);
  });

  it.each(ROLES)('read as they should: %s', (role) => {
    const dialogue = dialogueOf(friends, ['Hello.', 'Good day.']);
    const strangers = encounters.find(({ scenario }) => scenario.relationship === 'stranger')!;
    expect(prompts.render(role, viewOf(friends, 'A'), dialogue)).toMatchSnapshot();
    if (role === 'agent') expect(prompts.render(role, viewOf(strangers, 'B'), [])).toMatchSnapshot();
  });
});

it('shows of the partner what the relationship allows', () => {
  for (const encounter of encountersOf(smallWorld())) {
    const view = viewOf(encounter, 'A');
    const shown = Object.keys(view.partner).filter((key) => key !== 'name');
    expect(shown).toEqual([...VISIBLE_FIELDS[encounter.scenario.relationship]]);
    expect(view.self.secret).toBe(encounter.characters[0].secret);
  }
});

it('tells apart every relationship’s view', () => {
  const outside = ['age', 'gender', 'occupation', 'pronouns', 'publicInfo'];
  const inside = [...outside, 'personality'];
  expect(VISIBLE_FIELDS).toEqual({
    stranger: [],
    'know-by-name': [],
    acquaintance: outside,
    friend: inside,
    romantic: inside,
    family: inside,
  });
});

it('puts chat’s own lines into the assistant’s mouth, and opens where the agent speaks first', () => {
  const encounter = encountersOf(smallWorld())[0]!;
  const dialogue = dialogueOf(encounter, ['One.', 'Two.', 'Three.', 'Four.']);
  const roles = (seat: 'A' | 'B', said: number) =>
    builtInPrompts('chat')
      .render('agent', viewOf(encounter, seat), dialogue.slice(0, said))
      .map(({ role, content }) => {
        const said = /: ([A-Z][a-z]+\.)$/.exec(content)?.[1];
        return said !== undefined && !content.includes('\n') ? `${role} ${said}` : role;
      });
  expect(roles('A', 0)).toEqual(['system', 'user']);
  expect(roles('A', 2)).toEqual(['system', 'user', 'assistant One.', 'user Two.']);
  expect(roles('B', 3)).toEqual(['system', 'user One.', 'assistant Two.', 'user Three.']);
});

it('knows the words that the embedded models were trained on', () => {
  // Their episodes are hashed without these words. Whoever changes them trains the models anew.
  expect(embedded.sha256).toMatchInlineSnapshot(
    `"47dfea336f8f0261b30ef59e2b14306f91979449178d2330de3ec577e70cb8fa"`,
  );
});

describe('a wording of one’s own', () => {
  const words = builtInPrompts('transcript').words;
  const problems = (changes: object, style: 'transcript' | 'chat' = 'transcript') => {
    const result = checkPrompts(style, 'mine', { ...words, ...changes });
    return 'issues' in result
      ? result.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      : [];
  };
  const agent = (user: string) => problems({ agent: { user } });

  it('is taken if each field can be filled from any view', () => {
    expect(agent('{self.name}, {self.age|of any age}: {goal}\n{dialogue}')).toEqual([]);
    expect(agent('To {partner.name} ({partner.occupation|a stranger}).\n{dialogue}\n{self.name}:')).toEqual(
      [],
    );
  });

  it('is refused if it shows what no view holds', () => {
    expect(agent('{partner.secret|none}\n{dialogue}')[0]).toMatch(
      /^agent.user: no agent may know {partner.secret}; fields are situation, goal, /,
    );
    expect(agent('{partner.goal}\n{dialogue}')[0]).toMatch(/no agent may know {partner.goal}/);
    expect(agent('{name}\n{dialogue}')[0]).toMatch(/there is no field {name}; fields are /);
    expect(agent('{partner.age}\n{dialogue}')).toEqual([
      'agent.user: {partner.age} may be unknown; say what stands in its place, such as {partner.age|Unknown.}',
    ]);
    expect(agent('{goal|none}\n{dialogue}')[0]).toMatch(/{goal} is always known/);
    expect(agent('a } b\n{dialogue}')[0]).toMatch(/has a "}" that belongs to no field/);
  });

  it('is refused if the next prompt would not begin with the last', () => {
    expect(agent('{goal}')[0]).toMatch(/should have {dialogue} once/);
    expect(agent('{goal}\n{dialogue}\n{dialogue}')[0]).toMatch(/once/);
    expect(agent('{goal}\n{dialogue}\nNow speak.')[0]).toMatch(/should end with {dialogue}/);
  });

  it('is refused if it lacks a part or has one too many', () => {
    expect(problems({ leave: { marker: 'good bye', from: 2 } })[0]).toMatch(
      /^leave.marker: should be one word/,
    );
    expect(problems({ passive: undefined })[0]).toMatch(/^passive: /);
    expect(problems({ more: 1 })).toHaveLength(1);
    expect(problems({}, 'chat').length).toBeGreaterThan(1);
  });
});

describe.skipIf(!existsSync(SOTOPIA))(
  'over the 450 Sotopia interactions (only where the data is at hand)',
  () => {
    it.each(
      WORDINGS,
    )('the words %s leak nothing in 900 of 900 prompts, and only grow', async (_, prompts) => {
      const encounters = encountersOf(await readSotopia(SOTOPIA));
      expect(encounters).toHaveLength(450);
      let checked = 0;
      for (const encounter of encounters)
        for (const seat of SEATS) {
          checked += checkNoLeak(prompts, encounter, seat);
          checkGrowth(prompts, encounter, seat, ['Hi: there', 'left', '', 'Yes\u2028no', 'x', 'y']);
        }
      expect(checked).toBeGreaterThan(20_000);
    });
  },
);
