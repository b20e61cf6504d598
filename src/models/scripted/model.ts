// A language model that is none: canned replies and states made of the prompt's bytes. With it the whole way
// from scenario to report runs in milliseconds, without weights.
//
// The states are not noise. Each layer is a fading memory of the bytes read so far, deeper layers remembering
// longer, so prompts that end alike have states alike and there is some synchrony to be found.

import { createHash } from 'node:crypto';
import { BadInput } from '../../errors.ts';
import { at } from '../../numerics/lookup.ts';
import { createRandom } from '../../numerics/random.ts';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import { CAPABILITIES } from '../capabilities.ts';
import { checkIntervention } from '../check-intervention.ts';
import type { Intervention } from '../intervention.ts';
import type { Conversation, LanguageModel, ModelInfo, Reading, Reply, Sampling } from '../language-model.ts';
import { beforeStop, commonPrefix, firstLine } from '../line.ts';
import { checkSampling } from '../sampling.ts';

/** What to say to a prompt. Must depend on its arguments alone. */
type Script = (prompt: string, sampling: Sampling) => string;

export interface ScriptedOptions {
  readonly id?: string;
  /** A script, or replies of which the prompt and the seed choose one (the prompt alone at temperature 0). */
  readonly replies: readonly string[] | Script;
  /** L, 4 by default. */
  readonly layers?: number;
  /** D, 16 by default. */
  readonly hiddenSize?: number;
  /** In tokens, which are bytes here; 65536 by default. */
  readonly contextLength?: number;
}

const VOCABULARY = 256;

/** What the model of these options says of itself. Throws BadInput for an empty list of replies. */
export function describeScripted(options: ScriptedOptions): ModelInfo {
  const { id = 'scripted', replies, layers = 4, hiddenSize = 16, contextLength = 65536 } = options;
  if (replies.length === 0 && typeof replies !== 'function')
    throw new BadInput(id, 'a scripted model needs at least one reply');
  const source = typeof replies === 'function' ? String(replies) : JSON.stringify(replies);
  return {
    id,
    revision: sha256(JSON.stringify([source, layers, hiddenSize, contextLength])),
    architecture: 'scripted',
    layers,
    hiddenSize,
    vocabSize: VOCABULARY,
    contextLength,
    parameters: 0,
    dtype: 'fp32',
    toy: true,
    // There is nothing to change: its states are made of the prompt, and its replies of neither.
    capabilities: CAPABILITIES.filter((capability) => capability !== 'interventions'),
  };
}

/** A model whose tokens are the bytes of UTF-8. Throws BadInput for an empty list of replies. */
export function createScriptedModel(options: ScriptedOptions): LanguageModel {
  const info = describeScripted(options);
  const { id, hiddenSize } = info;
  const { replies } = options;
  const script = typeof replies === 'function' ? replies : chooseFrom(replies);
  const embeddings = Array.from({ length: VOCABULARY }, (_, byte) => embed(byte, hiddenSize));
  let disposed = false;
  const render = (messages: readonly ChatMessage[]) =>
    `${messages.map(({ role, content }) => `${role}: ${content}\n`).join('')}assistant:`;
  return {
    info,
    concurrency: Number.POSITIVE_INFINITY,
    render,
    tokenize: (messages) => [...Buffer.from(render(messages))],
    tokenizeContinuation: (text) => [...Buffer.from(text)],
    converse() {
      if (disposed) throw new Error(`model ${id} has been disposed of`);
      return new ScriptedConversation(info, script, embeddings);
    },
    async dispose() {
      disposed = true;
    },
  };
}

class ScriptedConversation implements Conversation {
  readonly #info: ModelInfo;
  readonly #script: Script;
  readonly #embeddings: readonly Float64Array[];
  /** What a cache would hold. */
  #cached: readonly number[] = [];
  #closed = false;

  constructor(info: ModelInfo, script: Script, embeddings: readonly Float64Array[]) {
    this.#info = info;
    this.#script = script;
    this.#embeddings = embeddings;
  }

  async read(prompt: readonly number[], intervention?: Intervention): Promise<Reading> {
    if (intervention) checkIntervention(this.#info, intervention);
    if (this.#closed) throw new Error('the conversation has been closed');
    const { id, contextLength } = this.#info;
    if (prompt.length === 0 || prompt.length > contextLength)
      throw new BadInput(id, `the prompt has ${prompt.length} tokens; 1 to ${contextLength} fit`);
    const reusedTokens = Math.min(commonPrefix(prompt, this.#cached), prompt.length - 1);
    this.#cached = [...prompt];
    return { ...this.#compute(prompt), reusedTokens };
  }

  async reply(prompt: readonly number[], sampling: Sampling, intervention?: Intervention): Promise<Reply> {
    checkSampling(this.#info.id, sampling);
    const { states, reusedTokens } = await this.read(prompt, intervention);
    const said = this.#script(Buffer.from(prompt).toString(), sampling);
    const before = beforeStop(said, sampling.stop ?? []);
    const all = sampling.lines === 'all';
    const { line, ended } = all ? { line: before ?? said, ended: false } : firstLine(before ?? said);
    const bytes = [...Buffer.from(line)];
    const room = Math.min(sampling.maxNewTokens, this.#info.contextLength - prompt.length);
    const tokens = bytes.slice(0, room);
    this.#cached = [...prompt, ...tokens];
    const complete = ended ? 'line' : before === undefined ? 'end' : 'stop';
    const finish = tokens.length < bytes.length ? 'length' : complete;
    // Bytes that were cut off inside a character leave replacement characters behind, as with real models.
    const text = Buffer.from(tokens).toString();
    return { states, tokens, text: all ? text : text.trim(), finish, reusedTokens };
  }

  close(): void {
    this.#closed = true;
  }

  #compute(prompt: readonly number[]): Pick<Reading, 'states' | 'logits'> {
    const { layers, hiddenSize } = this.#info;
    const states = new Float32Array(layers * hiddenSize);
    for (let layer = 0; layer < layers; layer++) {
      const memory = new Float64Array(hiddenSize);
      // Half-lives of 8, 16, 32 … bytes. The layer turns the dimensions, so that no two layers are alike.
      const keep = 0.5 ** (1 / (8 * 2 ** layer));
      for (const byte of prompt) {
        const embedding = at(this.#embeddings, byte);
        for (let d = 0; d < hiddenSize; d++)
          memory[d] = keep * memory[d]! + embedding[(d + layer) % hiddenSize]!;
      }
      states.set(memory, layer * hiddenSize);
    }
    const last = states.subarray((layers - 1) * hiddenSize);
    const logits = Float32Array.from(this.#embeddings, (embedding) =>
      embedding.reduce((sum, value, d) => sum + value * at(last, d), 0),
    );
    return { states, logits };
  }
}

/** The reply that a prompt and a seed have drawn. */
function chooseFrom(replies: readonly string[]): Script {
  return (prompt, { temperature, seed }) => {
    const random = createRandom(`${temperature === 0 ? '' : seed}\0${prompt}`);
    return at(replies, random.integer(replies.length));
  };
}

/** A vector of its own for every byte, values in [-0.5, 0.5). */
function embed(byte: number, hiddenSize: number): Float64Array {
  const random = createRandom(`scripted embedding of byte ${byte}`);
  return Float64Array.from({ length: hiddenSize }, () => random.uniform() - 0.5);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
