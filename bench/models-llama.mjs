// llama.cpp's side of models.mjs, through node-llama-cpp: node bench/models-llama.mjs SPEC
// SPEC: { folder, shape, threads, rows, context, place }, `place`: the folder where node-llama-cpp is installed

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerLines, secondsOf, tokensFrom } from './contestant.mjs';
import { writeRandomGguf } from './gguf.mjs';
import { SHAPES } from './model-shapes.mjs';

const { folder, shape, threads, rows, context: contextSize, place } = JSON.parse(process.argv[2]);
const { vocab_size: vocabulary } = SHAPES[shape];
const entry = join(place, 'node_modules/node-llama-cpp/dist/index.js');
const { getLlama } = await import(pathToFileURL(entry).href);
const modelPath = join(folder, 'q8_0.gguf');
const state = join(folder, 'llama-state');
if (!existsSync(modelPath)) await writeRandomGguf(modelPath, SHAPES[shape]);

// The binary that npm brings, on the CPU alone: nothing is built and nothing downloaded.
const llama = await getLlama({
  build: 'never',
  gpu: false,
  skipDownload: true,
  maxThreads: threads,
  logLevel: 'error',
});
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ sequences: rows, contextSize, threads });
const sequences = Array.from({ length: rows }, () => context.getSequence());
let filled = 0;

/** Reads tokens and chooses the likeliest one to come. */
async function read(sequence, tokens) {
  const choose = { generateNext: { token: true, options: { temperature: 0 } } };
  const input = tokens.map((token, i) => (i < tokens.length - 1 ? token : [token, choose]));
  return (await sequence.controlledEvaluate(input)).at(-1).next.token;
}

async function prefill({ length, seed }) {
  await sequences[0].clearHistory();
  const tokens = tokensFrom(seed, length, vocabulary);
  return { seconds: await secondsOf(() => read(sequences[0], tokens)) };
}

async function fill({ context: length }) {
  for (const sequence of sequences) await sequence.clearHistory();
  await read(sequences[0], tokensFrom(1, length, vocabulary));
  await sequences[0].saveStateToFile(state);
  for (const sequence of sequences.slice(1)) await sequence.loadStateFromFile(state, { acceptRisk: true });
  filled = length;
  return {};
}

async function decode({ batch, steps }) {
  const speaking = sequences.slice(0, batch);
  let tokens = tokensFrom(7, batch, vocabulary);
  const seconds = [];
  for (let step = 0; step < steps; step++)
    seconds.push(
      await secondsOf(async () => {
        // What is asked for at once is computed together.
        tokens = await Promise.all(speaking.map((sequence, i) => read(sequence, [tokens[i]])));
      }),
    );
  for (const sequence of speaking)
    await sequence.eraseContextTokenRanges([{ start: filled, end: sequence.nextTokenIndex }]);
  return { seconds };
}

await answerLines({ ready: () => ({}), prefill, fill, decode });
await llama.dispose();
