import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isLeave } from './leave.ts';
import { heard } from './play.ts';

it.each([
  ['Goodbye. LEAVE', true],
  ['leave', true],
  ['(LEAVE)', true],
  ['Leave! I mean it', true],
  ['I will *leave*.', true],
  ['I just left', false],
  ['Please leave me alone', false],
  ['LEAVES fall', false],
  ['', false],
  ['...', false],
])('%j ends the conversation: %s', (text, ends) => {
  expect(isLeave(text)).toBe(ends);
});

const reply = (text: string, finish: 'end' | 'line' | 'length' = 'end') => ({
  text,
  finish,
  tokens: [1, 2, 3],
});

it('puts odd replies right and says so', () => {
  expect(heard(reply('Hello.'), 'Nora Hill')).toEqual({ text: 'Hello.', notes: [] });
  expect(heard(reply('  '), 'Nora Hill')).toEqual({ text: '...', notes: ['empty reply'] });
  expect(heard(reply('on and on', 'length'), 'N')).toEqual({ text: 'on and on', notes: ['cut at 3 tokens'] });
  expect(heard(reply('Nora Hill: Hi'), 'Nora Hill')).toEqual({
    text: 'Hi',
    notes: ['repeated its own name'],
  });
  expect(heard(reply('Note: this stays'), 'Nora Hill').text).toBe('Note: this stays');
});

it('hears one line, whatever the reply', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { text: line } = heard(reply(text), 'A');
      expect(line).not.toMatch(/[\r\n\v\f\u0085\u2028\u2029]/);
      expect(line).not.toBe('');
    }),
  );
});
