// What transformers computes with a checkpoint, from the file that scripts/verify_model.py writes.

import { z } from 'zod';
import { CorruptFile, messageOf, OtherFormat } from '../errors.ts';
import { entryOf } from '../numerics/lookup.ts';
import {
  parseSafetensorsHeader,
  readFloats,
  readTensorBytes,
  type TensorEntry,
} from '../numerics/safetensors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';

const FORMAT = 'interbrain-golden-1';

/** One chat, and what transformers makes of it. */
export interface GoldenChat {
  readonly messages: readonly ChatMessage[];
  /** Rendered by the template. */
  readonly text: string;
  readonly ids: readonly number[];
  /** After every layer, at the last token. Shape: (layers, hiddenSize), float32. */
  readonly states: Float32Array;
  /** Shape: (vocabSize), float32. */
  readonly logits: Float32Array;
}

export interface Golden {
  readonly path: string;
  /** The version of transformers. */
  readonly transformers: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly chats: readonly GoldenChat[];
}

const chatsSchema = z
  .array(
    z.object({
      messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
      text: z.string(),
    }),
  )
  .min(1);

const ADVICE = 'write it again with the command that `interbrain model verify` prints';

/** @throws BadInput if there is no such file; CorruptFile or OtherFormat for one that is no golden file */
export async function readGolden(path: string): Promise<Golden> {
  const { tensors, metadata } = await parseSafetensorsHeader(path);
  const { format = 'none', transformers = 'unknown', chats: text = '' } = metadata;
  if (format !== FORMAT) throw new OtherFormat(path, format, FORMAT, ADVICE);
  let told: z.infer<typeof chatsSchema>;
  try {
    told = chatsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CorruptFile(path, `its chats are none (${messageOf(cause)}); ${ADVICE}`, { cause });
  }
  const entry = (name: string) => {
    if (tensors.has(name)) return entryOf(tensors, name);
    throw new CorruptFile(path, `it has no tensor ${name}; ${ADVICE}`);
  };
  const chats: GoldenChat[] = [];
  for (const [i, chat] of told.entries())
    chats.push({
      ...chat,
      ids: await readIds(path, entry(`${i}.ids`)),
      states: await readFloats(path, entry(`${i}.states`)),
      logits: await readFloats(path, entry(`${i}.logits`)),
    });
  const [layers = 0, hiddenSize = 0] = entry('0.states').shape;
  return { path, transformers, layers, hiddenSize, chats };
}

async function readIds(path: string, entry: TensorEntry): Promise<number[]> {
  if (entry.dtype !== 'I64')
    throw new CorruptFile(path, `${entry.name} is ${entry.dtype}, not I64; ${ADVICE}`);
  const bytes = await readTensorBytes(path, entry);
  return Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8), Number);
}
