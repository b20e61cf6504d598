// What a model answered in an ability test, and what that came to: one JSON file per benchmark and model.

import { z } from 'zod';
import { jsonFile } from '../recordings/result-file.ts';
import { MUSR_TASKS } from './musr.ts';

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const score = z.object({ value: z.number(), standardError: z.number().nullable(), n: count });
const scores = z.record(z.string(), score);

const FORMAT = 'interbrain-ability-1';

const head = {
  format: z.literal(FORMAT),
  model: z.object({ id: z.string(), revision: z.string(), dtype: z.string(), toy: z.boolean() }),
  /** Where the questions come from, and a hash of those that were chosen. */
  data: z.object({ source: z.string(), sha256: z.string(), entries: count }),
  /** How the questions were asked, in words. */
  method: z.string(),
  /** Hashes of what a study's test was made of, once it is complete. */
  inputs: z.record(z.string(), z.string()).exactOptional(),
  /** Whether every chosen entry is answered. */
  complete: z.boolean(),
  /** Entries that were chosen, and those of them that are answered. */
  chosen: count,
  answered: count,
  /** Prompts of which the beginning did not fit into the model's context. */
  cut: count,
};

const ifevalItem = z.object({
  /** Hash of the question and of the model. */
  inputs: z.string(),
  key: z.string(),
  prompt: z.string(),
  response: z.string(),
  finish: z.string(),
  promptTokens: count,
  newTokens: count,
  cut: z.boolean(),
  instructions: z.array(z.string()),
  strict: z.array(z.boolean()),
  loose: z.array(z.boolean()),
});
export type IfevalItem = z.infer<typeof ifevalItem>;

const musrItem = z.object({
  inputs: z.string(),
  task: z.enum(MUSR_TASKS),
  story: count,
  question: count,
  text: z.string(),
  choices: z.array(z.string()),
  answer: count,
  logProbabilities: z.array(z.number()),
  /** Lengths of the choices. */
  tokens: z.array(count),
  characters: z.array(count),
  chosen: count,
  chosenPerCharacter: count,
  promptTokens: count,
  cut: z.boolean(),
});
export type MusrItem = z.infer<typeof musrItem>;

const ifevalResult = z.object({
  ...head,
  benchmark: z.literal('IFEval'),
  scores,
  byInstruction: z.record(z.string(), z.object({ n: count, strict: share, loose: share })),
  items: z.array(ifevalItem),
});
export type IfevalResult = z.infer<typeof ifevalResult>;

const musrResult = z.object({
  ...head,
  benchmark: z.literal('MuSR'),
  scores,
  tasks: z.array(
    z.object({
      task: z.enum(MUSR_TASKS),
      stories: count,
      accuracy: score,
      accuracyPerCharacter: score,
      chance: share,
      guess: share,
      normalised: share,
    }),
  ),
  items: z.array(musrItem),
});
export type MusrResult = z.infer<typeof musrResult>;

export type AbilityResult = IfevalResult | MusrResult;

/** One benchmark's answers of one model, on disk (see `abilityPath`). */
export const abilityFile = jsonFile<AbilityResult>({
  format: FORMAT,
  schema: z.discriminatedUnion('benchmark', [ifevalResult, musrResult]),
  advice: 'delete it and run the test again',
});

/**
 * Reads what a model answered in an ability test.
 *
 * @throws BadInput if there is no such file; OtherFormat or CorruptFile if it holds no result that can be read
 */
export function readAbilityResult(path: string): Promise<AbilityResult> {
  return abilityFile.read(path);
}
