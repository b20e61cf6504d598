// A model in a thread of its own. While ONNX Runtime computes it blocks its thread, and here that is not ours:
// progress, Ctrl-C and other models go on. Text becomes tokens on this side, tokens become replies on the other.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { codeOf, MissingDependency, ModelFailure } from '../../errors.ts';
import { unpackError } from '../../files/packed-error.ts';
import { forbidTelemetry } from '../../numerics/telemetry.ts';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import type { Intervention } from '../intervention.ts';
import type { Conversation, LanguageModel, ModelInfo, Reading, Reply, Sampling } from '../language-model.ts';
import type { ChatTokenizer } from '../tokenizer.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import { disposedError, type OnnxSetup } from './onnx-setup.ts';
import type { Answer, ConversationCall, Request, WorkerStart } from './worker-messages.ts';

/** By default a thread keeps up to 48 MB of what it needs no more, and is no faster for it. */
const HEAP: ResourceLimits = { maxYoungGenerationSizeMb: 6 };

/**
 * Starts a worker and loads the model in it.
 *
 * @param limits of the worker's JavaScript heap
 * @throws as `startOnnxModel`; ModelFailure if the worker ends before the model is loaded
 */
export async function startWorkerModel(
  checkpoint: Checkpoint,
  setup: OnnxSetup,
  tokenizer: ChatTokenizer,
  limits: ResourceLimits = HEAP,
): Promise<LanguageModel> {
  // A thread cannot do this for the process by itself.
  await forbidTelemetry();
  const start: WorkerStart = { checkpoint, setup };
  const worker = new Worker(workerFile(), {
    workerData: start,
    execArgv: [],
    name: `model ${setup.info.id}`,
    resourceLimits: limits,
  });
  const thread = new Thread(worker, setup.info.id);
  return new WorkerModel(setup.info, await thread.ready, thread, tokenizer);
}

/** Node 20 cannot run TypeScript; from the sources, as in tests, the worker is the one that was built last. */
function workerFile(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../../dist/models/onnx/worker.js' : './worker.js';
  const url = new URL(built, import.meta.url);
  if (!existsSync(url)) throw new MissingDependency(fileURLToPath(url), 'run `npm run build`');
  return url;
}

interface Call {
  /** Takes what the worker answers, which is what the caller waits for. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Calls into a worker, and what becomes of them when it ends. */
class Thread {
  /** How many conversations the model keeps in memory. */
  readonly ready: Promise<number>;
  readonly #worker: Worker;
  readonly #model: string;
  readonly #calls = new Map<number, Call>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #ended: Error | undefined;

  constructor(worker: Worker, model: string) {
    this.#worker = worker;
    this.#model = model;
    this.ready = this.#answer(this.#lastId);
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (message: Answer) => this.#hear(message));
    worker.on('error', (error) => this.end(this.#failure(error)));
    worker.on('exit', (code) =>
      this.end(this.#failure(new Error(`its thread ended with exit code ${code}`))),
    );
  }

  /** Why no more calls are answered. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  call<T>(conversation: number, call: ConversationCall): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const answer = this.#answer<T>(id);
    // A program waits for a model that computes, and ends if nothing but an idle model is left.
    this.#worker.ref();
    this.post({ what: 'call', id, conversation, ...call });
    return answer;
  }

  #answer<T>(id: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#calls.set(id, { resolve: (value) => resolve(value as T), reject });
    });
  }

  post(request: Request): void {
    if (!this.#ended) this.#worker.postMessage(request);
  }

  /** Refuses all calls, now and later, with `reason`. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const { reject } of this.#calls.values()) reject(reason);
    this.#calls.clear();
  }

  /** Lets the model free its memory, then ends the thread. */
  async dispose(reason: Error): Promise<void> {
    this.post({ what: 'dispose' });
    this.end(reason);
    // The program is not over before the model's memory is free.
    this.#worker.ref();
    await this.#exited;
  }

  #hear(message: Answer): void {
    const id = 'id' in message ? message.id : 0;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#calls.size === 0 && !this.#ended) this.#worker.unref();
    if (message.what === 'result') call?.resolve(message.value);
    else if (message.what === 'ready') call?.resolve(message.concurrency);
    else call?.reject(unpackError(message.error));
  }

  #failure(cause: Error): ModelFailure {
    const advice =
      'what is recorded is safe; free some memory or give it less with --kv-memory, and run again';
    const memory = codeOf(cause) === 'ERR_WORKER_OUT_OF_MEMORY';
    const what = memory ? 'it ran out of memory' : `it stopped: ${cause.message}`;
    return new ModelFailure(this.#model, `${what}; ${advice}`, { cause });
  }
}

class WorkerModel implements LanguageModel {
  readonly info: ModelInfo;
  readonly concurrency: number;
  readonly #thread: Thread;
  readonly #tokenizer: ChatTokenizer;
  #conversations = 0;
  #disposed: Promise<void> | undefined;

  constructor(info: ModelInfo, concurrency: number, thread: Thread, tokenizer: ChatTokenizer) {
    this.info = info;
    this.concurrency = concurrency;
    this.#thread = thread;
    this.#tokenizer = tokenizer;
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
    if (this.#thread.ended) throw this.#thread.ended;
    return new WorkerConversation(this.#thread, ++this.#conversations);
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#thread.dispose(disposedError(this.info.id));
    return this.#disposed;
  }
}

class WorkerConversation implements Conversation {
  readonly #thread: Thread;
  readonly #number: number;
  #closed = false;

  constructor(thread: Thread, number: number) {
    this.#thread = thread;
    this.#number = number;
  }

  read(prompt: readonly number[], intervention?: Intervention): Promise<Reading> {
    return this.#call({ method: 'read', args: [prompt, intervention] });
  }

  readEach(prompts: readonly (readonly number[])[], shared?: number): Promise<Reading[]> {
    return this.#call({ method: 'readEach', args: [prompts, shared] });
  }

  reply(prompt: readonly number[], sampling: Sampling, intervention?: Intervention): Promise<Reply> {
    return this.#call({ method: 'reply', args: [prompt, sampling, intervention] });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#thread.post({ what: 'close', conversation: this.#number });
  }

  #call<T>(call: ConversationCall): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the conversation has been closed'));
    return this.#thread.call(this.#number, call);
  }
}
