// Two models made by hand that say yes or no, of which it is known what in them decides the word. Nothing is trained.
//
// Every token has a constant; `yes` has +1 and `no` −1 in one dimension. Attention is uniform, so what it carries to the
// last prompt token is how often yes was said more than no. Layer 0 writes that along the direction `idle`, which nobody
// reads. Layer 2 writes it along `acting`, which decides by the LM head whether yes or no is said. So states of all layers
// predict the partner, who counts as well; but up to layer 1 nothing in the last token's state does anything, and from layer
// 2 on `acting` does and `idle` does not.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors } from '../src/numerics/safetensors.ts';

const D = 16;
const LAYERS = 4;
const WORDS = ['<unk>', '</s>', '<say>', 'yes', 'no'];

export const YES = WORDS.indexOf('yes');
export const NO = WORDS.indexOf('no');

/** Dimensions of the residual stream. */
const AT = { constant: 0, count: 1, said: 2, says: 3 } as const;
const CONSTANT = 4;
const GAIN = 40;

/** What decides: the layer that writes it, 0-based, and the LM head's weight of it. */
export const ACTING_LAYER = 2;
export const SHARPNESS = 2;

/** Where the two directions lie. */
export interface PlantedDirections {
  readonly idle: number;
  readonly acting: number;
}

export const SPEAKER: PlantedDirections = { idle: 7, acting: 9 };
export const LISTENER: PlantedDirections = { idle: 12, acting: 5 };

type Entries = readonly (readonly [row: number, column: number, value: number])[];

function matrix(name: string, rows: number, entries: Entries, columns = D) {
  const data = new Float32Array(rows * columns);
  for (const [row, column, value] of entries) data[row * columns + column] = value;
  return { name, dtype: 'F32' as const, shape: [rows, columns], data };
}

function ones(name: string) {
  return { name, dtype: 'F32' as const, shape: [D], data: new Float32Array(D).fill(1) };
}

function layer(index: number, { idle, acting }: PlantedDirections) {
  const prefix = `model.layers.${index}`;
  // The same sum, a quarter as large where it is idle, so that the map leans on what acts.
  const writes: Entries =
    index === 0 ? [[idle, 0, GAIN / 4]] : index === ACTING_LAYER ? [[acting, 0, GAIN]] : [];
  return [
    ones(`${prefix}.input_layernorm.weight`),
    ones(`${prefix}.post_attention_layernorm.weight`),
    matrix(`${prefix}.self_attn.q_proj.weight`, D, []),
    matrix(`${prefix}.self_attn.k_proj.weight`, D, []),
    matrix(`${prefix}.self_attn.v_proj.weight`, D, [[0, AT.count, 1]]),
    matrix(`${prefix}.self_attn.o_proj.weight`, D, writes),
    matrix(`${prefix}.mlp.gate_proj.weight`, D, []),
    matrix(`${prefix}.mlp.up_proj.weight`, D, []),
    matrix(`${prefix}.mlp.down_proj.weight`, D, []),
  ];
}

function weights(directions: PlantedDirections) {
  const embedding: Entries = WORDS.flatMap((word, id) => [
    [id, AT.constant, CONSTANT] as const,
    ...(word === 'yes' ? [[id, AT.count, 1] as const] : []),
    ...(word === 'no' ? [[id, AT.count, -1] as const] : []),
    ...(word === 'yes' || word === 'no' ? [[id, AT.said, 1] as const] : []),
    ...(word === '<say>' ? [[id, AT.says, 1] as const] : []),
  ]);
  const head: Entries = [
    [YES, directions.acting, SHARPNESS],
    [NO, directions.acting, -SHARPNESS],
    // Who has said a word has done; nothing else is ever said.
    [1, AT.said, 100],
    [1, AT.constant, -10],
    [0, AT.constant, -40],
    [2, AT.constant, -40],
  ];
  return [
    matrix('model.embed_tokens.weight', WORDS.length, embedding),
    ...Array.from({ length: LAYERS }, (_, index) => layer(index, directions)).flat(),
    ones('model.norm.weight'),
    matrix('lm_head.weight', WORDS.length, head),
  ];
}

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: D,
  intermediate_size: D,
  num_hidden_layers: LAYERS,
  num_attention_heads: 1,
  num_key_value_heads: 1,
  head_dim: D,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 2048,
  vocab_size: WORDS.length,
  bos_token_id: null,
  eos_token_id: 1,
  tie_word_embeddings: false,
  torch_dtype: 'float32',
};

const added = (id: number) => ({
  ...{ id, content: WORDS[id], single_word: false, lstrip: false, rstrip: false },
  ...{ normalized: false, special: true },
});

const TOKENIZER = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [0, 1, 2].map(added),
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordLevel',
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    unk_token: '<unk>',
  },
};

const TOKENIZER_CONFIG = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  unk_token: '<unk>',
  eos_token: '</s>',
  clean_up_tokenization_spaces: false,
  chat_template:
    "{% for message in messages %}{{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}<say>{% endif %}",
};

/** Writes a checkpoint in Hugging Face layout; returns its folder. */
export async function plantModel(folder: string, directions: PlantedDirections): Promise<string> {
  await mkdir(folder, { recursive: true });
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await writeFile(join(folder, 'model.safetensors'), encodeSafetensors(weights(directions), {}));
  await write('config.json', CONFIG);
  await write('tokenizer.json', TOKENIZER);
  await write('tokenizer_config.json', TOKENIZER_CONFIG);
  return folder;
}
