// How true hidden states are in every precision, and what becomes of SyncR². The prompts that a run recorded in float32
// are read again in each precision; a row says R² of the states to float32 by layer, and the SyncR² of the same
// transcripts. What has been read is kept in --folder, and not read again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stackStates } from '../dist/episodes/stack-states.js';
import { embeddedModelFolder } from '../dist/models/embedded.js';
import { commonPrefix } from '../dist/models/line.js';
import { openCheckpoint } from '../dist/models/onnx/checkpoint.js';
import { Engine } from '../dist/models/onnx/engine.js';
import { smallestBatch } from '../dist/models/onnx/quantize.js';
import { prepareWeights } from '../dist/models/onnx/weights-cache.js';
import { createTokenizer } from '../dist/models/tokenizer.js';
import { openRecordings } from '../dist/pairs/open.js';
import { viewOf } from '../dist/prompts/view.js';
import { listRecordings } from '../dist/recordings/list.js';
import { readEpisode } from '../dist/recordings/recording.js';
import { openStates, readLayer, writeStates } from '../dist/recordings/states.js';
import { openRun } from '../dist/studies/open.js';
import { measureRecordings } from '../dist/synchrony/measure.js';
import { printTable } from './print-table.mjs';
import { run } from './run-child.mjs';

const PYTHON = process.env.INTERBRAIN_PYTHON ?? 'python3';
const PEER = fileURLToPath(new URL('precision_peer.py', import.meta.url));
const SEATS = ['A', 'B'];

/** Precisions that ONNX Runtime computes in here, and what they are made with. */
const OURS = {
  fp32: { dtype: 'fp32' },
  q8: { dtype: 'q8', activations: 'two-parts' },
  'w8 nearest': { dtype: 'w8a8', activations: 'two-parts' },
  w8a8: { dtype: 'w8a8' },
  'w4 nearest': { dtype: 'q4', activations: 'two-parts' },
  q4: { dtype: 'q4' },
};

/** Those that PyTorch computes in, with transformers. */
const PEERS = ['bf16', 'fp16'];

/** Every prompt of every recording, as token ids by seat; throws where one is not what was recorded. */
async function promptsOf(opened, name, tokenizer, recordings) {
  const words = opened.promptsOf(name);
  const all = [];
  for (const { interaction, seed, episode: path, states } of recordings) {
    const episode = await readEpisode(path);
    const encounter = opened.encounters.find((one) => one.interaction.id === interaction);
    const views = { A: viewOf(encounter, 'A'), B: viewOf(encounter, 'B') };
    const seats = { A: [], B: [] };
    for (const [i, { seat, promptTokens }] of episode.turns.entries()) {
      const said = episode.turns.slice(0, i).map(({ speaker, text }) => ({ speaker, text }));
      const tokens = tokenizer.encode(tokenizer.render(words.render('agent', views[seat], said)));
      if (tokens.length !== promptTokens)
        throw new Error(`${path}: turn ${i + 1} had ${promptTokens} tokens, not ${tokens.length}`);
      seats[seat].push(tokens);
    }
    all.push({ name: `${seed}/${interaction}`, interaction, seed, states, path, seats });
  }
  return all;
}

const fileOf = (folder, precision, { name }) => join(folder, precision, `${name}.safetensors`);

/** States of one seat, prompt after prompt; what a prompt shares with the one before is not read again. */
async function readSeat(engine, cache, prompts) {
  const states = [];
  let before = [];
  for (const prompt of prompts) {
    const past = Math.min(commonPrefix(prompt, before), prompt.length - 1);
    states.push((await engine.run(cache, past, prompt.slice(past))).states.slice());
    before = prompt;
  }
  return stackStates(states, engine.config);
}

async function readOurs(checkpoint, id, precision, episodes, folder) {
  const open = episodes.filter((one) => !existsSync(fileOf(folder, precision, one)));
  if (open.length === 0) return;
  const { dtype, activations } = OURS[precision];
  const prepared = await prepareWeights(checkpoint, dtype);
  const engine = await Engine.load(prepared, {
    threads: availableParallelism(),
    contextLength: Math.min(4096, checkpoint.config.maxPositions),
    smallestBatch: smallestBatch(prepared.weights),
    activations,
  });
  const cache = engine.createCache(Math.max(1, engine.smallestBatch));
  for (const one of open) {
    const [A, B] = [await readSeat(engine, cache, one.seats.A), await readSeat(engine, cache, one.seats.B)];
    await mkdir(dirname(fileOf(folder, precision, one)), { recursive: true });
    const { revision } = checkpoint;
    const metadata = { condition: precision, models: [id, id], revisions: [revision, revision] };
    await writeStates(fileOf(folder, precision, one), { A, B }, { ...metadata, promptsSha256: '' });
    process.stderr.write('.');
  }
  process.stderr.write(` ${precision}\n`);
  await engine.release();
}

async function readPeers(checkpoint, episodes, folder, precisions) {
  const wanted = precisions.filter((precision) =>
    episodes.some((one) => !existsSync(fileOf(folder, precision, one))),
  );
  if (wanted.length === 0) return;
  await mkdir(folder, { recursive: true });
  const prompts = join(folder, 'prompts.json');
  await writeFile(prompts, JSON.stringify(episodes.map(({ name, seats }) => ({ name, seats }))));
  await run(PYTHON, [PEER, checkpoint, prompts, folder, ...wanted], { quiet: false });
}

