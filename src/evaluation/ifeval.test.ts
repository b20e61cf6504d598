import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../models/scripted/model.ts';
import { readAbilityResult } from './ability-files.ts';
import { choose } from './ability-run.ts';
import { judgeIfeval, parseIfeval, readIfeval, scoreByInstruction, scoreIfeval } from './ifeval.ts';
import { runIfeval } from './ifeval-run.ts';
import { sentencesOf } from './ifeval-sentences.ts';
import { capitalTokens, wordsOf } from './ifeval-text.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'interbrain-ifeval-'));
const entry = (key: number, ids: readonly string[], kwargs: readonly object[], prompt = `prompt ${key}`) =>
  JSON.stringify({ key, prompt, instruction_id_list: ids, kwargs });
const DATA = [
  entry(1, ['punctuation:no_comma'], [{}]),
  entry(
    2,
    ['punctuation:no_comma', 'length_constraints:number_words'],
    [{}, { num_words: 3, relation: 'at least', keywords: null }],
  ),
  entry(3, ['startend:quotation'], [{}]),
].join('\n');

describe('the data', () => {
  it('is read from lines, an array, and the rows of the hub’s viewer', () => {
    const rows = DATA.split('\n').map((line) => JSON.parse(line) as object);
    for (const text of [DATA, JSON.stringify(rows), JSON.stringify({ rows: rows.map((row) => ({ row })) })])
      expect(parseIfeval(text, 'file').map(({ key }) => key)).toEqual(['1', '2', '3']);
  });

  it.each([
    ['', 'is empty'],
    ['key,prompt\n1,two', 'is not JSON'],
    [JSON.stringify({ key: 1, prompt: 'p' }), 'file: entry 1: instruction_id_list'],
    [entry(1, ['punctuation:no_coma'], [{}]), 'no instruction is called "punctuation:no_coma"'],
    [entry(1, ['punctuation:no_comma'], []), '1 instructions, but 0 kwargs'],
    [
      entry(7, ['keywords:frequency'], [{ keyword: 'a', frequency: 2, relation: 'about' }]),
      'file key 7: keywords:frequency: relation',
    ],
    [`${DATA}\n${DATA}`, 'file key 1: the key stands twice'],
  ])('%j is refused', (text, message) => {
    expect(() => parseIfeval(text, 'file')).toThrow(message);
  });

  it('comes from an address once, and says what an address answers', async () => {
    let requests = 0;
    const server = createServer((request, response) => {
      requests++;
      response.statusCode = request.url === '/data.jsonl' ? 200 : 404;
      response.end(DATA);
    }).listen(0);
    const cache = process.env['INTERBRAIN_CACHE'];
    process.env['INTERBRAIN_CACHE'] = scratch();
    try {
      const url = `http://localhost:${(server.address() as AddressInfo).port}`;
      expect(await readIfeval(`${url}/data.jsonl`)).toHaveLength(3);
      expect(await readIfeval(`${url}/data.jsonl`)).toHaveLength(3);
      expect(requests).toBe(1);
      await expect(readIfeval(`${url}/none`)).rejects.toThrow('answered 404');
    } finally {
      server.close();
      if (cache === undefined) delete process.env['INTERBRAIN_CACHE'];
      else process.env['INTERBRAIN_CACHE'] = cache;
    }
    await expect(readIfeval('/nowhere/data.jsonl')).rejects.toThrow('no such file');
  });
});

describe('verdicts and scores', () => {
  it('loose is never stricter than strict', () => {
    const prompts = parseIfeval(DATA, 'file');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '*', '\n', ' ') }), (response) => {
        for (const prompt of prompts) {
          const { strict, loose } = judgeIfeval(prompt, response, () => 'en');
          for (const [i, followed] of strict.entries()) if (followed) expect(loose[i]).toBe(true);
        }
      }),
    );
  });

  it('counts prompts and instructions', () => {
    const verdicts = [
      { strict: [true, false], loose: [true, true] },
      { strict: [true], loose: [true] },
    ];
    const scores = scoreIfeval(verdicts);
    expect(scores.promptStrict).toEqual({ value: 1 / 2, standardError: 1 / 2, n: 2 });
    expect(scores.promptLoose).toMatchObject({ value: 1, standardError: 0 });
    expect(scores.instructionStrict).toMatchObject({ value: 2 / 3, n: 3 });
    // Residuals by prompt: (1 − 2/3) + (0 − 2/3) = −1/3 and 1/3, over three instructions; times 2/1.
    expect(scores.instructionStrict.standardError).toBeCloseTo(Math.sqrt((2 * 2) / 81), 12);
    expect(scores.strict.value).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
    // Both move together: half of 1/4 + 1/9 for either prompt.
    expect(scores.strict.standardError).toBeCloseTo(Math.sqrt(4) * ((1 / 4 + 1 / 9) / 2), 12);
    expect(scoreIfeval(verdicts.slice(1)).strict.standardError).toBeNull();
    const items = verdicts.map((one) => ({ ...one, instructions: ['a', 'b'].slice(0, one.strict.length) }));
    expect(scoreByInstruction(items)).toEqual({
      a: { n: 2, strict: 1, loose: 1 },
      b: { n: 1, strict: 0, loose: 1 },
    });
  });
});

