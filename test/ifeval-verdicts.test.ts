// IFEval's checkers against the published ones' verdicts on 270 responses of GPT-4. The responses are not part of the
// package; where they lie beside the project they are judged.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type IfevalPrompt, type IfevalVerdict, judgeIfeval, parseIfeval } from '../src/evaluation/ifeval.ts';
import { INSTRUCTIONS } from '../src/evaluation/ifeval-instructions.ts';
import { loadLanguageDetector } from '../src/evaluation/ifeval-language.ts';

const ABILITIES = process.env['INTERBRAIN_ABILITIES'] ?? '../shared/abilities';
const PROMPTS = join(ABILITIES, 'ifeval_input_data.jsonl');
const VERDICTS = join(ABILITIES, 'ifeval_gpt4_verdicts.jsonl');

/**
 * What we judge otherwise: responses of one word, in which the published detector sees another language. It takes
 * "YES" for Welsh and "etchings" for German; ours takes both for English.
 */
const OTHERWISE = ['2341 change_case:english_capital', '202 change_case:english_lowercase'];

interface Published extends IfevalVerdict {
  readonly key: number;
  readonly response: string;
  readonly instruction_id_list: readonly string[];
}

describe.runIf(existsSync(VERDICTS))('IFEval on the published verdicts', () => {
  const published: Published[] = [];
  const prompts = new Map<string, IfevalPrompt>();
  const ours: IfevalVerdict[] = [];

  beforeAll(async () => {
    const lines = readFileSync(VERDICTS, 'utf8').trim().split('\n');
    published.push(...lines.map((line) => JSON.parse(line) as Published));
    for (const prompt of parseIfeval(readFileSync(PROMPTS, 'utf8'), PROMPTS)) prompts.set(prompt.key, prompt);
    const detect = await loadLanguageDetector();
    for (const { key, response } of published)
      ours.push(judgeIfeval(prompts.get(String(key))!, response, detect));
  });

  it('agrees on every instruction but those of one word, strict and loose', () => {
    expect(published.length).toBeGreaterThan(200);
    const differing = new Set<string>();
    const agreement = new Map<string, { n: number; strict: number; loose: number }>();
    for (const [i, { key, instruction_id_list, strict, loose }] of published.entries())
      for (const [j, id] of instruction_id_list.entries()) {
        const own = agreement.get(id) ?? { n: 0, strict: 0, loose: 0 };
        const same = [ours[i]!.strict[j] === strict[j], ours[i]!.loose[j] === loose[j]];
        own.n++;
        own.strict += Number(same[0]);
        own.loose += Number(same[1]);
        agreement.set(id, own);
        if (!same[0] || !same[1]) differing.add(`${key} ${id}`);
      }
    if (process.env['INTERBRAIN_SHOW']) console.table(Object.fromEntries([...agreement].sort()));
    expect([...differing].sort()).toEqual(OTHERWISE.toSorted());
    expect([...agreement.keys()].sort()).toEqual(Object.keys(INSTRUCTIONS).sort());
  });

  it('follows no instruction with an empty response', async () => {
    const detect = await loadLanguageDetector();
    for (const prompt of prompts.values())
      expect(judgeIfeval(prompt, ' \n', detect).loose).not.toContain(true);
  });
});
