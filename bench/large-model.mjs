// Whether a 7B model runs here: a checkpoint of Mistral-7B's shape with random weights, 14.5 GB in bf16, is quantised,
// loaded and timed, each in a process of its own whose peak memory is printed.
//
//   node bench/large-model.mjs FOLDER    FOLDER gets 23 GB for the time being

import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { copyFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../dist/models/onnx/config.js';
import { expectedWeights } from '../dist/models/onnx/expected-weights.js';
import { loadOnnxModel } from '../dist/models/onnx/model.js';
import { encodeSafetensorsHeader } from '../dist/numerics/safetensors.js';

const LAYERS = Number(process.env.LAYERS ?? 32);
const CONFIG = {
  architectures: ['MistralForCausalLM'],
  model_type: 'mistral',
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: LAYERS,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 32_000,
  max_position_embeddings: 32_768,
  rope_theta: 1e6,
  sliding_window: null,
  tie_word_embeddings: false,
};
const SHARDS = 3;
const PROMPT = 700;
const REPLY = 16;

const here = fileURLToPath(import.meta.url);
const tokenizer = join(here, '../../fixtures/models/llama');

/** bf16 values of a normal distribution with deviation 1, at 65536 equally likely places. */
function normalTable() {
  const table = new Uint16Array(65_536);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < table.length; i++) {
    // A sum of logistics is near enough to a normal distribution, and its quantiles are known.
    const share = (i + 0.5) / table.length;
    float[0] = Math.log(share / (1 - share)) / 1.8;
    table[i] = (bits[0] + 0x8000) >>> 16;
  }
  return table;
}

/** Multiplying by a power of two is an addition to a bf16's exponent. */
async function writeTensor(file, name, length, exponent, table) {
  if (name.includes('norm')) {
    await file.write(new Uint8Array(new Uint16Array(length).fill(0x3f80).buffer));
    return;
  }
  for (let done = 0; done < length; ) {
    const words = randomFillSync(new Uint16Array(Math.min(2 ** 22, length - done)));
    for (let i = 0; i < words.length; i++) words[i] = table[words[i]] - (exponent << 7);
    const bytes = new Uint8Array(words.buffer);
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
    done += words.length;
  }
}

async function writeCheckpoint(folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(CONFIG));
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    await copyFile(join(tokenizer, name), join(folder, name));
  const tensors = [...expectedWeights(parseConfig(folder, CONFIG))].map(([name, shape]) => ({
    name,
    shape,
    dtype: 'BF16',
  }));
  const table = normalTable();
  const weight_map = {};
  for (let shard = 0; shard < SHARDS; shard++) {
    const name = `model-0000${shard + 1}-of-0000${SHARDS}.safetensors`;
    const part = tensors.filter((_, i) => Math.floor((i * SHARDS) / tensors.length) === shard);
    const { bytes, begins } = encodeSafetensorsHeader(part);
    const file = await open(join(folder, name), 'w');
    await file.write(bytes);
    for (const tensor of part.toSorted((a, b) => begins.get(a.name) - begins.get(b.name))) {
      weight_map[tensor.name] = name;
      const length = tensor.shape.reduce((product, size) => product * size, 1);
      // About 1 / √columns, so that what goes in is as large as what comes out.
      await writeTensor(file, tensor.name, length, Math.round(Math.log2(tensor.shape.at(-1)) / 2), table);
    }
    await file.close();
  }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
}

/** Loads the model, which quantises it if that has not been done, and with `speak` reads and replies. */
async function load(folder, dtype, speak) {
  const result = {};
  const start = performance.now();
  const seconds = (since) => Math.round((performance.now() - since) / 100) / 10;
  const model = await loadOnnxModel(folder, {
    dtype,
    contextLength: 1024,
    onQuantize: ({ done, total }) => {
      if (done === total) result.quantised = seconds(start);
    },
  });
  result.loaded = seconds(start);
  result.loadedPeakGiB = gibibytes(process.resourceUsage().maxRSS);
  if (speak) Object.assign(result, await speakAlone(model));
  await model.dispose();
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return {
    ...result,
    peakGiB: gibibytes(process.resourceUsage().maxRSS),
    status: /VmHWM.*/.exec(status)?.[0],
  };
}

const gibibytes = (kibibytes) => Math.round((kibibytes / 2 ** 20) * 100) / 100;

async function speakAlone(model) {
  const ids = Array.from({ length: PROMPT }, (_, i) => (i * 7919 + 13) % model.info.vocabSize);
  const conversation = model.converse();
  await conversation.read(ids.slice(0, 16));
  const start = performance.now();
  const { states } = await conversation.read(ids.with(0, 1));
  const read = performance.now();
  const { tokens } = await conversation.reply(ids.with(0, 1), {
    temperature: 1,
    maxNewTokens: REPLY,
    seed: '',
  });
  const spoken = performance.now();
  const replies = 4;
  const together = await Promise.all(
    Array.from({ length: replies }, async (_, i) => {
      const other = model.converse();
      await other.read(ids.slice(0, 64));
      return { other, i };
    }),
  );
  const begin = performance.now();
  const spokenTogether = await Promise.all(
    together.map(({ other, i }) =>
      other.reply(ids.slice(0, 64), { temperature: 1, maxNewTokens: REPLY, seed: `${i}` }),
    ),
  );
  const all = spokenTogether.reduce((sum, reply) => sum + reply.tokens.length, 0);
  const rate = (count, ms) => Math.round((count / ms) * 1e4) / 10;
  return {
    rows: model.concurrency,
    finite: states.every(Number.isFinite),
    prefillTokensPerSecond: rate(PROMPT, read - start),
    decodeTokensPerSecond: rate(tokens.length, spoken - read),
    decodeTogetherTokensPerSecond: rate(all, performance.now() - begin),
  };
}

function child(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [here, ...args], {
    encoding: 'utf8',
    env: { ...process.env, INTERBRAIN_CACHE: join(args[0], 'cache') },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const [folder, stage, dtype = 'w8a8'] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder on a disk with 23 GB free');
if (stage === 'write') await writeCheckpoint(folder);
else if (stage) console.log(JSON.stringify(await load(folder, dtype, stage === 'speak')));
else {
  const start = performance.now();
  await writeCheckpoint(folder);
  console.log('written', Math.round((performance.now() - start) / 1000), 's');
  console.log('first load', child(folder, 'load'));
  console.log('second load', child(folder, 'speak'));
  await rm(folder, { recursive: true });
}
