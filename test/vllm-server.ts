// A server that speaks as vLLM does with our connector or its own, over real sockets: a model of ours reads and samples
// behind it. Each test says in which way it misbehaves.

import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { LanguageModel } from '../src/models/language-model.ts';
import { beforeStop } from '../src/models/line.ts';
import { sampleToken } from '../src/models/sampling.ts';
import type { ChatTokenizer } from '../src/models/tokenizer.ts';
import { createRandom } from '../src/numerics/random.ts';
import { encodeSafetensors } from '../src/numerics/safetensors.ts';

/** What goes wrong with one completion; everything that a server was seen to do, or may. */
export type Fault =
  | { readonly status: number; readonly message: string }
  | { readonly body: string }
  | { readonly change: (answer: Answer) => void }
  | { readonly states: StatesFault }
  | 'reset'
  | 'silent'
  | 'dies';

interface StatesFault {
  readonly values?: (values: Float32Array) => void;
  readonly tokens?: (tokens: number[]) => number[];
  /** Bytes of the file that are left. */
  readonly cut?: number;
  /** Milliseconds after the answer; the file lies there before it by default. */
  readonly late?: number;
  /** Never written. */
  readonly missing?: boolean;
  /** What the answer says of the file's place. */
  readonly path?: string;
  /** A folder stands in its place, which nobody can read. */
  readonly unreadable?: boolean;
}

/** The parts of an answer that tests change. */
interface Answer {
  choices: { token_ids: number[]; finish_reason: string; prompt_token_ids: number[]; logprobs: unknown }[];
  kv_transfer_params: Record<string, unknown> | null;
}

export interface VllmServerOptions {
  readonly model: LanguageModel;
  readonly tokenizer: ChatTokenizer;
  readonly name?: string;
  readonly maxModelLen?: number;
  /** Where files go, for requests that do not want them inline. */
  readonly folder?: string;
  readonly dtype?: 'F32' | 'BF16';
  /** [tokens, layers, hidden], a lock beside the file, and no layer_ids: vLLM's own connector. */
  readonly stock?: boolean;
  /** Ids of end tokens of its own. */
  readonly endTokens?: readonly number[];
  /** Milliseconds before every answer. */
  readonly slow?: number;
  readonly port?: number;
}

interface Request {
  readonly model: string;
  readonly prompt: number[];
  readonly max_tokens: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly top_k: number;
  readonly min_p: number;
  readonly repetition_penalty: number;
  readonly seed?: number;
  readonly stop?: string[];
  readonly stop_token_ids?: number[];
  readonly ignore_eos?: boolean;
  readonly prompt_logprobs?: number;
  readonly request_id: string;
  readonly kv_transfer_params?: { inline?: boolean; states?: boolean };
}

export class FakeVllm {
  /** Faults of the next completions, in turn; undefined for none. */
  readonly faults: (Fault | undefined)[] = [];
  /** Bodies of all completions that were asked for. */
  readonly asked: Request[] = [];
  /** Most completions that were under way together. */
  most = 0;
  /** What /tokenize makes of a text, in place of its own. */
  tokens: ((ids: number[]) => number[]) | undefined;
  #busy = 0;
  #server: Server | undefined;
  #port: number;
  readonly #options: VllmServerOptions;