describe('a model’s answers', () => {
  const prompts = parseIfeval(DATA, 'file');
  const model = (replies: string[]) => createScriptedModel({ replies });

  it('go on over line breaks, are judged and kept, and are not asked for again', async () => {
    const path = join(scratch(), 'IFEval', 'scripted.json');
    let asked = 0;
    const scripted = createScriptedModel({
      replies: (_, { lines, temperature, maxNewTokens }) => {
        asked++;
        expect({ lines, temperature, maxNewTokens }).toEqual({
          lines: 'all',
          temperature: 0,
          maxNewTokens: 1280,
        });
        return '"one\n\ntwo three"\n';
      },
    });
    const progress: number[] = [];
    const first = await runIfeval(scripted, prompts, 'file', { path, limit: 2 });
    expect(first).toMatchObject({ complete: true, chosen: 2, answered: 2, cut: 0 });
    const result = await runIfeval(scripted, prompts, 'file', {
      path,
      onProgress: ({ done, skipped }) => progress.push(done, skipped),
    });
    expect(asked).toBe(3);
    expect(progress).toEqual([2, 2, 3, 2]);
    expect(result.items.map(({ response }) => response)).toEqual(Array(3).fill('"one\n\ntwo three"\n'));
    expect(result.scores).toMatchObject({ promptStrict: { value: 1 }, instructionStrict: { n: 4 } });
    expect(await readAbilityResult(path)).toEqual(result);
    // Fewer prompts again: what was answered stays.
    const fewer = await runIfeval(scripted, prompts, 'file', { path, limit: 1 });
    expect(fewer.items).toHaveLength(3);
    expect(fewer.scores['promptStrict']?.n).toBe(1);
    expect(asked).toBe(3);
  });

  it('are the same after an interruption, and asked anew of another model', async () => {
    const whole = join(scratch(), 'whole.json');
    const parts = join(scratch(), 'parts.json');
    await runIfeval(model(['a', 'b, c']), prompts, 'file', { path: whole });
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 1) stop.abort(new Error('stopped'));
    };
    const interrupted = runIfeval(model(['a', 'b, c']), prompts, 'file', {
      path: parts,
      onProgress,
      signal: stop.signal,
    });
    await expect(interrupted).rejects.toThrow('stopped');
    const kept = await readAbilityResult(parts);
    expect(kept.answered).toBeGreaterThan(0);
    await runIfeval(model(['a', 'b, c']), prompts, 'file', { path: parts });
    expect(readFileSync(parts, 'utf8')).toBe(readFileSync(whole, 'utf8'));
    const other = await runIfeval(model(['d']), prompts, 'file', { path: parts });
    expect(other.items.map(({ response }) => response)).toEqual(['d', 'd', 'd']);
    writeFileSync(parts, '{');
    expect(await runIfeval(model(['d']), prompts, 'file', { path: parts })).toEqual(other);
  });

  it('follow nothing if they are empty; prompts that do not fit lose their beginning', async () => {
    const result = await runIfeval(
      createScriptedModel({ replies: [' \n'], contextLength: 12 }),
      prompts,
      'file',
    );
    expect(result.cut).toBe(3);
    expect(result.items.map(({ promptTokens }) => promptTokens)).toEqual([6, 6, 6]);
    expect(result.scores['instructionLoose']?.value).toBe(0);
  });
});

it('chooses entries spread evenly', () => {
  expect(choose([...Array(10).keys()], 3)).toEqual([0, 3, 6]);
  expect(choose([1, 2], 5)).toEqual([1, 2]);
  expect(choose([], 5)).toEqual([]);
});

it('counts sentences as Punkt does', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['Dr. Wu came. He left.', ['Dr. Wu came.', 'He left.']],
    [
      'He said "Stop!" Then he left. (He was tired.) Bye',
      ['He said "Stop!"', 'Then he left.', '(He was tired.)', 'Bye'],
    ],
    ['1. Milk\n2. Tea', ['1.', 'Milk\n2.', 'Tea']],
    ['It rose 3.5 percent... nobody cared', ['It rose 3.5 percent... nobody cared']],
    ['Made in the U.S. They like it.', ['Made in the U.S.', 'They like it.']],
    ['Made in the U.S. by hand.', ['Made in the U.S. by hand.']],
    ['What?! Really?? Yes.', ['What?!', 'Really??', 'Yes.']],
    ['no full stop\nand none here', ['no full stop\nand none here']],
    ['', []],
  ];
  for (const [text, sentences] of cases) expect(sentencesOf(text), text).toEqual(sentences);
});

it('never loses a letter between sentences', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'B', '.', '?', '"', ')', ' ', '\n', '1') });
  fc.assert(
    fc.property(letters, (text) => {
      expect(sentencesOf(text).join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }),
  );
});

it('cuts words and capital tokens as Python does', () => {
  expect(wordsOf('Don’t_stop, naïve ½ 3.5 हिंदी')).toEqual([
    'Don',
    't_stop',
    'naïve',
    '½',
    '3',
    '5',
    'ह',
    'द',
  ]);
  expect(capitalTokens("IT'S 'A B' WE'LL CANNOT U.S. AND/OR A-B *C* D,E F:1 x2Y \"Q\"")).toEqual([
    'IT',
    "'S",
    'A',
    'B',
    'WE',
    "'LL",
    'CAN',
    'NOT',
    'U.S.',
    'AND/OR',
    'A-B',
    'C',
    'D',
    'E',
    'F:1',
    'Q',
  ]);
});
