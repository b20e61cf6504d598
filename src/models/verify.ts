// Whether a model computes what transformers computes: its prompts letter by letter, its states layer by layer.

import { ModelMismatch } from '../errors.ts';
import type { Golden, GoldenChat } from './golden.ts';
import type { LanguageModel } from './language-model.ts';

/**
 * The largest difference that rounding makes, of states in float32. The difference of a layer is the largest over all
 * dimensions, divided by the root mean square of transformers' states in that layer.
 */
export const TOLERANCE = 1e-3;

export interface Verification {
  /** The largest relative difference after each layer, over all chats whose ids agree. */
  readonly layers: readonly number[];
  /** The same for the logits. */
  readonly logits: number;
  /** Of every chat: whether the template gives the same text, and the tokenizer the same ids. */
  readonly prompts: readonly {
    readonly tokens: number;
    readonly sameText: boolean;
    readonly sameIds: boolean;
  }[];
  readonly agrees: boolean;
  /** What differs, in words; empty if nothing does. */
  readonly differences: readonly string[];
}

/**
 * Reads the golden chats with a model.
 *
 * @param tolerance largest relative difference that counts as none
 * @throws ModelMismatch if the golden file is of a model of another size; as `Conversation.read` does
 */
export async function verifyModel(
  model: LanguageModel,
  golden: Golden,
  { tolerance = TOLERANCE, signal }: { readonly tolerance?: number; readonly signal?: AbortSignal } = {},
): Promise<Verification> {
  const { id, layers, hiddenSize } = model.info;
  if (golden.layers !== layers || golden.hiddenSize !== hiddenSize)
    throw new ModelMismatch(
      id,
      `${golden.path} is of a model of ${golden.layers} layers and hidden size ${golden.hiddenSize}, but this one has ${layers} and ${hiddenSize}; write it again for this model`,
    );
  const worst = { layers: Array.from({ length: layers }, () => 0), logits: 0 };
  const prompts: Verification['prompts'][number][] = [];
  for (const chat of golden.chats) {
    signal?.throwIfAborted();
    const sameText = model.render(chat.messages) === chat.text;
    const sameIds = model.tokenize(chat.messages).join() === chat.ids.join();
    prompts.push({ tokens: chat.ids.length, sameText, sameIds });
    await compareNumbers(model, chat, worst);
  }
  const differences = [...promptDifferences(prompts), ...numberDifferences(worst, tolerance)];
  return { ...worst, prompts, agrees: differences.length === 0, differences };
}

async function compareNumbers(
  model: LanguageModel,
  chat: GoldenChat,
  worst: { layers: number[]; logits: number },
): Promise<void> {
  const { layers, hiddenSize } = model.info;
  const conversation = model.converse();
  try {
    const { states, logits } = await conversation.read(chat.ids);
    for (let layer = 0; layer < layers; layer++) {
      const rows = [states, chat.states].map((all) =>
        all.subarray(layer * hiddenSize, (layer + 1) * hiddenSize),
      );
      worst.layers[layer] = larger(worst.layers[layer] ?? 0, relativeDifference(rows[0], rows[1]));
    }
    if (logits !== undefined) worst.logits = larger(worst.logits, relativeDifference(logits, chat.logits));
  } finally {
    conversation.close();
  }
}

/** As Math.max, which NaN goes through. */
const larger = (a: number, b: number) => Math.max(a, b);

/** The largest difference, divided by the root mean square of what is expected. NaN if there is one anywhere. */
export function relativeDifference(
  found: Float32Array | undefined,
  expected: Float32Array | undefined,
): number {
  if (found === undefined || expected === undefined || found.length !== expected.length) return Number.NaN;
  let largest = 0;
  let squares = 0;
  for (const [i, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs((found[i] ?? Number.NaN) - value));
    squares += value * value;
  }
  return largest === 0 ? 0 : largest / Math.sqrt(squares / expected.length);
}

function promptDifferences(prompts: Verification['prompts']): string[] {
  return prompts.flatMap(({ sameText, sameIds }, i) => {
    const at = `chat ${i + 1}`;
    if (!sameText) return [`${at}: the chat template gives another text than in transformers`];
    return sameIds ? [] : [`${at}: the tokenizer gives other tokens than in transformers`];
  });
}

function numberDifferences(
  { layers, logits }: { layers: readonly number[]; logits: number },
  tolerance: number,
) {
  const differs = (value: number) => !(value <= tolerance);
  const first = layers.findIndex(differs);
  if (first >= 0) {
    const count = layers.filter(differs).length;
    const value = layers[first] ?? Number.NaN;
    return [
      `the states differ from layer ${first + 1} on (${count} of ${layers.length} layers, ${value.toExponential(1)} there; up to ${tolerance} is rounding)`,
    ];
  }
  return differs(logits)
    ? [`the states agree, but the logits differ by ${logits.toExponential(1)}: the output head is another`]
    : [];
}
