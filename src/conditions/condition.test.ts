import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { BadInput } from '../errors.ts';
import {
  conditionSchema,
  INTERACTIVE,
  isCondition,
  lagOf,
  PASSIVE,
  parseCondition,
  placeOf,
  traitsOf,
} from './condition.ts';
import { dividedApart, divisionNotes, groupingOf } from './division.ts';
import { CONDITIONS } from './table.ts';

const NAMES = [
  'interactive',
  'passive',
  'passive-same-format',
  'lag-12',
  'shuffled',
  'pseudo-dyad',
  'seed-swap',
];
const WRONG = ['lag-0', 'lag', 'lag-01', 'lag-1.5', 'lagged', 'passiv', 'Passive', 'interactive ', ''];

it('a name is read by one parser, which says what is valid', () => {
  for (const name of NAMES) {
    expect(parseCondition(name)).toBe(name);
    expect(conditionSchema.parse(name)).toBe(name);
  }
  for (const name of WRONG) {
    const message = `there is no condition "${name}"; conditions are interactive, passive, passive-same-format, lag-1 (or lag-2, lag-3, …), shuffled, pseudo-dyad, seed-swap`;
    expect(isCondition(name)).toBe(false);
    expect(() => parseCondition(name)).toThrow(BadInput);
    expect(() => parseCondition(name)).toThrow(`condition: ${message}`);
    expect(conditionSchema.safeParse(name).error?.issues[0]?.message).toBe(message);
  }
  expect([INTERACTIVE, PASSIVE]).toEqual(['interactive', 'passive']);
});

it('every row has its own names', () => {
  for (const [place, { example, pattern }] of CONDITIONS.entries()) {
    expect(placeOf(parseCondition(example))).toBe(place);
    const fitting = CONDITIONS.filter((kind) => new RegExp(`^(${kind.pattern})$`).test(example));
    expect(
      fitting.map((kind) => kind.pattern),
      example,
    ).toEqual([pattern]);
  }
});

it('what is taken away, and by what lag', () => {
  const said = NAMES.map((name) => {
    const condition = parseCondition(name);
    return [name, traitsOf(condition).takes, lagOf(condition), traitsOf(condition).reader];
  });
  expect(said).toEqual([
    ['interactive', 'nothing', 0, undefined],
    ['passive', 'taking part', undefined, 'passive'],
    ['passive-same-format', 'taking part', undefined, 'passive-same-format'],
    ['lag-12', 'the moment', 12, undefined],
    ['shuffled', 'the moment', undefined, undefined],
    ['pseudo-dyad', 'the partner', undefined, undefined],
    ['seed-swap', 'the conversation', undefined, undefined],
  ]);
});

// Written out once more, so that no text can stand at another condition unnoticed.
it('what is paired in each', () => {
  const meanings = CONDITIONS.map(({ example }) => [example, traitsOf(parseCondition(example)).meaning]);
  expect(meanings).toEqual([
    ['interactive', 'the state of who is about to speak, and that of the partner’s next turn'],
    [
      'passive',
      'the state of a reader in the speaker’s place who takes no part, and the partner’s next turn',
    ],
    ['passive-same-format', 'the same, with the reader’s prompt in the form of the speaker’s'],
    ['lag-1', 'the speaker’s state, and the partner’s turn that many rounds later'],
    ['shuffled', 'the speaker’s state, and the partner’s turn in another round of the same episode'],
    [
      'pseudo-dyad',
      'the speaker’s state, and the turn of a stranger who plays the same scenario with somebody else',
    ],
    [
      'seed-swap',
      'the speaker’s state, and the turn of the partner’s part in the same round of another conversation: same scenario, characters and goals, another simulation seed',
    ],
  ]);
});

it('pseudo-dyads are grouped by scenario whatever the study says, and only then compared', () => {
  for (const name of NAMES)
    for (const groupBy of ['interaction', 'characterPair', 'scenario'] as const) {
      const condition = parseCondition(name);
      const pseudo = name === 'pseudo-dyad';
      expect(groupingOf(condition, groupBy)).toBe(pseudo ? 'scenario' : groupBy);
      const apart = dividedApart(condition, groupBy);
      if (!pseudo || groupBy === 'scenario') expect(apart).toBeUndefined();
      else
        expect(apart).toBe(
          `pseudo-dyads are divided by scenario, and this study's interactions by ${groupBy}, so that the two hold out different interactions; groupBy: scenario lets them be compared. The test against strangers asks the same question`,
        );
    }
  const [note] = divisionNotes('interaction');
  expect(note).toBe(
    'Pseudo-dyads are compared only with groups by scenario, since both of their dialogues must stand on one side.',
  );
  expect(divisionNotes('scenario')).toEqual([note?.replace('scenario', 'scenario, as here')]);
});

// Formats of prompts and folders of states, which conditions are named after.
const BELOW = [
  'prompts/styles/chat.ts',
  'prompts/styles/style.ts',
  'prompts/styles/transcript.ts',
  'recordings/layout.ts',
  'recordings/planted.ts',
];

it('no other file writes the name of a condition', () => {
  const src = resolve(import.meta.dirname, '..');
  const quoted =
    /['"`/^](interactive|passive(-same-format)?|lag-[^'"`]*|shuffled|pseudo-dyad|seed-swap)['"`$/]/;
  const writing = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.startsWith('conditions/'))
    .filter((file) =>
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .some((line) => quoted.test(line) && !/^\s*(\/\/|\/?\*)/.test(line)),
    );
  expect(writing.filter((file) => !BELOW.includes(file))).toEqual([]);
});
