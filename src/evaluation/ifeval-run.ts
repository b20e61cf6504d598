// Lets a model answer IFEval's prompts.

import type { Conversation, LanguageModel } from '../models/language-model.ts';
import { generatedTokens } from '../models/reply-taker.ts';
import { entryOf } from '../numerics/lookup.ts';
import { hashOf } from './ability-data.ts';
import { abilityFile, type IfevalItem, type IfevalResult } from './ability-files.ts';
import { type AbilityRunOptions, answerAll, choose, fitPrompt } from './ability-run.ts';
import { type IfevalPrompt, judgeIfeval, scoreByInstruction, scoreIfeval } from './ifeval.ts';
import { type DetectLanguage, loadLanguageDetector } from './ifeval-language.ts';

/** Raised when a change of the program changes what models are asked. */
const VERSION = 1;

export interface IfevalOptions extends AbilityRunOptions {
  /** Longest response; 1280 by default, as on the Open LLM Leaderboard. */
  readonly maxNewTokens?: number | undefined;
}

/**
 * Asks a model IFEval's prompts, as many at once as it keeps conversations, and judges its responses. With a `path`,
 * what stands there under the same inputs is not asked again.
 *
 * @param source where the prompts come from, for the result
 * @throws BadInput if the file cannot be written; the signal's reason when aborted: what is answered by then is kept
 */
export async function runIfeval(
  model: LanguageModel,
  prompts: readonly IfevalPrompt[],
  source: string,
  options: IfevalOptions = {},
): Promise<IfevalResult> {
  const { path, limit, onProgress, signal, maxNewTokens = 1280 } = options;
  const detect = await loadLanguageDetector();
  const chosen = choose(prompts, limit);
  const hashes = new Map(prompts.map((prompt) => [prompt, inputsOf(model, prompt, maxNewTokens)]));
  const answers = await answeredBefore(path, prompts, hashes, detect);
  const gather = () => resultOf(model, prompts, chosen, answers, source, maxNewTokens);
  const ask = async (conversation: Conversation, prompt: IfevalPrompt): Promise<IfevalItem> => {
    const answer = await respond(model, conversation, prompt, maxNewTokens);
    const { key, prompt: text, instructions } = prompt;
    const verdict = copy(judgeIfeval(prompt, answer.response, detect));
    const inputs = entryOf(hashes, prompt);
    return { inputs, key, prompt: text, ...answer, instructions: [...instructions], ...verdict };
  };
  const save = async () => {
    if (path !== undefined) await abilityFile.write(path, gather());
  };
  await answerAll({ model, chosen, answers, ask, save }, { onProgress, signal });
  return gather();
}

const copy = ({ strict, loose }: { strict: readonly boolean[]; loose: readonly boolean[] }) => ({
  strict: [...strict],
  loose: [...loose],
});

function inputsOf({ info }: LanguageModel, { key, prompt }: IfevalPrompt, maxNewTokens: number): string {
  const { revision, dtype, contextLength } = info;
  return hashOf(`${VERSION}`, revision, dtype, `${contextLength}`, `${maxNewTokens}`, key, prompt);
}

/** Items of an earlier run under the same inputs, judged anew. A damaged file counts as none. */
async function answeredBefore(
  path: string | undefined,
  prompts: readonly IfevalPrompt[],
  hashes: ReadonlyMap<IfevalPrompt, string>,
  detect: DetectLanguage,
): Promise<Map<IfevalPrompt, IfevalItem>> {
  const stored = path === undefined ? undefined : await abilityFile.readIfThere(path);
  const known = new Map(
    stored?.benchmark === 'IFEval' ? stored.items.map((item) => [item.inputs, item]) : [],
  );
  const items = new Map<IfevalPrompt, IfevalItem>();
  for (const prompt of prompts) {
    const item = known.get(entryOf(hashes, prompt));
    if (item === undefined) continue;
    const { instructions } = prompt;
    items.set(prompt, {
      ...item,
      instructions: [...instructions],
      ...copy(judgeIfeval(prompt, item.response, detect)),
    });
  }
  return items;
}

async function respond(
  model: LanguageModel,
  conversation: Conversation,
  { prompt }: IfevalPrompt,
  maxNewTokens: number,
): Promise<Pick<IfevalItem, 'response' | 'finish' | 'promptTokens' | 'newTokens' | 'cut'>> {
  const { contextLength } = model.info;
  const room = Math.min(maxNewTokens, Math.floor(contextLength / 2));
  const { tokens, cut } = fitPrompt(model.tokenize([{ role: 'user', content: prompt }]), contextLength, room);
  const reply = await conversation.reply(tokens, {
    temperature: 0,
    maxNewTokens,
    lines: 'all',
    seed: 'ability',
  });
  return {
    response: reply.text,
    finish: reply.finish,
    promptTokens: tokens.length,
    newTokens: generatedTokens(reply),
    cut,
  };
}

function resultOf(
  { info }: LanguageModel,
  prompts: readonly IfevalPrompt[],
  chosen: readonly IfevalPrompt[],
  items: ReadonlyMap<IfevalPrompt, IfevalItem>,
  source: string,
  maxNewTokens: number,
): IfevalResult {
  const scored = chosen.flatMap((prompt) => items.get(prompt) ?? []);
  const { id, revision, dtype, toy } = info;
  return {
    format: 'interbrain-ability-1',
    benchmark: 'IFEval',
    model: { id, revision, dtype, toy },
    data: {
      source,
      sha256: hashOf(...chosen.map(({ key, prompt }) => `${key} ${prompt}`)),
      entries: prompts.length,
    },
    method: `one user message in the model’s chat template, greedy decoding, at most ${maxNewTokens} new tokens`,
    complete: scored.length === chosen.length,
    chosen: chosen.length,
    answered: scored.length,
    cut: scored.filter(({ cut }) => cut).length,
    scores: scored.length === 0 ? {} : scoreIfeval(scored),
    byInstruction: scoreByInstruction(scored),
    items: prompts.flatMap((prompt) => items.get(prompt) ?? []),
  };
}
