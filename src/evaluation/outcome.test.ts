import { expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { toScenario } from '../scenarios/world.ts';
import { drawCase, KINDS } from '../scenarios/world-cases.ts';
import { drawCast } from '../scenarios/world-characters.ts';
import { drawDialogue } from '../scenarios/world-dialogue.ts';
import { outcomeOf } from './outcome.ts';

it('reads from the rule-made dialogues what they agreed on, and that both goals are met', () => {
  const counts = { agreed: 0, not: 0 };
  for (let index = 0; index < 600; index++) {
    const random = createRandom(`outcome test ${index}`);
    const drawn = drawCase(random, KINDS[index % KINDS.length]!);
    const [a, b] = drawCast(random, 2);
    const relationship = drawn.relationships[0]!;
    const lines = drawDialogue(random, drawn, [a!, b!], relationship);
    const turns = lines.map(({ seat, text }) => ({
      seat: seat === 0 ? ('A' as const) : ('B' as const),
      text,
    }));
    const outcome = outcomeOf(toScenario(drawn, 'x', relationship), turns);
    const agreed = lines.some((line) => line.text.includes('Agreed'));
    expect({ index, kind: drawn.kind, agreed: outcome?.agreed }).toEqual({ index, kind: drawn.kind, agreed });
    expect(outcome?.goalsMet).toEqual([agreed, agreed]);
    counts[agreed ? 'agreed' : 'not']++;
  }
  expect(counts.not).toBeGreaterThan(20);
});

const bargain = toScenario(
  {
    ...drawCase(createRandom('a bargain'), 'bargaining'),
    rules: [
      { kind: 'price', item: 'lamp', role: 'buyer', limit: 40 },
      { kind: 'price', item: 'lamp', role: 'seller', limit: 30 },
    ],
  },
  'x',
  'stranger',
);

it.each([
  [
    'an offer above the limit',
    'you pay 45 dollars for the lamp',
    'Agreed, I pay 45 dollars.',
    true,
    [false, true],
  ],
  ['other words than were offered', 'you pay 35 dollars', 'Agreed, I pay 30 dollars.', false, [false, false]],
  ['agreement on nothing', 'hello', 'Agreed.', false, [false, false]],
])('%s', (_, offer, answer, agreed, goalsMet) => {
  const outcome = outcomeOf(bargain, [
    { seat: 'B', text: offer },
    { seat: 'A', text: answer },
  ]);
  expect(outcome).toMatchObject({ agreed, goalsMet });
});
