// One agent's side of an episode: reading prompts, and speaking token by token.

import { ModelMismatch } from '../../errors.ts';
import { at, entryOf } from '../../numerics/lookup.ts';
import { createRandom } from '../../numerics/random.ts';
import { checkIntervention } from '../check-intervention.ts';
import type { Intervention } from '../intervention.ts';
import type { Conversation, ModelInfo, Reading, Reply, Sampling } from '../language-model.ts';
import { commonPrefix } from '../line.ts';
import { checkPrompt } from '../prompt-check.ts';
import { type Generated, ReplyTaker } from '../reply-taker.ts';
import { checkSampling, sampleToken } from '../sampling.ts';
import type { ChatTokenizer } from '../tokenizer.ts';
import type { RowIntervention } from './intervene.ts';
import type { Output } from './kv-cache.ts';
import { type Passage, passageTokens, planPassage, readingTokens } from './passage.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sequence } from './sequence.ts';

/** Tokens of a pass after which others have their turn. */
const PIECE = 512;

export class OnnxConversation implements Conversation {
  readonly #info: ModelInfo;
  readonly #scheduler: Scheduler;
  /** The tokens whose keys and values have been computed. */
  readonly #sequence: Sequence;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  #busy = false;

  constructor(
    info: ModelInfo,
    scheduler: Scheduler,
    tokenizer: ChatTokenizer,
    endTokens: ReadonlySet<number>,
  ) {
    this.#info = info;
    this.#scheduler = scheduler;
    this.#sequence = scheduler.open();
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
  }

  read(prompt: readonly number[], intervention?: Intervention): Promise<Reading> {
    return this.#alone(() => this.#read(prompt, intervention));
  }

