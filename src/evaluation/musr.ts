// MuSR (Sprague et al., MuSR: Testing the Limits of Chain-of-thought with Multistep Soft Reasoning, ICLR 2024): murder
// mysteries, object placements and team allocations, each a long story with questions of several choices.
//
// Asked as the Open LLM Leaderboard asks: story, question, numbered choices and `Answer:` in one user's message, no
// examples; a choice's score is the log-likelihood of its text as the reply, and `acc_norm` divides it by the number of
// the text's characters. That is not the chain-of-thought prompt of MuSR's authors.

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { BadInput } from '../errors.ts';
import { at } from '../numerics/lookup.ts';
import { below, parseEntries, readPlace } from './ability-data.ts';
import { numberOrNull, type Score, scoreOf } from './ability-score.ts';
import { parsePythonStrings } from './python-literal.ts';

/** Where the authors publish the three tasks. */
export const MUSR_ADDRESS = 'https://raw.githubusercontent.com/Zayne-sprague/MuSR/main/datasets';

export const MUSR_TASKS = ['murder_mysteries', 'object_placements', 'team_allocation'] as const;
export type MusrTask = (typeof MUSR_TASKS)[number];

/** A task's name in a file's name; its file where it is published; the leaderboard's share of right guesses. */
const TASKS: Readonly<Record<MusrTask, { mark: RegExp; file: string; guess: number }>> = {
  murder_mysteries: { mark: /murder[-_]myster/i, file: 'murder_mystery.json', guess: 1 / 2 },
  object_placements: { mark: /object[-_]placement/i, file: 'object_placements.json', guess: 1 / 5 },
  team_allocation: { mark: /team[-_]allocation/i, file: 'team_allocation.json', guess: 1 / 3 },
};

export interface MusrQuestion {
  readonly question: string;
  readonly choices: readonly string[];
  /** Index of the right choice. */
  readonly answer: number;
}

export interface MusrStory {
  readonly task: MusrTask;
  /** The story's index in its file. */
  readonly index: number;
  readonly narrative: string;
  readonly questions: readonly MusrQuestion[];
}

const choices = z.array(z.string().min(1)).min(2);

const published = z.object({
  context: z.string().min(1),
  questions: z.array(z.object({ question: z.string(), answer: z.int().min(0), choices })).min(1),
});

const pythonChoices = z
  .string()
  .transform((text, context) => {
    const list = parsePythonStrings(text);
    if (list) return list;
    context.addIssue({ code: 'custom', message: 'is no list of strings as Python writes it' });
    return z.NEVER;
  })
  .pipe(choices);

/** The hub's copy: one row per question, the choices as a list in Python's notation. */
const hubRow = z.object({
  narrative: z.string().min(1),
  question: z.string(),
  choices: z.union([choices, pythonChoices]),
  answer_index: z.int().min(0),
});

/**
 * Reads stories in the published format, or in the hub's, from a file, a folder or the address of a folder.
 *
 * @throws BadInput naming the file and entry that is wrong; RemoteFailure if the address does not answer
 */
export async function readMusr(place: string = MUSR_ADDRESS): Promise<MusrStory[]> {
  const files = await filesAt(place);
  const all = await Promise.all(files.map(async (file) => ({ file, text: await readPlace(file) })));
  return all.flatMap(({ file, text }) => parseMusr(text, file));
}

/** @throws BadInput naming the entry that is wrong */
export function parseMusr(text: string, place: string): MusrStory[] {
  const task = taskOf(place);
  const names = Object.values(TASKS).map(({ file }) => file);
  if (task === undefined)
    throw new BadInput(place, `its name tells no task; names are like ${names.join(', ')}`);
  const expected = 'MuSR’s file of stories: context and questions with question, answer and choices';
  const isPublished = /"context"\s*:/.test(text);
  const entries = parseEntries(text, place, isPublished ? published : hubRow, expected);
  const stories = new Map<string, MusrQuestion[]>();
  for (const [i, entry] of entries.entries()) {
    const [narrative, questions] =
      'context' in entry
        ? [entry.context, entry.questions]
        : [entry.narrative, [{ ...entry, answer: entry.answer_index }]];
    for (const { answer, choices } of questions)
      if (answer >= choices.length)
        throw new BadInput(
          place,
          `entry ${i + 1}: answer ${answer} is none of the ${choices.length} choices; the first is 0`,
        );
    const own = questions.map(({ question, choices, answer }) => ({ question, choices, answer }));
    stories.set(narrative, [...(stories.get(narrative) ?? []), ...own]);
  }
  return [...stories].map(([narrative, questions], index) => ({ task, index, narrative, questions }));
}

const taskOf = (place: string) => MUSR_TASKS.find((task) => TASKS[task].mark.test(basename(place)));