  constructor(options: VllmServerOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  static async start(options: VllmServerOptions): Promise<FakeVllm> {
    const fake = new FakeVllm(options);
    await fake.listen();
    return fake;
  }

  /** Begins to listen, again at the same port after `stop`. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.#answer(request, response, Buffer.concat(chunks).toString()).catch((error: unknown) =>
          response.writeHead(500).end(JSON.stringify({ error: { message: String(error) } })),
        );
      });
    });
    await new Promise<void>((done) => server.listen(this.#port, '127.0.0.1', done));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((done) => (server ? server.close(() => done()) : done()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { name = 'acme/toy', maxModelLen = 4096, tokenizer } = this.#options;
    const json = (value: unknown, status = 200) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.url === '/v1/models')
      return json({ data: [{ id: name, root: name, max_model_len: maxModelLen }] });
    if (request.url === '/version') return json({ version: '0.32.0' });
    if (request.url === '/metrics') {
      response.end(`# TYPE\nvllm:cache_config_info{block_size="16",num_gpu_blocks="512",x="y"} 1.0\n`);
      return;
    }
    if (request.url === '/tokenize') {
      const ids = tokenizer.encode((JSON.parse(body) as { prompt: string }).prompt);
      return json({ tokens: this.tokens?.(ids) ?? ids });
    }
    if (request.url !== '/v1/completions') return json({ detail: 'Not Found' }, 404);
    const asked = JSON.parse(body) as Request;
    this.asked.push(asked);
    this.most = Math.max(this.most, ++this.#busy);
    try {
      await this.#complete(asked, response, json);
    } finally {
      this.#busy--;
    }
  }

  async #complete(
    asked: Request,
    response: ServerResponse,
    json: (value: unknown, status?: number) => void,
  ): Promise<void> {
    const { name = 'acme/toy', maxModelLen = 4096, slow } = this.#options;
    const fault = this.faults.shift();
    if (slow) await new Promise((done) => setTimeout(done, slow));
    if (fault === 'reset') return void response.destroy();
    if (fault === 'silent') return;
    if (fault === 'dies') return void (await this.stop());
    if (fault && 'status' in fault) return json({ error: { message: fault.message } }, fault.status);
    if (fault && 'body' in fault) return void response.end(fault.body);
    if (asked.model !== name)
      return json({ error: { message: `The model \`${asked.model}\` does not exist.` } }, 404);
    const room = maxModelLen - asked.prompt.length;
    if (room < 1) return json({ error: { message: "This model's maximum context length is exceeded" } }, 400);
    const { atText, ...answer } = await this.#generate({
      ...asked,
      max_tokens: Math.min(asked.max_tokens, room),
    });
    // vLLM takes a reply that ends at a text for one that was aborted, of which its connectors say nothing.
    const wanted = asked.kv_transfer_params?.states !== false && !atText;
    const states = fault && 'states' in fault ? fault.states : {};
    const write = wanted ? await this.#states(asked, answer, states) : undefined;
    if (fault && 'change' in fault) fault.change(answer);
    if (states.late === undefined) await write?.();
    json(answer);
    if (states.late !== undefined) setTimeout(() => void write?.(), states.late);
  }

  async #generate(asked: Request): Promise<Answer & { readonly atText: boolean }> {
    const { model, tokenizer, endTokens = [] } = this.#options;
    const conversation = model.converse();
    const ends = new Set([...(asked.ignore_eos ? [] : [...endTokens, ...(asked.stop_token_ids ?? [])])]);
    const random = createRandom(`${asked.seed}`);
    const [tokens, logProbabilities]: [number[], number[]] = [[], []];
    let [finish, atText] = ['length', false];
    while (tokens.length < asked.max_tokens) {
      const { logits } = await conversation.read([...asked.prompt, ...tokens]);
      if (!logits) throw new Error('the model behind the server gives no logits');
      const choice = {
        temperature: asked.temperature,
        ...(asked.top_k > 0 && { topK: asked.top_k }),
        ...{ topP: asked.top_p, minP: asked.min_p, repetitionPenalty: asked.repetition_penalty },
      };
      const context = [...asked.prompt, ...tokens];
      const token = sampleToken(logits, choice, random, undefined, context);
      tokens.push(token);
      logProbabilities.push(logProbability(logits, token));
      atText = beforeStop(tokenizer.decode(tokens), asked.stop ?? []) !== undefined;
      if (!ends.has(token) && !atText) continue;
      finish = 'stop';
      break;
    }
    const { prompt } = asked;
    const prompted =
      asked.prompt_logprobs === undefined
        ? {}
        : { prompt_logprobs: await this.#promptLogProbabilities(prompt) };
    conversation.close();
    return {
      choices: [
        {
          ...{ token_ids: tokens, finish_reason: finish, prompt_token_ids: [...prompt] },
          logprobs: { token_logprobs: logProbabilities },
          ...prompted,
        },
      ],
      kv_transfer_params: null,
      atText,
    };
  }

  async #promptLogProbabilities(prompt: readonly number[]): Promise<unknown[]> {
    const conversation = this.#options.model.converse();
    const found: unknown[] = [null];
    for (let i = 1; i < prompt.length; i++) {
      const { logits = new Float32Array() } = await conversation.read(prompt.slice(0, i));
      const token = prompt[i]!;
      const rank = logits.filter((value) => value >= logits[token]!).length;
      found.push({ [token]: { logprob: logProbability(logits, token), rank, decoded_token: '' } });
    }
    conversation.close();
    return found;
  }

  /** Puts the states into the answer, or says what writes them into a file. */
  async #states(
    asked: Request,
    answer: Answer,
    fault: StatesFault,
  ): Promise<(() => Promise<void>) | undefined> {
    const { model, folder = '', dtype = 'F32', stock = false } = this.#options;
    const { layers, hiddenSize } = model.info;
    const { states } = await model.converse().read(asked.prompt);
    const values = states.slice();
    fault.values?.(values);
    const ids = fault.tokens?.([...asked.prompt]) ?? asked.prompt;
    const rows = stock ? ids.length : 1;
    const all = new Float32Array(rows * values.length);
    all.set(values, (rows - 1) * values.length);
    const shape = [...(stock ? [rows] : []), layers, hiddenSize];
    const data = dtype === 'F32' ? all : Uint16Array.from(new Uint32Array(all.buffer), (bits) => bits >>> 16);
    const file = encodeSafetensors([
      { name: 'hidden_states', dtype, shape, data },
      { name: 'token_ids', dtype: 'I64', shape: [ids.length], data: BigInt64Array.from(ids, BigInt) },
    ]);
    const bytes = fault.cut === undefined ? file : file.subarray(0, fault.cut);
    const layerIds = stock ? {} : { layer_ids: Array.from({ length: layers }, (_, i) => i + 1) };
    if (asked.kv_transfer_params?.inline && !stock) {
      answer.kv_transfer_params = { ...layerIds, hidden_states_safetensors: bytes.toString('base64') };
      return undefined;
    }
    const path = join(folder, `cmpl-${asked.request_id}-0-12ab34cd.safetensors`);
    answer.kv_transfer_params = { ...layerIds, hidden_states_path: fault.path ?? path };
    return async () => {
      if (stock) await writeFile(`${path}.lock`, '');
      if (fault.unreadable) await mkdir(path);
      else if (!fault.missing) await writeFile(path, bytes);
    };
  }
}

function logProbability(logits: Float32Array, token: number): number {
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((all, value) => all + Math.exp(value - largest), 0);
  return logits[token]! - largest - Math.log(sum);
}
