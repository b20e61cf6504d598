// The five questions, answered key by key on a terminal that is not there.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import type { Answers } from '../studies/new-study/answers.ts';
import { askAnswers } from './questions.ts';

const folder = mkdtempSync(join(tmpdir(), 'questions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DOWN = '\u001b[B';
const ENTER = '\r';

/** Types keys whenever the next of some texts has appeared. */
async function answering(steps: readonly (readonly [seen: string, keys: string])[], file?: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
  let shown = '';
  let from = 0;
  const rest = [...steps];
  output.on('data', (chunk: Buffer) => {
    shown += stripVTControlCharacters(chunk.toString());
    const [next] = rest;
    const at = next ? shown.indexOf(next[0], from) : -1;
    if (next === undefined || at < 0) return;
    from = at + next[0].length;
    rest.shift();
    setTimeout(() => {
      for (const [i, part] of next[1].split(DOWN).entries()) {
        if (i > 0) input.write(DOWN);
        for (const key of part) input.write(key);
      }
    }, 10);
  });
  const answers = await askAnswers({ input, output }, file);
  return { answers, shown, left: rest };
}

it('takes what is proposed', async () => {
  const { answers, left } = await answering([
    ['What kind of models?', ENTER],
    ['Which scenarios?', ENTER],
    ['How many interactions?', ENTER],
    ['Who scores', ENTER],
    ['A name', ENTER],
  ]);
  expect(left).toEqual([]);
  const expected: Answers = {
    models: [{ embedded: 'toy-llama' }, { embedded: 'toy-mistral' }],
    ...{ scenarios: 'embedded', interactions: 'all', judge: 'rule', name: 'my-study' },
  };
  expect(answers).toEqual(expected);
});

it('asks where things are, refuses what is not there, and has paths count from the study file', async () => {
  writeFileSync(join(folder, 'world.json'), '{}');
  const model = resolve('models/toy-llama');
  const { answers, left, shown } = await answering(
    [
      ['What kind of models?', `${DOWN}${ENTER}`],
      ['The first model', `/nowhere${ENTER}`],
      ['/nowhere has no config.json', `${'\u007f'.repeat(8)}${model}${ENTER}`],
      ['The second model', ENTER],
      ['Which scenarios?', `${DOWN}${DOWN}${ENTER}`],
      ['The file', `${join(folder, 'world.json')}${ENTER}`],
      ['How many interactions?', `3${ENTER}`],
      ['a whole number of 10 or more', `${'\u007f'}12${ENTER}`],
      ['Who scores', ENTER],
      ['Its address', ENTER],
      ['name there', ENTER],
      ['A name', `my study${ENTER}`],
      ['a name is made of letters', `${'\u007f'.repeat(8)}mine${ENTER}`],
    ],
    join(folder, 'given.yaml'),
  );
  expect(left, shown).toEqual([]);
  expect(answers).toEqual({
    models: [{ path: model }, { path: model }],
    scenarios: { path: join(folder, 'world.json') },
    interactions: 12,
    judge: { url: 'http://localhost:8000/v1', model: 'openai/gpt-oss-120b' },
    name: 'mine',
  });
  // Rules know the embedded world alone.
  expect(shown).not.toContain('rules of the embedded world');
});

it('ends without an answer at Ctrl-C', async () => {
  expect(
    (
      await answering([
        ['What kind of models?', ENTER],
        ['Which scenarios?', '\u0003'],
      ])
    ).answers,
  ).toBe(undefined);
});
