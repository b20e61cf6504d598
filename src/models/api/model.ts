// A model behind an API that shows no states: it can take part in a conversation, and nothing can be measured of it but what
// it says. Its prompts are chats; between here and the server they are text, so their tokens are the bytes of it.

import { createHash } from 'node:crypto';
import { BadInput, RemoteFailure } from '../../errors.ts';
import { askAdapted, ServerHabits } from '../../http/chat-habits.ts';
import { type ChatAnswer, servedModels } from '../../http/chat-server.ts';
import type { HttpServer } from '../../http/exchange.ts';
import { Refused, shownUrl } from '../../http/failures.ts';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import type { Conversation, LanguageModel, ModelInfo, Reading, Reply, Sampling } from '../language-model.ts';
import { beforeStop, firstLine } from '../line.ts';
import { checkSampling } from '../sampling.ts';

export interface ApiOptions {
  readonly server: HttpServer;
  /** The model's name on the server. */
  readonly model: string;
  /** Conversations at once. */
  readonly atOnce: number;
}

const NOTE =
  'computed on a server that shows no hidden states: nothing is measured that would need them, and its replies need not repeat';

/** What a model behind an API is, as far as anybody here can know. The server's address is no part of it. */
export function describeApi(model: string): ModelInfo {
  return {
    id: model,
    revision: createHash('sha256')
      .update(JSON.stringify(['api', model]))
      .digest('hex'),
    architecture: 'api',
    ...{ layers: 0, hiddenSize: 0, vocabSize: 0, contextLength: 0, parameters: 0 },
    dtype: 'unknown',
    device: 'api',
    toy: false,
    capabilities: [],
    notes: [NOTE],
  };
}

/** A model behind an API. Nothing is asked before it is spoken to. */
export function createApiModel({ server, model, atOnce }: ApiOptions): LanguageModel {
  const info = describeApi(model);
  const habits = new ServerHabits();
  const disposed = new AbortController();
  const render = (messages: readonly ChatMessage[]) => JSON.stringify(messages);
  return {
    info,
    concurrency: atOnce,
    get servers() {
      const notes = habits.notes(`The server of ${model}`);
      return [{ url: shownUrl(server.url), ...(notes.length > 0 && { notes }) }];
    },
    render,
    tokenize: (messages) => [...Buffer.from(render(messages))],
    tokenizeContinuation: (text) => [...Buffer.from(text)],
    converse() {
      disposed.signal.throwIfAborted();
      return new ApiConversation(server, model, habits, disposed.signal);
    },
    async dispose() {
      disposed.abort(new Error(`model ${model} has been disposed of`));
    },
  };
}

class ApiConversation implements Conversation {
  readonly #server: HttpServer;
  readonly #model: string;
  readonly #habits: ServerHabits;
  readonly #closed = new AbortController();

  constructor(server: HttpServer, model: string, habits: ServerHabits, disposed: AbortSignal) {
    const signals = [disposed, this.#closed.signal, ...(server.signal ? [server.signal] : [])];
    this.#server = { ...server, signal: AbortSignal.any(signals) };
    this.#model = model;
    this.#habits = habits;
  }

  /** There is nothing to be had of a prompt that is only read, so nobody is asked. */
  async read(): Promise<Reading> {
    this.#server.signal?.throwIfAborted();
    return { states: new Float32Array(), reusedTokens: 0 };
  }

  async reply(prompt: readonly number[], sampling: Sampling): Promise<Reply> {
    this.#server.signal?.throwIfAborted();
    checkSampling(this.#model, sampling);
    const answer = await this.#ask(Buffer.from(prompt).toString(), sampling);
    const said = answer.content;
    const before = beforeStop(said, sampling.stop ?? []);
    const all = sampling.lines === 'all';
    const { line, ended } = all ? { line: before ?? said, ended: false } : firstLine(before ?? said);
    const finish = ended ? 'line' : before !== undefined ? 'stop' : answer.cut ? 'length' : 'end';
    const { promptTokens, completionTokens } = answer.usage;
    return {
      states: new Float32Array(),
      tokens: [],
      counted: { prompt: promptTokens, generated: completionTokens },
      text: line,
      finish,
      reusedTokens: 0,
    };
  }

  close(): void {
    this.#closed.abort(new Error('the conversation has been closed'));
  }

  async #ask(chat: string, sampling: Sampling): Promise<ChatAnswer> {
    const { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop = [], seed } = sampling;
    const messages: unknown = JSON.parse(chat);
    const question = {
      ...{ model: this.#model, messages, temperature, max_tokens: maxNewTokens, n: 1, stream: false },
      seed: createHash('sha256').update(seed).digest().readUInt32BE() >>> 1,
      ...(topP !== undefined && { top_p: topP }),
      ...(topK !== undefined && { top_k: topK }),
      ...(minP !== undefined && { min_p: minP }),
      ...(repetitionPenalty !== undefined && { repetition_penalty: repetitionPenalty }),
      // Four are what most servers take; what ends a reply here is looked for in any case.
      ...(stop.length > 0 && { stop: stop.slice(0, 4) }),
    };
    const answer = await askAdapted(this.#server, question, this.#habits).catch(async (error: unknown) => {
      throw error instanceof Refused ? await explained(error, this.#server, this.#model) : error;
    });
    if (answer.content.trim() === '' && answer.refusal !== '')
      throw new RemoteFailure(
        shownUrl(this.#server.url),
        `${this.#model} refuses to speak: ${answer.refusal}`,
      );
    return answer;
  }
}

async function explained(refused: Refused, server: HttpServer, model: string): Promise<Error> {
  const { status, message } = refused;
  const where = shownUrl(server.url);
  if (status === 401 || status === 403)
    return new BadInput(
      where,
      `the API key is not accepted; put the right one into an environment variable and name that with apiKeyEnv (${message})`,
      { cause: refused },
    );
  if (status !== 404) return refused;
  const models = (await servedModels(server)).slice(0, 20).join(', ');
  const advice =
    models === ''
      ? `the server knows no model "${model}", or its address is no chat API: it ends in /v1 for most`
      : `the server has no model "${model}"; models are ${models}`;
  return new BadInput(where, `${advice} (${message})`, { cause: refused });
}

/** Asks the server whether it has the model. Throws as a conversation does. */
export async function checkApi({ server, model }: ApiOptions): Promise<void> {
  const question = { model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1 };
  await askAdapted(server, question, new ServerHabits()).catch(async (error: unknown) => {
    throw error instanceof Refused ? await explained(error, server, model) : error;
  });
}
