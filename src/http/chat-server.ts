// One question to a server with the OpenAI chat API: vLLM, llama.cpp, a hosted one.

import { z } from 'zod';
import { exchange, type HttpServer, said } from './exchange.ts';
import { Interruption, mayPass, quoted, Refused } from './failures.ts';

export interface ChatAnswer {
  /** The text of the answer; of several parts together. */
  readonly content: string;
  /** What the model thought, where the server tells it apart from the answer. */
  readonly reasoning: string;
  /** Why the model does not answer, where the server tells it. */
  readonly refusal: string;
  /** The server cut it at the most tokens allowed. */
  readonly cut: boolean;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
  /** Requests that were sent for it. */
  readonly requests: number;
}

const text = z.string().nullish().catch(null);

/** A part of an answer; what is no text is passed over. */
const part = z
  .object({ text: z.string() })
  .transform((one) => one.text)
  .or(z.unknown().transform(() => ''));

const tokens = z.number().nonnegative().nullish().catch(null);

/** Some gateways say with status 200 that something went wrong. */
const failure = z.object({
  error: z.union([z.string(), z.object({ code: z.unknown().optional(), status: z.unknown().optional() })]),
});

const completion = z.object({
  choices: z.tuple(
    [
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.union([z.string(), z.array(part).transform((parts) => parts.join(''))]).nullish(),
          refusal: text,
          reasoning_content: text,
          reasoning: text,
        }),
      }),
    ],
    z.unknown(),
  ),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
});

function readCompletion(body: string, url: string, apiKey: string | undefined): Omit<ChatAnswer, 'requests'> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Interruption(url, `the answer is no JSON: ${quoted(body, apiKey, 80)}`);
  }
  const parsed = completion.safeParse(json);
  if (!parsed.success) throw notAnswered(json, body, url, apiKey);
  const { choices, usage } = parsed.data;
  const [{ message, finish_reason }] = choices;
  return {
    content: message.content ?? '',
    reasoning: message.reasoning_content ?? message.reasoning ?? '',
    refusal: message.refusal ?? '',
    cut: finish_reason === 'length',
    usage: { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 },
  };
}

/** What a body without an answer says: an error that may pass or not, or nothing that is known. */
function notAnswered(json: unknown, body: string, url: string, apiKey: string | undefined): Error {
  const failed = failure.safeParse(json);
  const what = said(body, apiKey);
  if (!failed.success)
    return new Interruption(url, `the answer is no chat completion: ${quoted(body, apiKey, 80)}`);
  const { error } = failed.data;
  const status =
    typeof error === 'string' ? undefined : [error.code, error.status].map(Number).find((one) => one >= 400);
  if (status !== undefined && status < 600 && !mayPass(status)) return new Refused(url, status, what);
  return new Interruption(
    url,
    `an error in place of an answer${status === undefined ? '' : ` (${status})`}: ${what}`,
  );
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