async function filesAt(place: string): Promise<string[]> {
  if (/^https?:\/\//.test(place))
    return taskOf(place) === undefined ? MUSR_TASKS.map((task) => below(place, TASKS[task].file)) : [place];
  const found = await stat(place).catch(() => undefined);
  if (!found?.isDirectory()) return [place];
  const names = (await readdir(place)).filter((name) => /\.jsonl?$/.test(name));
  const files = MUSR_TASKS.flatMap((task) => {
    const own = names.filter((name) => TASKS[task].mark.test(name));
    if (own.length > 1)
      throw new BadInput(place, `has several files of ${task}: ${own.join(', ')}; keep one`);
    return own.map((name) => join(place, name));
  });
  if (files.length > 0) return files;
  const published = Object.values(TASKS).map(({ file }) => file);
  throw new BadInput(place, `holds no file of MuSR's; it should hold ${published.join(', ')}`);
}

/** The user's message that asks a question about a story. */
export function musrPrompt({ narrative }: Pick<MusrStory, 'narrative'>, question: MusrQuestion): string {
  const numbered = question.choices.map((choice, i) => `${i + 1} - ${choice}\n`).join('');
  return `${narrative}\n\n${question.question}\n\n${numbered}\nAnswer:`;
}

/** A question's choices as a model finds them. */
export interface MusrAnswer {
  readonly task: MusrTask;
  readonly story: number;
  readonly question: number;
  readonly answer: number;
  /** Natural logarithms of the choices' probabilities. */
  readonly logProbabilities: readonly number[];
  /** Characters of the choices. */
  readonly characters: readonly number[];
}

/** Place of the largest value, the first of several. */
const largest = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** The likeliest choice. */
export const likeliest = ({ logProbabilities }: Pick<MusrAnswer, 'logProbabilities'>) =>
  largest(logProbabilities);
/** The likeliest choice per character. */
export const likeliestPerCharacter = ({
  logProbabilities,
  characters,
}: Pick<MusrAnswer, 'logProbabilities' | 'characters'>) =>
  largest(logProbabilities.map((value, i) => value / at(characters, i)));

/** Accuracies of one task. */
export interface MusrTaskScore {
  readonly task: MusrTask;
  readonly stories: number;
  /** Share of questions whose right choice is the likeliest. */
  readonly accuracy: Score;
  /** Share of questions whose right choice is the likeliest per character: `acc_norm`. */
  readonly accuracyPerCharacter: Score;
  /** Share that guessing gets right on these questions. */
  readonly chance: number;
  /** Share that the leaderboard takes for guessing: 1/2, 1/5, 1/3. */
  readonly guess: number;
  /** `accuracyPerCharacter` with the leaderboard's guessing as 0 and all as 1; never below 0. */
  readonly normalised: number;
}

export const MUSR_SCORES = ['normalised', 'accuracyPerCharacter', 'accuracy'] as const;
export type MusrScore = (typeof MUSR_SCORES)[number];

/**
 * Scores of all tasks together: `normalised` is the mean of the tasks' normalised scores, as the Open LLM Leaderboard
 * shows; the accuracies are over all questions. Standard errors are over stories; that of `normalised` ignores that
 * no task counts less than 0.
 */
export function scoreMusr(answers: readonly MusrAnswer[]): {
  readonly scores: Record<MusrScore, Score>;
  readonly tasks: readonly MusrTaskScore[];
} {
  const tasks = MUSR_TASKS.flatMap((task) => {
    const own = answers.filter((answer) => answer.task === task);
    return own.length === 0 ? [] : [scoreTask(task, own)];
  });
  const errors = tasks.map(({ accuracyPerCharacter, guess }) => {
    const { standardError } = accuracyPerCharacter;
    return standardError === null ? Number.NaN : standardError / (1 - guess);
  });
  const stories = storiesOf(answers);
  return {
    tasks,
    scores: {
      normalised: {
        value: tasks.reduce((sum, { normalised }) => sum + normalised, 0) / tasks.length,
        standardError: numberOrNull(Math.hypot(...errors) / tasks.length),
        n: answers.length,
      },
      accuracyPerCharacter: scoreOf(stories.map((own) => own.map(isRight(likeliestPerCharacter)))),
      accuracy: scoreOf(stories.map((own) => own.map(isRight(likeliest)))),
    },
  };
}

const isRight = (choose: (answer: MusrAnswer) => number) => (answer: MusrAnswer) =>
  Number(choose(answer) === answer.answer);

function storiesOf(answers: readonly MusrAnswer[]): MusrAnswer[][] {
  const stories = new Map<string, MusrAnswer[]>();
  for (const answer of answers) {
    const key = `${answer.task} ${answer.story}`;
    stories.set(key, [...(stories.get(key) ?? []), answer]);
  }
  return [...stories.values()];
}

function scoreTask(task: MusrTask, answers: readonly MusrAnswer[]): MusrTaskScore {
  const stories = storiesOf(answers);
  const perCharacter = scoreOf(stories.map((own) => own.map(isRight(likeliestPerCharacter))));
  const { guess } = TASKS[task];
  return {
    task,
    stories: stories.length,
    accuracy: scoreOf(stories.map((own) => own.map(isRight(likeliest)))),
    accuracyPerCharacter: perCharacter,
    chance: answers.reduce((sum, { characters }) => sum + 1 / characters.length, 0) / answers.length,
    guess,
    normalised: Math.max(0, (perCharacter.value - guess) / (1 - guess)),
  };
}
