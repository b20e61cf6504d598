// Lets a model answer MuSR's questions.

import { requireCapability } from '../models/capabilities.ts';
import type { Conversation, LanguageModel } from '../models/language-model.ts';
import { logLikelihoods } from '../models/likelihood.ts';
import { entryOf } from '../numerics/lookup.ts';
import { hashOf } from './ability-data.ts';
import { abilityFile, type MusrItem, type MusrResult } from './ability-files.ts';
import { type AbilityRunOptions, answerAll, choose, fitPrompt } from './ability-run.ts';
import { likeliest, likeliestPerCharacter, type MusrStory, musrPrompt, scoreMusr } from './musr.ts';

/** Raised when a change of the program changes what models are asked. */
const VERSION = 1;

/**
 * Asks a model MuSR's questions, the stories that it keeps conversations for at once; the questions of one story
 * share what has been read of it. With a `path`, stories that stand there under the same inputs are not asked again.
 *
 * @param source where the stories come from, for the result
 * @throws as `runIfeval` does
 */
export async function runMusr(
  model: LanguageModel,
  stories: readonly MusrStory[],
  source: string,
  { path, limit, onProgress, signal }: AbilityRunOptions = {},
): Promise<MusrResult> {
  requireCapability(model.info, 'likelihoods', 'MuSR and other tests by likelihood');
  const chosen = choose(stories, limit);
  const hashes = new Map(stories.map((story) => [story, inputsOf(model, story)]));
  const answers = await answeredBefore(path, stories, hashes);
  const gather = () => resultOf(model, stories, chosen, answers, source);
  const ask = (conversation: Conversation, story: MusrStory) =>
    answer(model, conversation, story, entryOf(hashes, story));
  const save = async () => {
    if (path !== undefined) await abilityFile.write(path, gather());
  };
  await answerAll({ model, chosen, answers, ask, save }, { onProgress, signal });
  return gather();
}

function inputsOf({ info }: LanguageModel, story: MusrStory): string {
  const { revision, dtype, contextLength } = info;
  const { task, narrative, questions } = story;
  return hashOf(
    `${VERSION}`,
    revision,
    dtype,
    `${contextLength}`,
    task,
    narrative,
    JSON.stringify(questions),
  );
}

/** Stories of an earlier run under the same inputs. A damaged file counts as none. */
async function answeredBefore(
  path: string | undefined,
  stories: readonly MusrStory[],
  hashes: ReadonlyMap<MusrStory, string>,
): Promise<Map<MusrStory, MusrItem[]>> {
  const stored = path === undefined ? undefined : await abilityFile.readIfThere(path);
  const known = new Map<string, MusrItem[]>();
  for (const item of stored?.benchmark === 'MuSR' ? stored.items : [])
    known.set(item.inputs, [...(known.get(item.inputs) ?? []), item]);
  return new Map(
    stories.flatMap((story) => {
      const own = known.get(entryOf(hashes, story));
      return own?.length === story.questions.length
        ? [[story, own.map((item) => ({ ...item, story: story.index }))] as const]
        : [];
    }),
  );
}

async function answer(
  model: LanguageModel,
  conversation: Conversation,
  story: MusrStory,
  inputs: string,
): Promise<MusrItem[]> {
  const items: MusrItem[] = [];
  for (const [index, question] of story.questions.entries()) {
    const continuations = question.choices.map((choice) => model.tokenizeContinuation(choice));
    const longest = Math.max(...continuations.map((tokens) => tokens.length));
    const asked = model.tokenize([{ role: 'user', content: musrPrompt(story, question) }]);
    const { tokens, cut } = fitPrompt(asked, model.info.contextLength, longest);
    const found = await logLikelihoods(model, conversation, tokens, continuations);
    const scored = {
      logProbabilities: found.map(({ logProbability }) => logProbability),
      characters: question.choices.map((choice) => [...choice].length),
    };
    items.push({
      inputs,
      task: story.task,
      story: story.index,
      question: index,
      text: question.question,
      choices: [...question.choices],
      answer: question.answer,
      ...scored,
      tokens: found.map((one) => one.tokens),
      chosen: likeliest(scored),
      chosenPerCharacter: likeliestPerCharacter(scored),
      promptTokens: tokens.length,
      cut,
    });
  }
  return items;
}

function resultOf(
  { info }: LanguageModel,
  stories: readonly MusrStory[],
  chosen: readonly MusrStory[],
  items: ReadonlyMap<MusrStory, MusrItem[]>,
  source: string,
): MusrResult {
  const answered = chosen.filter((story) => items.has(story));
  const scored = answered.flatMap((story) => entryOf(items, story));
  const { scores, tasks } = scored.length === 0 ? { scores: {}, tasks: [] } : scoreMusr(scored);
  const { id, revision, dtype, toy } = info;
  return {
    format: 'interbrain-ability-1',
    benchmark: 'MuSR',
    model: { id, revision, dtype, toy },
    data: {
      source,
      sha256: hashOf(...chosen.map(({ narrative, questions }) => narrative + JSON.stringify(questions))),
      entries: stories.length,
    },
    method:
      'story, question and numbered choices in one user message of the model’s chat template, no examples; log-likelihood of a choice’s text as the reply',
    complete: answered.length === chosen.length,
    chosen: chosen.length,
    answered: answered.length,
    cut: scored.filter(({ cut }) => cut).length,
    scores,
    tasks: tasks.map((task) => ({ ...task })),
    items: stories.flatMap((story) => items.get(story) ?? []),
  };
}
