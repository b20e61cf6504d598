// Writes GGUF files of random weights in Q8_0, for the peer that reads nothing else. Format:
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { randomFillSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { writeAll } from './model-shapes.mjs';

const VERSION = 3;
const ALIGNMENT = 32;
/** Value types of the metadata. */
const TYPES = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 };
/** Tensor types. */
const F32 = 0;
const Q8_0 = 8;
/** A block of Q8_0: a half-precision scale, then 32 signed codes. */
const BLOCK = 32;
const BLOCK_BYTES = 34;
const PIECE_BLOCKS = 2 ** 17;

const uint32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const uint64 = (value) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const float32 = (value) => Buffer.from(Float32Array.of(value).buffer);
const string = (text) => Buffer.concat([uint64(Buffer.byteLength(text)), Buffer.from(text)]);
const ENCODE = { uint32, int32: uint32, float32, string };

const value = (type, content) => Buffer.concat([uint32(TYPES[type]), ENCODE[type](content)]);
const array = (type, items) =>
  Buffer.concat([uint32(TYPES.array), uint32(TYPES[type]), uint64(items.length), ...items.map(ENCODE[type])]);

/** What llama.cpp wants to know of a Llama of this shape; the vocabulary has the least that it accepts. */
function metadata(shape) {
  const vocabulary = Array.from({ length: shape.vocab_size }, (_, id) => `t${id}`);
  vocabulary.splice(0, 3, '<unk>', '<s>', '</s>');
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  vocabulary.splice(3, 256, ...bytes);
  // 1: a normal token, 2: unknown, 3: control, 6: a byte.
  const kinds = vocabulary.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1));
  return {
    'general.architecture': value('string', 'llama'),
    'general.name': value('string', `random ${shape.title}`),
    'general.file_type': value('uint32', 7),
    'llama.vocab_size': value('uint32', shape.vocab_size),
    'llama.context_length': value('uint32', shape.max_position_embeddings),
    'llama.embedding_length': value('uint32', shape.hidden_size),
    'llama.block_count': value('uint32', shape.num_hidden_layers),
    'llama.feed_forward_length': value('uint32', shape.intermediate_size),
    'llama.attention.head_count': value('uint32', shape.num_attention_heads),
    'llama.attention.head_count_kv': value('uint32', shape.num_key_value_heads),
    'llama.attention.layer_norm_rms_epsilon': value('float32', shape.rms_norm_eps),
    'llama.rope.dimension_count': value('uint32', shape.head_dim),
    'llama.rope.freq_base': value('float32', shape.rope_theta),
    'tokenizer.ggml.model': value('string', 'llama'),
    'tokenizer.ggml.tokens': array('string', vocabulary),
    'tokenizer.ggml.scores': array(
      'float32',
      vocabulary.map((_, id) => -id),
    ),
    'tokenizer.ggml.token_type': array('int32', kinds),
    'tokenizer.ggml.bos_token_id': value('uint32', 1),
    'tokenizer.ggml.eos_token_id': value('uint32', 2),
  };
}

/** Names and sizes, fastest dimension first; without `output.weight` the embeddings are the LM head too. */
function tensorsOf(shape) {
  const { hidden_size: D, intermediate_size: F, head_dim: H } = shape;
  const [q, kv] = [shape.num_attention_heads * H, shape.num_key_value_heads * H];
  const layers = Array.from({ length: shape.num_hidden_layers }, (_, i) => ({
    [`blk.${i}.attn_norm.weight`]: [D],
    [`blk.${i}.attn_q.weight`]: [D, q],
    [`blk.${i}.attn_k.weight`]: [D, kv],
    [`blk.${i}.attn_v.weight`]: [D, kv],
    [`blk.${i}.attn_output.weight`]: [q, D],
    [`blk.${i}.ffn_norm.weight`]: [D],
    [`blk.${i}.ffn_gate.weight`]: [D, F],
    [`blk.${i}.ffn_up.weight`]: [D, F],
    [`blk.${i}.ffn_down.weight`]: [F, D],
  }));
  const ends = { 'token_embd.weight': [D, shape.vocab_size], 'output_norm.weight': [D] };
  return Object.entries(Object.assign({}, ends, ...layers)).map(([name, dims]) => {
    const count = dims.reduce((product, size) => product * size, 1);
    const norm = dims.length === 1;
    return {
      name,
      dims,
      count,
      type: norm ? F32 : Q8_0,
      bytes: norm ? 4 * count : (count / BLOCK) * BLOCK_BYTES,
    };
  });
}

const aligned = (offset) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

function header(shape, tensors) {
  const entries = Object.entries(metadata(shape));
  const parts = [Buffer.from('GGUF'), uint32(VERSION), uint64(tensors.length), uint64(entries.length)];
  for (const [key, content] of entries) parts.push(string(key), content);
  let offset = 0;
  for (const { name, dims, type, bytes } of tensors) {
    parts.push(string(name), uint32(dims.length), ...dims.map(uint64), uint32(type), uint64(offset));
    offset = aligned(offset + bytes);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, Buffer.alloc(aligned(length) - length)]);
}

/** Random codes; scales of about 1 / (60 · √columns), so that what comes out is as large as what goes in. */
function* randomBlocks({ dims, count }) {
  const exponent = 15 - 6 - Math.round(Math.log2(dims[0]) / 2);
  for (let blocks = count / BLOCK; blocks > 0; blocks -= PIECE_BLOCKS) {
    const bytes = randomFillSync(new Uint8Array(Math.min(blocks, PIECE_BLOCKS) * BLOCK_BYTES));
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES)
      bytes[at + 1] = (exponent << 2) | (bytes[at + 1] & 3);
    yield bytes;
  }
}

export async function writeRandomGguf(path, shape) {
  const tensors = tensorsOf(shape);
  const file = await open(path, 'w');
  await writeAll(file, header(shape, tensors));
  for (const tensor of tensors) {
    if (tensor.type === F32)
      await writeAll(file, new Uint8Array(new Float32Array(tensor.count).fill(1).buffer));
    else for (const bytes of randomBlocks(tensor)) await writeAll(file, bytes);
    await writeAll(file, new Uint8Array(aligned(tensor.bytes) - tensor.bytes));
  }
  await file.close();
}
