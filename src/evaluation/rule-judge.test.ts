import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { scoreProblems } from './dimensions.ts';
import { RULE_DIMENSIONS, scoresByRule } from './rule-judge.ts';

const encounters = encountersOf(smallWorld());
const turn = (seat: 'A' | 'B', text: string) => ({ seat, text, notes: [], finish: 'end' as const });

it('gives every dimension a score within its range, whatever is said', () => {
  const words = fc.constantFrom(
    'Agreed,',
    'idiot',
    'As a baker,',
    'I pay 45 dollars',
    'LEAVE',
    'Friday',
    '',
    '🙂',
  );
  const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 6 }).map((list) => list.join(' '));
  const spoken = fc.tuple(fc.constantFrom('A' as const, 'B' as const), text).map(([s, t]) => turn(s, t));
  fc.assert(
    fc.property(
      fc.constantFrom(...encounters),
      fc.array(spoken, { maxLength: 16 }),
      fc.constantFrom('A left' as const, 'B left' as const, 'rounds' as const),
      (encounter, turns, ending) => {
        const agents = scoresByRule(encounter, turns, ending);
        expect(agents.flatMap(({ scores }, i) => scoreProblems('AB'[i]!, scores, RULE_DIMENSIONS))).toEqual(
          [],
        );
      },
    ),
  );
});

const encounter = encounters[0]!;
const [a, b] = encounter.characters;
const scoresOfA = (text: string, ending: 'A left' | 'rounds' = 'rounds') =>
  scoresByRule(encounter, [turn('A', text)], ending)[0].scores;

it('sees a secret that is told, and only the own', () => {
  expect(scoresOfA(`You know, ${a.secret}`)['secret']).toBe(-10);
  expect(scoresOfA('Hello.')['secret']).toBe(0);
  expect(scoresByRule(encounter, [turn('B', a.secret)], 'rounds')[0].scores['secret']).toBe(0);
});

it('counts insults and leaving without a word of parting', () => {
  expect(scoresOfA('You idiot!')['social_rules']).toBe(-5);
  expect(scoresOfA('That is foolish of us.')['social_rules']).toBe(0);
  expect(scoresOfA('LEAVE', 'A left')['social_rules']).toBe(-2);
  expect(scoresOfA('Goodbye. LEAVE', 'A left')['social_rules']).toBe(0);
});

it('counts what does not fit the character', () => {
  expect(scoresOfA(`Hello ${b.firstName}.`)['consistency']).toBe(10);
  expect(scoresOfA(`Hello ${a.firstName}.`)['consistency']).toBe(8);
  const trade = a.occupation === 'baker' ? 'nurse' : 'baker';
  expect(scoresOfA(`As a ${trade}, I rise early.`)['consistency']).toBe(6);
});

it('refuses scenarios without rules', () => {
  const { rules: _, ...scenario } = encounter.scenario;
  expect(() => scoresByRule({ ...encounter, scenario }, [], 'rounds')).toThrow('only the embedded world');
});
