// A model on one or several vLLM servers as a LanguageModel: tokens are made here, and computed on there.

import { shownUrl } from '../../http/failures.ts';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import type { Conversation, LanguageModel, ModelInfo, ServerFacts } from '../language-model.ts';
import { type ChatTokenizer, createTokenizer } from '../tokenizer.ts';
import { VllmConversation } from './conversation.ts';
import type { ServedModel } from './describe.ts';
import { Fleet } from './fleet.ts';
import { probeServer } from './probe.ts';
import type { ServerSettings } from './server.ts';

interface VllmOptions {
  readonly servers: readonly ServerSettings[];
  /** What the model may be called there. */
  readonly names: readonly string[];
  /** Whether it is called so and not otherwise. */
  readonly exact: boolean;
  /** Requests at once; by default as many as the servers' caches hold prompts of, or 16 for each that does not say. */
  readonly atOnce?: number | undefined;
  /** Seconds to wait for a server when none answers. */
  readonly patience: number;
  /** Seconds between two looks at a server that is away. */
  readonly look?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Requests at once on a server that does not say how large its cache is; and on one that does, at most. */
const DEFAULT_ROWS = 16;
const MOST_ROWS = 128;

/**
 * Connects to the servers of a model and checks them.
 *
 * @throws RemoteFailure if none answers; BadInput or ModelMismatch for one that is not what the study says
 */
export async function connectVllm(model: ServedModel, options: VllmOptions): Promise<LanguageModel> {
  const { info, files, eosTokenIds } = model;
  const tokenizer = createTokenizer(files);
  const disposed = new AbortController();
  const { servers: settings, names, exact, patience, look } = options;
  const fleet = await Fleet.connect({
    ...{ settings, patience, ...(look !== undefined && { look }) },
    probe: (server, signal) => probeServer(server, { info, tokenizer, names, exact, signal }),
    signal: options.signal ? AbortSignal.any([options.signal, disposed.signal]) : disposed.signal,
  });
  const own = tokenizer.eosTokenId;
  const endTokens = new Set([...eosTokenIds, ...(own === undefined ? [] : [own])]);
  return new VllmModel(info, fleet, tokenizer, endTokens, options.atOnce ?? rowsOf(fleet, info), disposed);
}

/** Every other conversation speaks while episodes are played, so there may be twice as many as there are prompts in the cache. */
function rowsOf(fleet: Fleet, { contextLength }: ModelInfo): number {
  const rows = fleet.present.map(({ capacity }) =>
    capacity === undefined
      ? DEFAULT_ROWS
      : Math.min(MOST_ROWS, Math.max(2, 2 * Math.floor(capacity / contextLength))),
  );
  return rows.reduce((sum, own) => sum + own, 0);
}

class VllmModel implements LanguageModel {
  readonly info: ModelInfo;
  readonly concurrency: number;
  readonly #fleet: Fleet;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  readonly #disposed: AbortController;

  constructor(
    info: ModelInfo,
    fleet: Fleet,
    tokenizer: ChatTokenizer,
    endTokens: ReadonlySet<number>,
    concurrency: number,
    disposed: AbortController,
  ) {
    this.info = info;
    this.concurrency = concurrency;
    this.#fleet = fleet;
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
    this.#disposed = disposed;
  }

  get servers(): ServerFacts[] {
    return this.#fleet.present.map(({ server, version, contextLength, capacity }) => ({
      url: shownUrl(server.settings.url),
      ...(version !== undefined && { version }),
      contextLength,
      ...(capacity !== undefined && { capacity }),
    }));
  }

  render(messages: readonly ChatMessage[]): string {
    return this.#tokenizer.render(messages);
  }

  tokenize(messages: readonly ChatMessage[]): number[] {
    return this.#tokenizer.encode(this.render(messages));
  }

  tokenizeContinuation(text: string): number[] {
    return this.#tokenizer.encodeContinuation(text);
  }

  converse(): Conversation {
    this.#disposed.signal.throwIfAborted();
    const { signal } = this.#disposed;
    return new VllmConversation(this.info, this.#fleet, this.#tokenizer, this.#endTokens, signal);
  }

  async dispose(): Promise<void> {
    this.#disposed.abort(new Error(`model ${this.info.id} has been disposed of`));
  }
}
