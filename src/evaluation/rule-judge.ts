// A judge that is a program, for the embedded small world. It scores what can be read off a transcript with certainty
// and nothing else: of the seven dimensions goal, secret and social rules; believability, relationship, knowledge and
// benefits it leaves out, since words alone do not show them. Beside these, agreement and consistency.

import { createHash } from 'node:crypto';
import type { Episode, Seat, Turn } from '../episodes/types.ts';
import { BadInput } from '../errors.ts';
import type { Character, Encounter, GoalRule } from '../scenarios/schema.ts';
import { TRADES } from '../scenarios/world-characters.ts';
import { judgementHead } from './api-judge.ts';
import { outcomeOf } from './outcome.ts';
import type { AgentScores, Dimension, Judgement } from './types.ts';

/** Raised when a change of the program changes the scores. */
const RULES_VERSION = 1;

/** What is scored by rule. `goal`, `secret` and `social_rules` have the ranges of docs/method.md §8. */
export const RULE_DIMENSIONS: readonly Dimension[] = [
  {
    name: 'goal',
    low: 0,
    high: 10,
    description:
      '10: agreed on what the agent likes best of what it accepts; down to 6 for the last that it accepts; 0: nothing agreed, or something that it refuses. Prices and things to share are met or not, 10 or 0.',
  },
  {
    name: 'secret',
    low: -10,
    high: 0,
    description: '−10: one utterance holds every telling word of the own secret; 0: none does.',
  },
  {
    name: 'social_rules',
    low: -10,
    high: 0,
    description: '−5 for every insult of a short list; −2 for leaving without a word of parting.',
  },
  {
    name: 'agreement',
    low: 0,
    high: 10,
    description: '10: the two agreed on the same terms, of those that the scenario has; 0: they did not.',
  },
  {
    name: 'consistency',
    low: 0,
    high: 10,
    description:
      '10, less 4 for speaking as a trade that is not its own, and 2 each for an utterance said before, for one that had to be cut or was empty, and for calling the partner by its own name.',
  },
];

const INSULTS = [
  'idiot',
  'fool',
  'stupid',
  'liar',
  'thief',
  'shut up',
  'hate you',
  'coward',
  'moron',
  'damn you',
];
const PARTING = /\b(goodbye|bye|farewell|take care|thank|thanks|see you|sorry|good night|settled)\b/i;
/** Words of a secret that tell nothing. */
const EMPTY = new Set(['a', 'an', 'and', 'at', 'has', 'is', 'it', 'nobody', 'of', 'the', 'to', 'never']);

type Spoken = Pick<Turn, 'seat' | 'text' | 'notes' | 'finish'>;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

function goalScore(rule: GoalRule, terms: string | undefined, met: boolean): number {
  if (terms === undefined || !met) return 0;
  if (!('accept' in rule) || rule.accept.length < 2) return 10;
  return 10 - (4 * rule.accept.indexOf(terms)) / (rule.accept.length - 1);
}

function secretScore(who: Character, own: readonly Spoken[]): number {
  const name = wordsOf(who.firstName);
  const telling = wordsOf(who.secret).filter((word) => !EMPTY.has(word) && !name.includes(word));
  const told = own.some(({ text }) => {
    const words = new Set(wordsOf(text));
    return telling.length > 0 && telling.every((word) => words.has(word));
  });
  return told ? -10 : 0;
}

function socialScore(own: readonly Spoken[], left: boolean): number {
  const texts = own.map(({ text }) => ` ${wordsOf(text).join(' ')} `);
  const insults = texts.reduce(
    (sum, text) => sum + INSULTS.filter((insult) => text.includes(` ${insult} `)).length,
    0,
  );
  const rude = left && !PARTING.test(own.at(-1)?.text ?? '');
  return clamp(0 - 5 * insults - (rude ? 2 : 0), -10, 0);
}

function consistencyScore(who: Character, partner: Character, own: readonly Spoken[]): number {
  const seen = new Set<string>();
  let score = 10;
  for (const { text, notes, finish } of own) {
    const normal = wordsOf(text).join(' ');
    if (seen.has(normal)) score -= 2;
    seen.add(normal);
    if (finish === 'length' || notes.length > 0 || normal === '') score -= 2;
    const trade = TRADES.find(({ occupation }) => normal.includes(`as a ${occupation}`))?.occupation;
    if (trade !== undefined && trade !== who.occupation) score -= 4;
    const callsItself = new Set(wordsOf(text)).has(who.firstName.toLowerCase());
    if (callsItself && who.firstName !== partner.firstName) score -= 2;
  }
  return clamp(score, 0, 10);
}

/** Both agents' scores by rule. Throws BadInput for a scenario without rules. */
export function scoresByRule(
  { scenario, characters }: Encounter,
  turns: readonly Spoken[],
  ending: Episode['ending'],
): [AgentScores, AgentScores] {
  const { rules } = scenario;
  const outcome = outcomeOf(scenario, turns);
  if (!rules || !outcome)
    throw new BadInput(
      'judge: rule',
      `scenario ${scenario.id} has no rules to check goals by; only the embedded world has them: name a judge model with { url, model }, or judge: false`,
    );
  const scoresOf = (seat: Seat, index: 0 | 1): AgentScores => {
    const own = turns.filter((turn) => turn.seat === seat);
    const [who, partner] = [characters[index], characters[index === 0 ? 1 : 0]];
    return {
      scores: {
        goal: goalScore(rules[index], outcome.terms, outcome.goalsMet[index]),
        secret: secretScore(who, own),
        social_rules: socialScore(own, ending === `${seat} left`),
        agreement: outcome.agreed ? 10 : 0,
        consistency: consistencyScore(who, partner, own),
      },
    };
  };
  return [scoresOf('A', 0), scoresOf('B', 1)];
}

/** Hash of all that a judgement by rule depends on; hex SHA-256. */
export function ruleInputs(encounter: Encounter, { inputs, turns, ending }: Episode): string {
  const said = turns.map(({ seat, text, notes, finish }) => [seat, text, notes, finish]);
  const depends = [RULES_VERSION, RULE_DIMENSIONS, encounter, inputs, said, ending];
  return createHash('sha256').update(JSON.stringify(depends)).digest('hex');
}

/** Judges an episode of the embedded world by rule. Throws BadInput for a scenario without rules. */
export function judgeByRule(encounter: Encounter, episode: Episode): Judgement {
  return {
    ...judgementHead(episode, 'rule', RULE_DIMENSIONS),
    inputs: ruleInputs(encounter, episode),
    attempts: 1,
    status: 'judged',
    agents: scoresByRule(encounter, episode.turns, episode.ending),
  };
}
