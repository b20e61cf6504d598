// One question to a server with the OpenAI chat API: vLLM, llama.cpp, a hosted one.

import { z } from 'zod';
import { exchange, type HttpServer } from './exchange.ts';
import { Interruption, quoted } from './failures.ts';

export interface ChatAnswer {
  readonly content: string;
  /** The server cut it at the most tokens allowed. */
  readonly cut: boolean;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
  /** Requests that were sent for it. */
  readonly requests: number;
}

const completion = z.object({
  choices: z.tuple(
    [
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish() }),
      }),
    ],
    z.unknown(),
  ),
  usage: z
    .object({ prompt_tokens: z.number().nonnegative(), completion_tokens: z.number().nonnegative() })
    .nullish()
    .catch(null),
});

function readCompletion(body: string, url: string, apiKey: string | undefined): Omit<ChatAnswer, 'requests'> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Interruption(url, `the answer is no JSON: ${quoted(body, apiKey, 80)}`);
  }
  const parsed = completion.safeParse(json);
  if (!parsed.success) throw new Interruption(url, 'the answer is no chat completion');
  const { choices, usage } = parsed.data;
  const [{ message, finish_reason }] = choices;
  return {
    content: message.content ?? '',
    cut: finish_reason === 'length',
    usage: { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 },
  };
}

/** Asks for a chat completion. Throws as `exchange` does. */
export async function askChat(
  server: HttpServer,
  request: { readonly model: string } & Readonly<Record<string, unknown>>,
): Promise<ChatAnswer> {
  const question = { path: 'chat/completions', json: request };
  const read = (body: string, url: string) => readCompletion(body, url, server.apiKey);
  const { value, requests } = await exchange(server, question, read);
  return { ...value, requests };
}

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The names of the models that a server has; none if it does not say. */
export async function servedModels(server: HttpServer): Promise<string[]> {
  const patience = { ...server, timeout: Math.min(server.timeout, 10), retries: 0 };
  try {
    const read = (body: string) => modelList.parse(JSON.parse(body)).data.map(({ id }) => id);
    return (await exchange(patience, { path: 'models' }, read)).value;
  } catch {
    return [];
  }
}
