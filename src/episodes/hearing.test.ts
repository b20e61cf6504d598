import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hear } from './hearing.ts';

const speakers = { self: 'Nora Hill', partner: 'Ben Ash' };
const heard = (text: string, finish: 'end' | 'line' | 'length' = 'end') =>
  hear({ text, finish, tokens: [1, 2, 3] }, speakers);

const NAME = 'repeated its own name';
const LABEL = 'put a label in front';
const PARTNER = 'put its partner’s name in front';
const ON = 'cut where it spoke on for its partner';
const DIRECTIONS = 'left out stage directions';
const MARKDOWN = 'left out markdown';
const QUOTES = 'left out quotation marks';
const NARRATOR = 'left out who says it';
const LINES = 'joined its lines';
const THOUGHTS = 'left out its thoughts';

it.each<[string, string, string[]]>([
  // Nothing to put right, though it looks so.
  ['Hello.', 'Hello.', []],
  ['Note: this stays', 'Note: this stays', []],
  ['I told Ben Ash: no.', 'I told Ben Ash: no.', []],
  ['It is 2 * 3 * 4.', 'It is 2 * 3 * 4.', []],
  ['Meet me at five (if you can).', 'Meet me at five (if you can).', []],
  ['He said "no" and "never".', 'He said "no" and "never".', []],
  ['Ben Ash, listen.', 'Ben Ash, listen.', []],
  ['Nora thinks: we should go.', 'Nora thinks: we should go.', []],
  ['My dear Ash: come in.', 'My dear Ash: come in.', []],
  ['Fine. Ben wants: all of it.', 'Fine. Ben wants: all of it.', []],
  ['snake_case_name and a_b', 'snake_case_name and a_b', []],
  // Names in front.
  ['Nora Hill: Hi', 'Hi', [NAME]],
  ['Nora: Hi', 'Hi', [NAME]],
  ['NORA HILL: Hi', 'Hi', [NAME]],
  ['**Nora Hill:** Hi', 'Hi', [NAME]],
  ['Nora Hill (softly): Hi', 'Hi', [NAME]],
  ['"Nora Hill: Hi there"', 'Hi there', [NAME, QUOTES]],
  ['Nora Ash: Hi', 'Hi', [NAME]],
  ['Leah Ash: Hi', 'Hi', [PARTNER]],
  ['(Nora Hill) Hi', 'Hi', [NAME]],
  ['[Ben Ash]: Hi', 'Hi', [PARTNER]],
  ['(Nora and Ben are together.)', '...', [DIRECTIONS, 'empty reply']],
  ['Nora Hill: Nora Hill: Hi', 'Hi', [NAME]],
  ['*smiles* Nora: Hi', 'Hi', [DIRECTIONS, NAME]],
  ['Assistant: Hi', 'Hi', [LABEL]],
  ['Ben Ash: I thought so.', 'I thought so.', [PARTNER]],
  // The partner's line spoken along.
  ['Hi.\nBen Ash: Hello!\nNora Hill: So.', 'Hi.', [ON]],
  ['Nora Hill: Hi. Ben: Hello!', 'Hi.', [NAME, ON]],
  ['Ben Ash: Yes.\nNora Hill: So be it.', 'Yes.', [PARTNER, ON]],
  // Stage directions.
  ['*smiles warmly* Good to see you.', 'Good to see you.', [DIRECTIONS]],
  ['(nodding) Good.', 'Good.', [DIRECTIONS]],
  ['Good. *hands over the keys*', 'Good.', [DIRECTIONS]],
  ['[sighs] Well.', 'Well.', [DIRECTIONS]],
  ['*nods*', '...', [DIRECTIONS, 'empty reply']],
  // Markdown and stress.
  ['I *really* want it.', 'I really want it.', [MARKDOWN]],
  ['**No.** That is too much.', 'No. That is too much.', [MARKDOWN]],
  ['- First.\n- Second.', 'First. Second.', [MARKDOWN, LINES]],
  // Quotation marks.
  ['"Good day."', 'Good day.', [QUOTES]],
  ['“Good day.”', 'Good day.', [QUOTES]],
  ['"Good day.', 'Good day.', [QUOTES]],
  ['Good day."', 'Good day.', [QUOTES]],
  // Narration.
  ['Nora Hill says out loud to Ben Ash, "Good day."', 'Good day.', [NARRATOR]],
  ['She smiles and says: “Good day.”', 'Good day.', [NARRATOR]],
  ['"Good day." Nora nods. "Sit down."', 'Good day.', [NARRATOR]],
  ['"Good day," she says.', 'Good day.', [NARRATOR]],
  ['Nora said "no", and that was it.', 'Nora said "no", and that was it.', []],
  // Lines.
  ['Good day.\n\nHow are you?', 'Good day. How are you?', [LINES]],
  // Thoughts.
  ['<think>She is late.</think>You are late.', 'You are late.', [THOUGHTS]],
  ['She is late.\n</think>\n\nYou are late.', 'You are late.', [THOUGHTS]],
  ['<think>She is late and', '...', [THOUGHTS, 'empty reply']],
  // Nothing.
  ['  ', '...', ['empty reply']],
  ['Nora Hill:', '...', [NAME, 'empty reply']],
])('hears %j as %j', (text, expected, notes) => {
  expect(heard(text)).toEqual({ text: expected, notes });
});

it('says where a reply was cut', () => {
  expect(heard('on and on', 'length')).toEqual({ text: 'on and on', notes: ['cut at 3 tokens'] });
});

it('hears one line that is not empty, whatever the reply, and changes nothing in what it has heard', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { text: line } = heard(text);
      expect(line).not.toMatch(/[\r\n\v\f\u0085\u2028\u2029]/);
      expect(line).not.toBe('');
    }),
  );
  const words = fc.stringMatching(/^[A-Z][a-z]{1,8}( [a-z]{1,8}){0,8}[.!?]$/);
  fc.assert(
    fc.property(words, (text) => {
      expect(heard(text)).toEqual({ text, notes: [] });
    }),
  );
});
