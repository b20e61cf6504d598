// Trained models in GGUF files against transformers' own reading of them. Not a part of the suite, as the files are large:
//
//   python scripts/golden_gguf.py reference MODEL.gguf FOLDER    for each
//   GGUF_MODELS=FOLDER_OF_GGUF_FILES GGUF_REFERENCE=FOLDER npx vitest run test/gguf-models.test.ts
//
// It prints the table of docs/models.md.

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/models/onnx/checkpoint.ts';
import { DTYPES, type Dtype } from '../src/models/onnx/dtype.ts';
import { Engine } from '../src/models/onnx/engine.ts';
import { prepareWeights } from '../src/models/onnx/weights-cache.ts';
import { createTokenizer } from '../src/models/tokenizer.ts';
import { entryOf } from '../src/numerics/lookup.ts';
import { parseSafetensorsHeader, readFloats } from '../src/numerics/safetensors.ts';
import type { ChatMessage } from '../src/prompts/chat-message.ts';

const MODELS = process.env['GGUF_MODELS'] ?? '';
const REFERENCE = process.env['GGUF_REFERENCE'] ?? '';
const DTYPE: Dtype = DTYPES.find((dtype) => dtype === process.env['GGUF_DTYPE']) ?? 'fp32';
const names =
  REFERENCE === ''
    ? ['none']
    : readdirSync(REFERENCE)
        .filter((name) => name.endsWith('.json'))
        .map((name) => basename(name, '.json'));

interface Golden {
  readonly prompt: readonly number[];
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly chats: readonly {
    readonly messages: readonly ChatMessage[];
    readonly text: string;
    readonly ids: readonly number[];
  }[];
}

const lines: string[] = [];
afterAll(() => console.log(lines.join('\n')));

/** |found − expected| / |expected|, Euclidean. */
function relative(found: Float32Array, expected: Float32Array): number {
  let [difference, size] = [0, 0];
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

// The files take gigabytes and come from elsewhere.
describe.skipIf(MODELS === '' || REFERENCE === '').each(names)('%s', (name) => {
  const golden = async (): Promise<Golden> =>
    JSON.parse(await readFile(join(REFERENCE, `${name}.json`), 'utf8'));
  const opened = () => openCheckpoint(join(MODELS, `${name}.gguf`));

  it('has the tokens and chats of transformers', async () => {
    const { texts, chats } = await golden();
    const checkpoint = await opened();
    // A base model has no template, which is no matter here.
    const chatTemplate = checkpoint.chatTemplate ?? '{{ messages[0].content }}';
    const tokenizer = createTokenizer({ ...checkpoint, chatTemplate });
    for (const { text, ids } of [...texts, ...chats])
      expect.soft([text, tokenizer.encode(text)]).toEqual([text, ids]);
    for (const { messages, text } of chats) expect.soft(tokenizer.render(messages)).toBe(text);
  });

  it('has the states of transformers', { timeout: 1_200_000 }, async () => {
    const { prompt } = await golden();
    const path = join(REFERENCE, `${name}.safetensors`);
    const { tensors } = await parseSafetensorsHeader(path);
    const [states, logits] = await Promise.all(
      ['states', 'logits'].map((key) => readFloats(path, entryOf(tensors, key))),
    );
    const checkpoint = await prepareWeights(await opened(), DTYPE);
    const { config } = checkpoint;
    const engine = await Engine.load(checkpoint, { threads: 2, contextLength: 512 });
    const found = await engine.run(engine.createCache(), 0, prompt);
    const width = config.hiddenSize;
    const layers = Array.from({ length: config.layers }, (_, layer) => {
      const part = (all: Float32Array) => all.subarray(layer * width, (layer + 1) * width);
      return relative(part(found.states), part(states!));
    });
    const head = relative(found.logits, logits!);
    lines.push(
      `| ${name} | ${DTYPE} | ${prompt.length} | ${Math.max(...layers).toExponential(1)} | ${head.toExponential(1)} |`,
    );
    await engine.release();
    if (DTYPE === 'fp32') expect(Math.max(...layers, head)).toBeLessThan(1e-4);
  });
});
