// A judge's server: what it refuses, in terms of the settings that are wrong.

import { BadInput } from '../errors.ts';
import { askAdapted, type Request, ServerHabits } from '../http/chat-habits.ts';
import { type ChatAnswer, servedModels } from '../http/chat-server.ts';
import type { HttpServer } from '../http/exchange.ts';
import { Refused } from '../http/failures.ts';

/**
 * Asks a judge for a chat completion, in the form that its server takes.
 *
 * @param habits of the server, which learn from what it refuses
 * @throws BadInput for a key that is not accepted or a model that is not served; else as `askChat`
 */
export async function askJudge(
  server: HttpServer,
  request: Request,
  habits: ServerHabits = new ServerHabits(),
): Promise<ChatAnswer> {
  try {
    return await askAdapted(server, request, habits);
  } catch (error) {
    throw error instanceof Refused ? await explained(error, server, request.model) : error;
  }
}

async function explained(refused: Refused, server: HttpServer, model: string): Promise<Error> {
  const { status, url, message } = refused;
  if (status === 401 || status === 403) {
    const advice = server.apiKey
      ? 'the API key is not accepted; correct the environment variable that judge.apiKeyEnv names'
      : 'the server wants an API key; put it into an environment variable and name that in judge.apiKeyEnv';
    return new BadInput('judge', `${advice} (${message})`, { cause: refused });
  }
  if (status === 404) {
    const models = (await servedModels(server)).slice(0, 20);
    const advice =
      models.length > 0
        ? `the server has no model "${model}"; models are ${models.join(', ')}`
        : `the server knows no model "${model}", or ${url} is no chat API; the address ends in /v1 for most`;
    return new BadInput('judge', `${advice} (${message})`, { cause: refused });
  }
  if (status >= 300 && status < 400)
    return new BadInput('judge.url', `the server sends elsewhere; give the final address (${message})`);
  return refused;
}
