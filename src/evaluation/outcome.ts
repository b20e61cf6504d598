// What an episode of the embedded small world came to, read from its transcript by rule. It is how the embedded
// models are examined (models/README.md); other scenario sets have no rules and no outcome.

import type { Turn } from '../episodes/types.ts';
import type { GoalRule, Scenario } from '../scenarios/schema.ts';

export interface Outcome {
  /** Somebody agreed to exactly what the partner had said last. */
  readonly agreed: boolean;
  /** What was agreed: `45`, `the items that A takes`, `Friday`; undefined without agreement. */
  readonly terms?: string;
  /** Whether A's and B's goal is met; without agreement neither is. */
  readonly goalsMet: readonly [boolean, boolean];
}

type Utterance = Pick<Turn, 'seat' | 'text'>;

/** "help me" said by one and "help you" said by the other are the same thing. */
const neutral = (text: string) => text.toLowerCase().replace(/\b(me|you|the other)\b/g, '*');

function itemsOfA(rule: Extract<GoalRule, { kind: 'items' }>, { seat, text }: Utterance): string | undefined {
  const found = /\b(I|you) take (.+?) and (I|you) take (.+)/i.exec(text);
  const [, who = '', first = '', next = '', second = ''] = found ?? [];
  if (!found || who.toLowerCase() === next.toLowerCase()) return undefined;
  const [own, other] = who.toLowerCase() === 'i' ? [first, second] : [second, first];
  const named = (half: string) => rule.items.filter((item) => half.includes(item));
  if (named(own).length + named(other).length !== rule.items.length) return undefined;
  return named(seat === 'A' ? own : other).join('+');
}

/** The outcome that an utterance names, the same for both seats; undefined if it names none, or several. */
export function termsOf(rule: GoalRule, utterance: Utterance): string | undefined {
  if (rule.kind === 'price') return /(\d+) dollars/.exec(utterance.text)?.[1];
  if (rule.kind === 'items') return itemsOfA(rule, utterance);
  const named = rule.options.filter((option) => neutral(utterance.text).includes(neutral(option)));
  return named.length === 1 ? named[0] : undefined;
}

function meets(rule: GoalRule, terms: string, seat: 'A' | 'B'): boolean {
  if (rule.kind === 'price')
    return rule.role === 'buyer' ? Number(terms) <= rule.limit : Number(terms) >= rule.limit;
  if (rule.kind === 'items') return terms.split('+').includes(rule.must) === (seat === 'A');
  return rule.accept.includes(terms);
}

/** Reads the outcome of an episode; undefined for a scenario without rules. */
export function outcomeOf(scenario: Scenario, turns: readonly Utterance[]): Outcome | undefined {
  const { rules } = scenario;
  if (!rules) return undefined;
  for (const [index, turn] of turns.entries()) {
    if (!/\bagreed\b/i.test(turn.text)) continue;
    const offer = turns.slice(0, index).findLast((earlier) => earlier.seat !== turn.seat);
    const terms = termsOf(rules[0], turn);
    if (!offer || terms === undefined || termsOf(rules[0], offer) !== terms) continue;
    return { agreed: true, terms, goalsMet: [meets(rules[0], terms, 'A'), meets(rules[1], terms, 'B')] };
  }
  return { agreed: false, goalsMet: [false, false] };
}
