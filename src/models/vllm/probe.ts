// What is found out of a server before anything is asked in earnest: that it is there, has this model, the same tokens, enough
// context, every layer, and replies that are none of chance. One that comes back after it was gone is probed anew.

import { BadInput, ModelMismatch, RemoteFailure } from '../../errors.ts';
import { exchange, type HttpServer } from '../../http/exchange.ts';
import { Refused, shownUrl, Unreachable } from '../../http/failures.ts';
import type { ModelInfo } from '../language-model.ts';
import type { ChatTokenizer } from '../tokenizer.ts';
import { NEUTRAL, readCapacity, readModels, readTokens, readVersion, type Served } from './protocol.ts';
import { type ServerSettings, VllmServer } from './server.ts';

/** A server that passed. */
export interface Probed {
  readonly server: VllmServer;
  /** `0.32.0`; undefined if it does not say. */
  readonly version: string | undefined;
  /** Longest prompt plus reply of the server, tokens. */
  readonly contextLength: number;
  /** Tokens whose keys and values it keeps; undefined if it does not say. */
  readonly capacity: number | undefined;
}

interface ProbeOptions {
  readonly info: ModelInfo;
  readonly tokenizer: ChatTokenizer;
  /** What the model may be called there: the names in their order of preference. */
  readonly names: readonly string[];
  /** True for names that the study gives; otherwise a name that ends alike will do. */
  readonly exact: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Seconds for answers that take a server no work. */
const QUICK = 10;

/** Has letters, digits, blanks, signs and a line break, so that another tokenizer would show. */
const TEXT = 'The boat’s price: 1234.50, or “nothing”?\n  Ångström said: "No!" and left.';

/**
 * Connects to a server and checks all of it.
 *
 * @throws RemoteFailure if it does not answer; BadInput or ModelMismatch if it is not what the study says
 */
export async function probeServer(settings: ServerSettings, options: ProbeOptions): Promise<Probed> {
  const { info, tokenizer, signal } = options;
  const http: HttpServer = {
    url: settings.url,
    apiKey: settings.apiKey,
    ...{ timeout: QUICK, backoff: 0.5, retries: 1, fresh: true, signal },
  };
  const served = chooseName(await askModels(http), options, shownUrl(settings.url));
  const contextLength = checkContext(served, info, shownUrl(settings.url));
  const root = { ...http, url: settings.url.replace(/\/v1\/*$/, ''), retries: 0 };
  const version = await optional(root, { path: 'version' }, readVersion);
  const capacity = await optional(root, { path: 'metrics' }, readCapacity);
  await checkTokens(root, served.id, tokenizer, info);
  const server = new VllmServer(settings, info, served.id);
  const prompt = tokenizer.encode(TEXT).slice(0, 8);
  const sampling = { ...NEUTRAL, temperature: 0.7, seed: 1, ignore_eos: true };
  await server.ask(prompt, { maxTokens: 8, sampling, signal });
  return { server, version, contextLength, capacity };
}

async function askModels(http: HttpServer): Promise<readonly Served[]> {
  const address = shownUrl(http.url);
  try {
    return (await exchange(http, { path: 'models' }, readModels)).value;
  } catch (cause) {
    http.signal?.throwIfAborted();
    if (cause instanceof Refused && (cause.status === 401 || cause.status === 403))
      throw new BadInput(
        address,
        `the server wants another API key; put it into an environment variable and name that with apiKeyEnv (${cause.message})`,
        { cause },
      );
    if (cause instanceof Refused)
      throw new BadInput(
        address,
        `no models are listed there; the address of a vLLM server ends in /v1 (${cause.message})`,
        { cause },
      );
    if (cause instanceof RemoteFailure) throw cause;
    throw new BadInput(address, 'what answers is no server with the OpenAI API; its address ends in /v1', {
      cause,
    });
  }
}

const lastPart = (name: string) => name.replace(/\/+$/, '').split('/').at(-1);

/** The model's name on the server. */
function chooseName(all: readonly Served[], { names, exact, info }: ProbeOptions, address: string): Served {
  const found =
    names.map((name) => all.find(({ id }) => id === name)).find((one) => one !== undefined) ??
    (exact ? undefined : all.find(({ id, root }) => names.some((name) => [id, root].includes(name)))) ??
    (exact ? undefined : all.find(({ id }) => names.some((name) => lastPart(name) === lastPart(id))));
  if (found) return found;
  const there = all.map(({ id }) => id).join(', ') || 'none';
  throw new BadInput(
    address,
    `the server has no model ${names[0] ?? info.id}; its models are ${there}: if one of them is meant, name it with served:`,
  );
}

function checkContext(
  { max_model_len: has }: Served,
  { id, contextLength }: ModelInfo,
  address: string,
): number {
  if (has == null) return contextLength;
  // It generates a token behind every prompt.
  if (has <= contextLength)
    throw new BadInput(
      address,
      `the server holds ${has} tokens, too few for prompts of ${contextLength} (${id}); put contextLength: ${has - 1} into the model's entry, or start it with --max-model-len ${contextLength + 1}`,
    );
  return has;
}

/** What is nice to know; undefined if the server does not say. */
async function optional<T>(
  http: HttpServer,
  question: { readonly path: string },
  read: (body: string) => T,
): Promise<T | undefined> {
  try {
    return (await exchange({ ...http, mostBytes: 20_000_000 }, question, read)).value;
  } catch (error) {
    http.signal?.throwIfAborted();
    if (error instanceof Unreachable) throw error;
    return undefined;
  }
}

/** The server's own tokenizer, where it can be asked, makes the same ids of a text as ours. */
async function checkTokens(
  http: HttpServer,
  model: string,
  tokenizer: ChatTokenizer,
  { id }: ModelInfo,
): Promise<void> {
  const json = { model, prompt: TEXT, add_special_tokens: false };
  const tokens = await optional(http, { path: 'tokenize', ...{ json } }, readTokens);
  const own = tokenizer.encode(TEXT);
  if (tokens === undefined || tokens.join() === own.join()) return;
  throw new ModelMismatch(
    id,
    `the server at ${shownUrl(http.url)} makes other tokens of a text (${tokens.length}, and not ${own.length}) than the files of ${id}: they are not of the same checkpoint; name the one that the server has with model:`,
  );
}
