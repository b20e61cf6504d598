// A judge model behind an OpenAI-compatible API (docs/method.md §8): both agents in one question, structured output where the
// server has it, and asked again with what was wrong where the answer does not fit.

import { createHash } from 'node:crypto';
import type { Episode } from '../episodes/types.ts';
import { RemoteFailure } from '../errors.ts';
import { ServerHabits } from '../http/chat-habits.ts';
import type { ChatAnswer } from '../http/chat-server.ts';
import type { HttpServer } from '../http/exchange.ts';
import { Unreachable } from '../http/failures.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { readAnswer } from './judge-answer.ts';
import { answerSchema, type JudgeMessage, judgeMessages, PROMPT_VERSION } from './judge-prompt.ts';
import { askJudge } from './judge-server.ts';
import type { Dimension, Judgement } from './types.ts';

export interface ApiJudgeSettings {
  readonly model: string;
  readonly temperature: number;
  readonly seed: number;
  /** The longest answer in tokens, thoughts included. */
  readonly maxTokens: number;
  readonly dimensions: readonly Dimension[];
  /** What a million tokens cost, in any currency. */
  readonly price?: { readonly prompt: number; readonly completion: number } | undefined;
}

/** How often a judge is asked for the same judgement. */
const MOST_QUESTIONS = 3;

/** Hash of all that a judgement depends on; the server's address is not part of it. Hex SHA-256. */
export function judgementInputs(
  encounter: Encounter,
  episode: Episode,
  settings: Omit<ApiJudgeSettings, 'price'>,
): string {
  const { model, temperature, seed, maxTokens, dimensions } = settings;
  const said = episode.turns.map(({ seat, text }) => [seat, text]);
  const depends = [PROMPT_VERSION, encounter, episode.inputs, said, episode.ending];
  const judge = { model, temperature, seed, maxTokens, dimensions };
  return createHash('sha256')
    .update(JSON.stringify([depends, judge]))
    .digest('hex');
}

/** What a judgement says of itself, whoever makes it. */
export function judgementHead(episode: Episode, judge: string, dimensions: readonly Dimension[]) {
  const { interaction, scenario, models, seed } = episode;
  return {
    format: 'interbrain-judgement-1' as const,
    interaction,
    scenario,
    models,
    seed,
    judge,
    dimensions,
  };
}

/** A judge model. One is made per study; it finds out once what its server does not take. */
export class ApiJudge {
  readonly settings: ApiJudgeSettings;
  readonly #server: HttpServer;
  readonly #habits = new ServerHabits();

  constructor(server: HttpServer, settings: ApiJudgeSettings) {
    this.#server = server;
    this.settings = settings;
  }

  /** What the server has been found not to take of a question, for users to know. */
  get notes(): readonly string[] {
    return this.#habits.notes('The judge’s server');
  }

  #ask(messages: readonly JudgeMessage[]): Promise<ChatAnswer> {
    const { model, temperature, seed, maxTokens, dimensions } = this.settings;
    const schema = { name: 'judgement', strict: true, schema: answerSchema(dimensions) };
    const response_format = { type: 'json_schema', json_schema: schema };
    const request = { model, messages, temperature, seed, max_tokens: maxTokens, n: 1, stream: false };
    return askJudge(this.#server, { ...request, response_format }, this.#habits);
  }

  /**
   * Judges an episode.
   *
   * @returns the judgement; a failed one if the judge's answers do not fit or the server gives none to this question
   * @throws BadInput for a wrong key or model, Unreachable without a server, the signal's reason when aborted
   */
  async judge(encounter: Encounter, episode: Episode): Promise<Judgement> {
    const { dimensions, model } = this.settings;
    const inputs = judgementInputs(encounter, episode, this.settings);
    const question = judgeMessages(encounter, episode, dimensions);
    const usage = { promptTokens: 0, completionTokens: 0 };
    let attempts = 0;
    let messages = question;
    let failure = '';
    const head = () => ({
      ...judgementHead(episode, model, dimensions),
      inputs,
      attempts,
      usage: { ...usage, ...this.#cost(usage) },
    });
    for (let asked = 0; asked < MOST_QUESTIONS; asked++) {
      let answer: ChatAnswer;
      try {
        answer = await this.#ask(messages);
      } catch (error) {
        if (!(error instanceof RemoteFailure) || error instanceof Unreachable) throw error;
        attempts++;
        return { ...head(), status: 'failed', failure: error.message };
      }
      attempts += answer.requests;
      usage.promptTokens += answer.usage.promptTokens;
      usage.completionTokens += answer.usage.completionTokens;
      const read = readAnswer(answer, dimensions);
      if ('agents' in read) return { ...head(), status: 'judged', agents: read.agents };
      failure = answer.cut ? `cut at ${this.settings.maxTokens} tokens; ${read.problem}` : read.problem;
      messages = [...question, ...correction(answer.content, failure)];
    }
    return {
      ...head(),
      status: 'failed',
      failure: `${MOST_QUESTIONS} answers that do not fit; the last: ${failure}`,
    };
  }

  #cost({ promptTokens, completionTokens }: { promptTokens: number; completionTokens: number }) {
    const { price } = this.settings;
    return price && { cost: (promptTokens * price.prompt + completionTokens * price.completion) / 1e6 };
  }
}

/** The answer that was no good, shortened, and what to do about it. */
function correction(content: string, problem: string): JudgeMessage[] {
  return [
    { role: 'assistant', content: content.slice(0, 4000) || '(nothing)' },
    {
      role: 'user',
      content: `That answer cannot be used: ${problem}. Answer again with one JSON object in the form asked for, with short reasons, and nothing else.`,
    },
  ];
}