  readEach(prompts: readonly (readonly number[])[], shared?: number): Promise<Reading[]> {
    return this.#alone(async () => {
      if (prompts.length === 0) return [];
      for (const prompt of prompts) checkPrompt(this.#info, prompt);
      const passage = planPassage(prompts);
      const copied = await this.#begin(passage, Math.min(shared ?? passage.shared, passage.shared));
      const states = this.#fits(passage, prompts) ? await this.#readPassage(passage) : undefined;
      return this.#readings(prompts, states, copied);
    });
  }

  reply(prompt: readonly number[], sampling: Sampling, intervention?: Intervention): Promise<Reply> {
    return this.#alone(async () => {
      checkSampling(this.#info.id, sampling);
      this.#scheduler.hold(this.#sequence);
      try {
        const { logits, ...reading } = await this.#read(prompt, intervention);
        return { ...reading, ...(await this.#generate(prompt, logits, sampling, intervention)) };
      } finally {
        this.#scheduler.release(this.#sequence);
      }
    });
  }

  close(): void {
    this.#scheduler.close(this.#sequence);
  }

  /** Two steps at once would write into the same row. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('a conversation reads one prompt at a time; await the one before');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #read(
    prompt: readonly number[],
    intervention?: Intervention,
  ): Promise<Reading & { readonly logits: Float32Array }> {
    checkPrompt(this.#info, prompt);
    if (intervention) checkIntervention(this.#info, intervention);
    // The last token is computed in any case: its states are what is asked for.
    const reusedTokens = Math.min(this.#reusable(prompt), prompt.length - 1);
    const change = intervention && { intervention, on: 'last' as const };
    const { states, logits, before } = await this.#step(reusedTokens, prompt.slice(reusedTokens), change);
    this.#checkFinite('hidden state', states);
    this.#checkFinite('logit', logits);
    const statesBefore = before && { statesBefore: before.slice() };
    return { states: states.slice(), ...statesBefore, logits: logits.slice(), reusedTokens };
  }

  /** Tokens of a prompt that have been read already, and to which nothing was done. */
  #reusable(prompt: readonly number[]): number {
    return Math.min(commonPrefix(prompt, this.#sequence.tokens), this.#sequence.untouched);
  }

  /** Reads the beginning that others have too, unless something has been read already; returns how much was copied. */
  async #begin(passage: Passage, length: number): Promise<number> {
    if (length === 0 || this.#sequence.tokens.length > 0) return 0;
    return this.#scheduler.begin(this.#sequence, passage.trunk.slice(0, length));
  }

  /** Whether the prompts can be read in one pass, and nothing is read twice for it. */
  #fits(passage: Passage, prompts: readonly (readonly number[])[]): boolean {
    const tokens = passageTokens(passage);
    if (tokens > readingTokens(prompts)) return false;
    return passage.branches.length === 0 || tokens <= this.#scheduler.longestWithBranches;
  }

  /** The states of every prompt, in their order. */
  async #readPassage({ trunk, places, branches }: Passage): Promise<Float32Array[]> {
    const onTrunk = [...new Set(places.filter((place) => place !== undefined))];
    const past = Math.min(this.#reusable(trunk), ...onTrunk);
    const found = new Map<number, Float32Array>();
    for (let from = past; from < trunk.length; from += PIECE) {
      const piece = trunk.slice(from, from + PIECE);
      const here = onTrunk.filter((place) => place >= from && place < from + piece.length);
      const wanted = here.map((place) => place - from);
      const states = await this.#scheduler.readPlaces(this.#sequence, from, piece, wanted);
      for (const [i, place] of here.entries()) found.set(place, at(states, i));
    }
    const left = branches.length === 0 ? [] : await this.#scheduler.readBranches(this.#sequence, branches);
    let leaving = 0;
    return places.map((place) => (place === undefined ? at(left, leaving++) : entryOf(found, place).slice()));
  }

  async #readings(
    prompts: readonly (readonly number[])[],
    states: readonly Float32Array[] | undefined,
    copied: number,
  ): Promise<Reading[]> {
    const readings: Reading[] = [];
    for (const [i, prompt] of prompts.entries()) {
      const before = prompts[i - 1];
      const reusedTokens = before ? Math.min(commonPrefix(prompt, before), prompt.length - 1) : copied;
      if (states) this.#checkFinite('hidden state', at(states, i));
      const reading = states ? { states: at(states, i) } : await this.#read(prompt);
      readings.push({ states: reading.states, reusedTokens });
    }
    return readings;
  }

  /**
   * Feeds `tokens` after the first `past` cached ones, and forgets what came behind those. Other conversations write
   * into the same arrays as soon as the caller awaits something else.
   */
  #step(past: number, tokens: readonly number[], change?: RowIntervention): Promise<Output> {
    return this.#scheduler.read(this.#sequence, past, tokens, change);
  }

  async #generate(
    prompt: readonly number[],
    first: Float32Array,
    sampling: Sampling,
    intervention?: Intervention,
  ): Promise<Generated> {
    const change = intervention?.tokens === 'onwards' ? { intervention, on: 'all' as const } : undefined;
    const taker = new ReplyTaker(this.#tokenizer, this.#endTokens, sampling);
    const { tokens } = taker;
    const random = createRandom(sampling.seed);
    const room = this.#info.contextLength - this.#sequence.tokens.length;
    const limit = Math.min(sampling.maxNewTokens, room);
    const weights = new Float64Array(this.#info.vocabSize);
    let logits = first;
    while (tokens.length < limit) {
      // Copied for the repetition penalty alone: a prompt is long.
      const context = sampling.repetitionPenalty === undefined ? [] : [...prompt, ...tokens];
      const token = sampleToken(logits, sampling, random, weights, context);
      const reply = taker.take(token);
      if (reply) return reply;
      // The last token that fits is not fed: nobody asks what would come after it.
      if (tokens.length < limit)
        ({ logits } = await this.#step(this.#sequence.tokens.length, [token], change));
    }
    return taker.end('length');
  }

  #checkFinite(what: string, values: Float32Array): void {
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong === undefined) return;
    const advice = 'the weights are damaged or too large for float32; compare their hashes with the source';
    throw new ModelMismatch(this.#info.id, `a ${what} is ${wrong}: ${advice}`);
  }
}
