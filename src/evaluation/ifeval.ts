// IFEval (Zhou et al., Instruction-Following Evaluation for Large Language Models, 2023): does a response do what the
// prompt tells it, as far as a program can see?
//
// A prompt is a user's message in the model's own chat template; greedy decoding, at most 1280 new tokens, as the
// Open LLM Leaderboard asks. Strict: the response as it is. Loose: also without its first line, its last line, both,
// and each of these without asterisks; one of the eight has to follow the instruction.

import { z } from 'zod';
import { BadInput } from '../errors.ts';
import { issueText } from '../files/issue-text.ts';
import { at } from '../numerics/lookup.ts';
import { parseEntries, readPlace } from './ability-data.ts';
import { correction, groupResiduals, numberOrNull, type Score, scoreOf } from './ability-score.ts';
import { type Check, INSTRUCTIONS } from './ifeval-instructions.ts';
import type { DetectLanguage } from './ifeval-language.ts';
import { strip } from './ifeval-text.ts';

/** Where the authors publish the prompts. */
export const IFEVAL_ADDRESS =
  'https://raw.githubusercontent.com/google-research/google-research/master/instruction_following_eval/data/input_data.jsonl';

const entrySchema = z.object({
  key: z.union([z.number(), z.string()]).transform(String),
  prompt: z.string().min(1),
  instruction_id_list: z.array(z.string()).min(1),
  kwargs: z.array(z.record(z.string(), z.unknown()).nullable()),
});

export interface IfevalPrompt {
  readonly key: string;
  readonly prompt: string;
  /** Ids: `punctuation:no_comma`. */
  readonly instructions: readonly string[];
  /** The checker of each instruction, in their order. */
  readonly checks: readonly Check[];
}

/** Whether each instruction of a prompt is followed. */
export interface IfevalVerdict {
  readonly strict: readonly boolean[];
  readonly loose: readonly boolean[];
}

/**
 * Reads prompts in the published format (JSON lines) from a file or an address.
 *
 * @throws BadInput naming the entry that is wrong; RemoteFailure if the address does not answer
 */
export async function readIfeval(place: string = IFEVAL_ADDRESS): Promise<IfevalPrompt[]> {
  return parseIfeval(await readPlace(place), place);
}

/** @throws BadInput naming the entry that is wrong */
export function parseIfeval(text: string, place: string): IfevalPrompt[] {
  const expected = 'IFEval’s input_data.jsonl: key, prompt, instruction_id_list, kwargs';
  const entries = parseEntries(text, place, entrySchema, expected);
  const keys = new Set<string>();
  return entries.map(({ key, prompt, instruction_id_list, kwargs }) => {
    const where = `${place} key ${key}`;
    if (keys.has(key)) throw new BadInput(where, 'the key stands twice');
    keys.add(key);
    if (kwargs.length !== instruction_id_list.length)
      throw new BadInput(
        where,
        `${instruction_id_list.length} instructions, but ${kwargs.length} kwargs; each instruction has one`,
      );
    const checks = instruction_id_list.map((id, i) => makeCheck(id, kwargs[i] ?? {}, where));
    return { key, prompt, instructions: instruction_id_list, checks };
  });
}

function makeCheck(id: string, args: Readonly<Record<string, unknown>>, where: string): Check {
  const type = Object.hasOwn(INSTRUCTIONS, id) ? INSTRUCTIONS[id] : undefined;
  if (type === undefined)
    throw new BadInput(
      where,
      `no instruction is called "${id}"; instructions are ${Object.keys(INSTRUCTIONS).join(', ')}`,
    );
  // The hub's copy has every argument of every instruction, null where it is none of this one's.
  const own = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
  try {
    return type.make(own);
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    if (issue === undefined) throw cause;
    const which = issue.path.map(String).join('.');
    const value = which in own ? '' : 'is missing; ';
    throw new BadInput(
      where,
      `${id}: ${which}: ${value}${issueText(issue, own[which])}; correct its kwargs`,
      { cause },
    );
  }
}

/** The response, and what is left of it without its first line, last line, both, and without asterisks. */
function looseVariants(response: string): string[] {
  const lines = response.split('\n');
  const shortened = [lines.slice(1), lines.slice(0, -1), lines.slice(1, -1)].map((rest) =>
    strip(rest.join('\n')),
  );
  const kept = [response, ...shortened];
  return [...kept, ...kept.map((text) => text.replaceAll('*', ''))];
}

/** Whether a response follows each instruction of its prompt; an empty one follows none. */
export function judgeIfeval(
  { checks }: Pick<IfevalPrompt, 'checks'>,
  response: string,
  detectLanguage: DetectLanguage,
): IfevalVerdict {
  const follows = (check: Check, text: string) => strip(text) !== '' && check(text, detectLanguage);
  const variants = looseVariants(response);
  return {
    strict: checks.map((check) => follows(check, response)),
    loose: checks.map((check) => variants.some((text) => follows(check, text))),
  };
}

/** Accuracies over prompts (all instructions followed) and over instructions; standard errors over prompts. */
export function scoreIfeval(verdicts: readonly IfevalVerdict[]): Record<IfevalScore, Score> {
  const kind = (which: 'strict' | 'loose') => {
    const byPrompt = verdicts.map((verdict) => verdict[which].map(Number));
    const whole = byPrompt.map((followed) => [Math.min(...followed)]);
    return { prompt: scoreOf(whole), instruction: scoreOf(byPrompt), byPrompt, whole };
  };
  const strict = kind('strict');
  const loose = kind('loose');
  const [instructions, prompts] = [groupResiduals(strict.byPrompt), groupResiduals(strict.whole)];
  const both = prompts.map((own, i) => (own + at(instructions, i)) / 2);
  const variance = both.reduce((sum, r) => sum + r * r, 0) * correction(both.length);
  return {
    strict: {
      value: (strict.prompt.value + strict.instruction.value) / 2,
      standardError: numberOrNull(Math.sqrt(variance)),
      n: verdicts.length,
    },
    promptStrict: strict.prompt,
    instructionStrict: strict.instruction,
    promptLoose: loose.prompt,
    instructionLoose: loose.instruction,
  };
}

/** `strict` is the mean of the prompts' and the instructions' strict accuracy, as the Open LLM Leaderboard shows. */
export const IFEVAL_SCORES = [
  'strict',
  'promptStrict',
  'instructionStrict',
  'promptLoose',
  'instructionLoose',
] as const;
export type IfevalScore = (typeof IFEVAL_SCORES)[number];

/** Accuracy by kind of instruction. */
export function scoreByInstruction(
  items: readonly {
    readonly instructions: readonly string[];
    readonly strict: readonly boolean[];
    readonly loose: readonly boolean[];
  }[],
): Record<string, { readonly n: number; readonly strict: number; readonly loose: number }> {
  const counts = new Map<string, { n: number; strict: number; loose: number }>();
  for (const { instructions, strict, loose } of items)
    for (const [i, id] of instructions.entries()) {
      const own = counts.get(id) ?? { n: 0, strict: 0, loose: 0 };
      own.n++;
      own.strict += Number(strict[i]);
      own.loose += Number(loose[i]);
      counts.set(id, own);
    }
  return Object.fromEntries(
    [...counts].sort().map(([id, { n, strict, loose }]) => [id, { n, strict: strict / n, loose: loose / n }]),
  );
}
