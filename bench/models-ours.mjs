// interbrain's side of models.mjs: node bench/models-ours.mjs SPEC
// SPEC: { folder, shape, dtype, threads, rows, context, spin?, profile? }

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Engine } from '../dist/models/onnx/engine.js';
import { Scheduler } from '../dist/models/onnx/scheduler.js';
import { quantizeCheckpoint } from '../dist/models/onnx/weights-cache.js';
import { sampleToken } from '../dist/models/sampling.js';
import { createRandom } from '../dist/numerics/random.js';
import { answerLines, secondsOf, tokensFrom } from './contestant.mjs';
import { openRandomCheckpoint } from './model-shapes.mjs';

const PROFILE = 'profile';
const { folder, shape, dtype, threads, rows, context, spin, profile } = JSON.parse(process.argv[2]);
if (profile) profileSessions(join(folder, PROFILE));
const opened = await openRandomCheckpoint(folder, shape);
const checkpoint = dtype === 'fp32' ? opened : await quantizeCheckpoint(opened, dtype);
const activations = dtype === 'q8' ? 'two-parts' : 'rounded';
const engine = await Engine.load(checkpoint, { threads, contextLength: context, spin, activations });
const vocabulary = checkpoint.config.vocabSize;
const cache = engine.createCache(rows);
const random = createRandom('bench');
let filled = 0;

/** ONNX Runtime writes down how long each node took. */
function profileSessions(prefix) {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { InferenceSession } = createRequire(import.meta.url)('onnxruntime-node');
  const create = InferenceSession.create.bind(InferenceSession);
  InferenceSession.create = (graph, options) =>
    create(graph, { ...options, enableProfiling: true, profileFilePrefix: prefix });
}

/** One prompt is read, and what it left in its row is copied into the others: other memory, other pages. */
async function fill({ context: length }) {
  await engine.run(cache, 0, tokensFrom(1, length, vocabulary));
  for (const { data } of Object.values(cache.bind(0, rows).feeds)) {
    const size = data.length / rows;
    for (let row = 1; row < rows; row++) data.copyWithin(row * size, 0, size);
  }
  filled = length;
  return {};
}

async function decode({ batch, steps }) {
  let tokens = tokensFrom(7, batch, vocabulary);
  const seconds = [];
  for (let step = 1; step <= steps; step++)
    seconds.push(
      await secondsOf(async () => {
        const outputs = await engine.step(cache, tokens, new Array(batch).fill(filled + step));
        tokens = outputs.map(({ logits }) => sampleToken(logits, 0, random));
      }),
    );
  return { seconds };
}

const prefill = async ({ length, seed }) => ({
  seconds: await secondsOf(async () => {
    const { logits } = await engine.run(cache, 0, tokensFrom(seed, length, vocabulary));
    sampleToken(logits, 0, random);
  }),
});

/** An agent reads its prompt, of which it knows the first `kept` tokens, and speaks. Returns the seconds of reading. */
async function turn(scheduler, sequence, prompt, kept, utterance) {
  scheduler.hold(sequence);
  let logits;
  const reading = await secondsOf(async () => {
    ({ logits } = await scheduler.read(sequence, kept, prompt.slice(kept)));
  });
  for (let i = 1; i < utterance; i++) {
    const token = sampleToken(logits, 0.7, random);
    ({ logits } = await scheduler.read(sequence, sequence.tokens.length, [token]));
  }
  scheduler.release(sequence);
  return reading;
}

/**
 * Episodes at once, each of eight rounds of two agents: each prompt goes on with what both have said since the agent's
 * last one, and ends with the few tokens by which a template opens a reply, which the next prompt does not have there.
 */
async function episodes({ together, rounds, first, utterance, opening, reuse }) {
  const scheduler = new Scheduler(engine, 2 * together);
  const text = tokensFrom(5, first + 2 * rounds * utterance, vocabulary);
  const ends = tokensFrom(6, opening, vocabulary);
  // Neighbours in the batch are those who speak at the same time, as if either model had an engine of its own.
  const sequences = Array.from({ length: 2 * together }, () => scheduler.open());
  let reading = 0;
  const play = async (number) => {
    const agents = [0, 1].map((seat) => ({ sequence: sequences[seat * together + number], kept: 0 }));
    for (let spoken = 0; spoken < 2 * rounds; spoken++) {
      const agent = agents[spoken % 2];
      const length = first + spoken * utterance;
      const prompt = [...text.slice(0, length), ...ends];
      reading += await turn(scheduler, agent.sequence, prompt, reuse ? agent.kept : 0, utterance);
      agent.kept = length;
    }
  };
  const seconds = await secondsOf(() => Promise.all(Array.from({ length: together }, (_, i) => play(i))));
  for (const sequence of sequences) scheduler.close(sequence);
  return { seconds, reading };
}

/** How much of the time of all runs went to the nodes that only the recorded states need, 0 to 1. Ends the engine. */
async function statesShare({ length, steps }) {
  await fill({ context: length });
  await decode({ batch: 1, steps });
  await decode({ batch: rows, steps });
  await engine.release();
  const [name] = readdirSync(folder).filter((file) => file.startsWith(PROFILE));
  const events = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  rmSync(join(folder, name));
  const runs = events.filter((event) => event.name === 'model_run');
  const total = runs.reduce((sum, { dur }) => sum + dur, 0);
  const ofStates = events.filter((event) =>
    /^(Gather:state\.\d+|Concat:states)_kernel_time$/.test(event.name),
  );
  return {
    share: ofStates.reduce((sum, { dur }) => sum + dur, 0) / total,
    nodes: ofStates.length,
    runs: runs.length,
  };
}

await answerLines({ ready: () => ({}), prefill, fill, decode, episodes, statesShare });
