// How fast models read and speak, against llama.cpp (Q8_0, through node-llama-cpp) and transformers (PyTorch, float32):
// the same shapes and threads, random weights, keys and values that a real prompt has left. All take turns, so that
// what else the machine does hits all of them; a ratio is the median over the turns of what two did one after the other.

import { existsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.mjs';
import { SHAPES, writeRandomCheckpoint } from './model-shapes.mjs';
import { median, printTable } from './print-table.mjs';
import { run } from './run-child.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const PYTHON = process.env.INTERBRAIN_PYTHON ?? 'python3';
/** Where `npm install` has put node-llama-cpp; docs/benchmarks.md says how. */
const LLAMA = resolve(process.env.INTERBRAIN_LLAMA ?? '.cache/bench');

const PROMPT = 700;
/** Tokens that everybody reads before anything counts. */
const WARM_UP = 64;
const BATCHES = [1, 8, 16];
const CONTEXTS = [64, 700];
/** Of every turn; the first is not counted, since the other's weights are still in the caches. */
const STEPS = 4;
/** Turns by shape: a prompt of the larger one takes ten times as long. */
const TURNS = { '135M': 5, '1B': 3 };
/** An episode as docs/method.md §2 has it, with lengths in tokens. */
const EPISODE = { rounds: 8, first: PROMPT, utterance: 60, opening: 8 };
const EPISODE_CONTEXT = 2048;
/** Episodes that are played at once. */
const EPISODES = [1, 8];

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @param {{ folder: string, shapes: string[], dtypes: string[], peers: string[], episodes: string[],
 *   repeats: number | undefined, spin: number | undefined }} options
 *   `episodes`: shapes that whole episodes are played with; `spin`: as in `EngineOptions`
 */
export async function benchModels(options) {
  check('shape', options.shapes, Object.keys(SHAPES));
  check('shape', options.episodes, Object.keys(SHAPES));
  check('dtype', options.dtypes, ['fp32', 'q8', 'w8a8']);
  check('peer', options.peers, ['llama', 'transformers']);
  if (options.repeats !== undefined && !(options.repeats >= 1))
    throw new Error(`${options.repeats} repeats: it takes at least 1`);
  const threads = availableParallelism();
  console.log(`${cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}`);
  const peers = await availablePeers(options.peers);
  for (const shape of options.shapes)
    await withTemporaryFolder(options.folder, async (folder) => {
      await writeRandomCheckpoint(folder, shape);
      const turns = options.repeats ?? TURNS[shape];
      const spec = { folder, shape, threads, rows: Math.max(...BATCHES), context: 1024, spin: options.spin };
      const title = `${SHAPES[shape].title}'s shape, turns: ${turns}`;
      console.log(`\n## ${title} (load ${loadavg()[0].toFixed(1)} at the start)\n`);
      await compare(spec, options.dtypes, peers, turns);
      if (options.episodes.includes(shape)) await compareEpisodes(spec, options.dtypes, options.repeats);
      await printStates(spec, options.dtypes);
      console.log(`load ${loadavg()[0].toFixed(1)} at the end`);
    });
}

function check(what, given, known) {
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no ${what} ${unknown.join(', ')}; known are ${known.join(', ')}`);
}

/** A peer that is not installed is left out, and it is said how to get it. */
async function availablePeers(names) {
  const found = [];
  for (const name of names) {
    try {
      if (name === 'llama' && !existsSync(join(LLAMA, 'node_modules/node-llama-cpp')))
        throw new Error(`no node-llama-cpp in ${LLAMA}; docs/benchmarks.md says how to install it`);
      if (name === 'transformers') await run(PYTHON, [script('models_peer.py'), '--check']);
      found.push(name);
    } catch ({ message }) {
      console.log(`without ${name}: ${message}`);
    }
  }
  return found;
}

function start(name, spec) {
  // Threads of GCC's and of Intel's OpenMP would otherwise spin while it is another's turn.
  const env = { ...process.env, INTERBRAIN_CACHE: join(spec.folder, 'cache'), OMP_WAIT_POLICY: 'PASSIVE' };
  if (name === 'llama')
    return new Contestant(
      process.execPath,
      [script('models-llama.mjs'), JSON.stringify({ ...spec, place: LLAMA })],
      env,
    );
  if (name === 'transformers') {
    const { title, ...config } = SHAPES[spec.shape];
    return new Contestant(PYTHON, [script('models_peer.py'), JSON.stringify({ ...spec, config })], env);
  }
  return new Contestant(
    process.execPath,
    [script('models-ours.mjs'), JSON.stringify({ ...spec, dtype: name })],
    env,
  );
}

/** Starts programs, hands them to `use`, and ends them. */
async function withContestants(names, spec, use) {
  const contestants = new Map();
  try {
    // One after the other: a load takes more memory than what stays.
    for (const name of names) {
      contestants.set(name, start(name, spec));
      await contestants.get(name).ask({ what: 'ready' });
    }
    return await use(contestants);
  } finally {
    for (const contestant of contestants.values()) await contestant.close();
  }
}

async function compare(spec, dtypes, peers, turns) {
  const rows = await withContestants([...dtypes, ...peers], spec, async (contestants) => {
    const prefill = { label: `prefill, ${PROMPT} tokens`, rates: emptyRates(contestants) };
    await takeTurns(contestants, turns, [prefill], async (contestant, _, turn) => {
      const length = turn === 0 ? WARM_UP : PROMPT;
      const { seconds } = await contestant.ask({ what: 'prefill', length, seed: turn });
      return length / seconds;
    });
    const rows = [prefill];
    for (const context of CONTEXTS) {
      for (const contestant of contestants.values()) await contestant.ask({ what: 'fill', context });
      const decodes = BATCHES.map((batch) => ({
        label: `decode, ${batch} × ${context} tokens`,
        context,
        batch,
        rates: emptyRates(contestants),
      }));
      await takeTurns(contestants, turns, decodes, async (contestant, { batch }) => {
        const { seconds } = await contestant.ask({ what: 'decode', batch, steps: STEPS + 1 });
        return batch / median(seconds.slice(1));
      });
      rows.push(...decodes);
    }
    return rows;
  });
  printResults(rows, dtypes, peers);
}

const emptyRates = (contestants) => new Map([...contestants.keys()].map((name) => [name, []]));

/** Fills in the rates of every row, one after the other in each turn; a turn before the first warms everything up. */
async function takeTurns(contestants, turns, rows, measure) {
  for (let turn = 0; turn <= turns; turn++) {
    for (const row of rows)
      for (const [name, contestant] of contestants) {
        const rate = await measure(contestant, row, turn);
        if (turn > 0) row.rates.get(name).push(rate);
      }
    // Minutes may go by before the table; it does not belong to it.
    console.error(`${rows.map(({ label }) => label).join('; ')}: turn ${turn} of ${turns}`);
  }
}

const ratio = (ours, theirs) => median(ours.map((rate, turn) => rate / theirs[turn]));
const times = (value) => `${value.toFixed(2)} ×`;

function printResults(rows, dtypes, peers) {
  // Weights in float32 against weights in 8 bits would compare nothing.
  const pairs = dtypes.flatMap((dtype) =>
    peers.filter((peer) => dtype !== 'fp32' || peer !== 'llama').map((peer) => [dtype, peer]),
  );
  const header = [
    'tokens/s',
    ...dtypes,
    ...peers,
    ...pairs.map((pair) => pair.join(' / ')),
    ...dtypes.map((dtype) => `${dtype}, to batch 1`),
  ];
  const lines = rows.map(({ label, context, batch, rates }) => {
    const single = rows.find((row) => row.context === context && row.batch === 1);
    return [
      label,
      ...[...dtypes, ...peers].map((name) => median(rates.get(name)).toFixed(1)),
      ...pairs.map(([dtype, peer]) => times(ratio(rates.get(dtype), rates.get(peer)))),
      ...dtypes.map((dtype) => (batch > 1 ? times(ratio(rates.get(dtype), single.rates.get(dtype))) : '')),
    ];
  });
  printTable([header, ...lines]);
}

/** Whole episodes with and without prefix reuse; of the seconds of one alone, how many went to reading prompts. */
async function compareEpisodes(spec, dtypes, repeats = 1) {
  const rows = [['episodes', 'with prefix reuse', 'without', 'ratio', 'prompts alone']];
  await withContestants(dtypes, { ...spec, context: EPISODE_CONTEXT }, async (contestants) => {
    for (const [dtype, contestant] of contestants)
      for (const together of EPISODES) {
        const [reused, anew] = [[], []];
        for (let turn = 0; turn < repeats; turn++) {
          const asked = { what: 'episodes', together, ...EPISODE };
          reused.push(await contestant.ask({ ...asked, reuse: true }));
          anew.push(await contestant.ask({ ...asked, reuse: false }));
        }
        const of = (taken, part) => taken.map((times) => times[part]);
        const alone = together === 1;
        const cell = (taken) =>
          `${median(of(taken, 'seconds')).toFixed(1)} s${alone ? ` (${median(of(taken, 'reading')).toFixed(1)} s of reading)` : ''}`;
        const part = (which) => times(ratio(of(anew, which), of(reused, which)));
        const label = `${dtype}, ${alone ? 'one alone' : `${together} at once`}`;
        rows.push([label, cell(reused), cell(anew), part('seconds'), alone ? part('reading') : '']);
      }
  });
  console.log('');
  printTable(rows);
}

async function printStates(spec, dtypes) {
  console.log('');
  for (const dtype of dtypes) {
    const { share, nodes, runs } = await withContestants([dtype], { ...spec, profile: true }, (contestants) =>
      contestants.get(dtype).ask({ what: 'statesShare', length: PROMPT, steps: 8 }),
    );
    console.log(
      `recording the states, ${dtype}: ${(100 * share).toFixed(2)} % of the time (${nodes} nodes in ${runs} runs)`,
    );
  }
}