/** R² of a layer's states to those in float32, the mean over dimensions, as scikit-learn has it: 1 − SS_res / SS_tot. */
function layerR2(exact, found, hiddenSize) {
  const n = exact.length / hiddenSize;
  let sum = 0;
  for (let d = 0; d < hiddenSize; d++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += exact[i * hiddenSize + d] / n;
    let [residual, total] = [0, 0];
    for (let i = d; i < exact.length; i += hiddenSize) {
      residual += (exact[i] - found[i]) ** 2;
      total += (exact[i] - mean) ** 2;
    }
    sum += 1 - residual / total;
  }
  return sum / hiddenSize;
}

async function layerOf(files, layer) {
  const parts = [];
  for (const path of files) {
    const states = await openStates(path);
    for (const seat of SEATS) if (states[seat].rounds > 0) parts.push(await readLayer(states, seat, layer));
  }
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

async function r2ByLayer(exact, found, { layers, hiddenSize }) {
  const all = [];
  for (let layer = 0; layer < layers; layer++)
    all.push(layerR2(await layerOf(exact, layer), await layerOf(found, layer), hiddenSize));
  return all;
}

/** SyncR² of both directions with λ by cross-validation and three splits by interaction. */
async function syncR2Of(episodes, folder, precision) {
  const files = episodes
    .filter(({ seats }) => seats.A.length > 0 && seats.B.length > 0)
    .map((one) => ({
      interaction: one.interaction,
      seed: one.seed,
      episode: one.path,
      states: precision === undefined ? one.states : fileOf(folder, precision, one),
    }));
  const recordings = await openRecordings(files);
  const measured = [];
  for (const direction of ['A->B', 'B->A']) {
    const common = { condition: 'interactive', samples: 'all', lambda: ['cv'], testFraction: 0.2 };
    const options = { ...common, direction, intervals: false };
    const models = { sourceModel: 'model', targetModel: 'model' };
    const result = await measureRecordings(recordings, { ...options, ...models, splitSeeds: [0, 1, 2] });
    measured.push(result.syncR2.value);
  }
  return measured;
}

/** Which layers fall below a level, in words. */
function below(r2, level) {
  const layers = r2.flatMap((value, i) => (value < level ? [i + 1] : []));
  return layers.length === 0 ? 'none' : `${layers.length} of ${r2.length}`;
}

const digits = (value) => value.toFixed(4);

/**
 * @param {{ run: string, folder: string, precisions: string[], peers: boolean, most?: number }} options
 *   `run`: a run in which a model talked with itself in float32; `folder`: where states and prompts are kept; `most`:
 *   episodes that are read, the first ones
 */
export async function benchPrecision({ run: path, folder, precisions, peers, most }) {
  const opened = await openRun(path);
  const [order] = opened.orders;
  const [name] = order.names;
  const info = opened.infos.get(name);
  if (info.dtype !== 'fp32') throw new Error(`${path} was recorded in ${info.dtype}; record it in fp32`);
  const { path: checkpointPath, embedded } = opened.sources.get(name);
  const checkpoint = await openCheckpoint(checkpointPath ?? embeddedModelFolder(embedded, name));
  if (checkpoint.revision !== info.revision) throw new Error(`${path} was recorded with another checkpoint`);
  const tokenizer = createTokenizer(checkpoint);
  const recordings = await listRecordings(path, { models: order.names, condition: 'interactive' });
  const episodes = await promptsOf(opened, name, tokenizer, recordings.slice(0, most));
  const prompts = episodes.reduce((sum, { seats }) => sum + seats.A.length + seats.B.length, 0);
  console.log(
    `${info.id}: ${prompts} prompts of ${episodes.length} episodes, ${info.layers} layers of ${info.hiddenSize}\n`,
  );
  const asked = precisions.filter((one) => one in OURS || (peers && PEERS.includes(one)));
  for (const one of asked) if (one in OURS) await readOurs(checkpoint, info.id, one, episodes, folder);
  await readPeers(
    checkpoint.folder,
    episodes,
    folder,
    asked.filter((one) => PEERS.includes(one)),
  );
  const exact = episodes.map(({ states }) => states);
  const rows = [['recorded', '', '', '', ...(await syncR2Of(episodes, folder)).map(digits)]];
  const layers = [];
  for (const one of asked) {
    const r2 = await r2ByLayer(
      exact,
      episodes.map((episode) => fileOf(folder, one, episode)),
      info,
    );
    const mean = r2.reduce((sum, value) => sum + value, 0) / r2.length;
    const sync = await syncR2Of(episodes, folder, one);
    rows.push([one, digits(Math.min(...r2)), digits(mean), below(r2, 0.988), ...sync.map(digits)]);
    layers.push(`${one}: ${r2.map(digits).join(' ')}`);
  }
  printTable([['precision', 'lowest R²', 'mean R²', 'layers < 0.988', 'SyncR² A→B', 'SyncR² B→A'], ...rows]);
  console.log(`\nR² by layer, from the first\n\n${layers.join('\n')}`);
}
