// npm run bench -- synchrony [--sizes small,medium,paper] [--no-growth] [--no-peers] [--memory GB] [--folder DIR]
// npm run bench -- sizes [--repeats N] [--out DIR] [--folder DIR]     draws DIR/sizes.svg and sizes.png
// npm run bench -- real FOLDER… [--repeats N] [--memory GB] [--folder DIR]     FOLDER: runs/NAME/states/PAIR/interactive/SEED
// npm run bench -- measure [--episodes N] [--split-seeds LIST] [--memory GB] [--folder DIR]
// npm run bench -- nonlinear [--repeats N] [--no-peers]
// npm run bench -- models [--shape 135M,1B] [--dtype w8a8,q8,fp32] [--peer llama,transformers] [--episode 135M]
//     [--spin MICROSECONDS] [--repeats N] [--folder DIR]     --episode: shapes that whole episodes are played with
// npm run bench -- readings [FOLDER…] [--dtype q8] [--interactions N] [--seeds N] [--styles chat]
// npm run bench -- talk FOLDER… [--styles transcript,chat,chat=mine.yaml] [--sotopia DIR] [--interactions N] [--rounds N]
//     [--seed N] [--dtype q8] [--transcripts N] [--folder DIR]     --folder: keeps what was played, and goes on from it
// npm run bench -- precision RUN --folder DIR [--precisions bf16,q8] [--no-peers] [--episodes N]
// npm run bench -- queue [--interactions N] [--repeats N] [--folder DIR]     needs redis-server
// npm run bench -- page [RUN] [--episodes N] [--repeats N]     needs Chromium; a run adds what its report weighs
// npm run bench -- servers --rates READ,ALONE,TOGETHER,ROWS [--servers 1,8]     tokens/s, as interbrain estimate measures them
//
// The peers run in Python: the environment variable INTERBRAIN_PYTHON names it, `python3` by default.

import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    sizes: { type: 'string', default: 'small,medium,paper' },
    growth: { type: 'boolean', default: true },
    peers: { type: 'boolean', default: true },
    memory: { type: 'string' },
    folder: { type: 'string' },
    episodes: { type: 'string' },
    episode: { type: 'string', default: '135M' },
    'split-seeds': { type: 'string', default: '0,1,2' },
    repeats: { type: 'string' },
    shape: { type: 'string', default: '135M,1B' },
    dtype: { type: 'string' },
    spin: { type: 'string' },
    styles: { type: 'string', default: 'transcript,chat' },
    sotopia: { type: 'string' },
    interactions: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '8' },
    seed: { type: 'string', default: '0' },
    transcripts: { type: 'string', default: '10' },
    precisions: { type: 'string', default: 'bf16,fp16,q8,w8 nearest,w8a8,w4 nearest,q4' },
    peer: { type: 'string', default: 'llama,transformers' },
    out: { type: 'string', default: '.cache/bench' },
    rates: { type: 'string', default: '706,25.5,87.2,8' },
    servers: { type: 'string', default: '1,8' },
  },
});

const [what, ...folders] = positionals;
const list = (text) => text.split(',').filter((name) => name !== '');
const common = { folder: values.folder, memory: values.memory && Number(values.memory) * 1e9 };
try {
  if (what === 'synchrony') {
    const { benchSynchrony } = await import('./synchrony.mjs');
    await benchSynchrony({
      ...common,
      sizes: list(values.sizes),
      growth: values.growth,
      peers: values.peers,
    });
  } else if (what === 'sizes') {
    const { benchSizes } = await import('./sizes.mjs');
    await benchSizes({ folder: values.folder, repeats: Number(values.repeats ?? 3), out: values.out });
  } else if (what === 'real') {
    const { benchRealStates } = await import('./real-states.mjs');
    await benchRealStates({ ...common, states: folders, repeats: Number(values.repeats ?? 3) });
  } else if (what === 'measure') {
    const { benchMeasure } = await import('./measure.mjs');
    const episodes = Number(values.episodes ?? 1350);
    await benchMeasure({ ...common, episodes, splitSeeds: values['split-seeds'] });
  } else if (what === 'nonlinear') {
    const { benchNonlinear } = await import('./nonlinear.mjs');
    await benchNonlinear({ repeats: Number(values.repeats ?? 5), peers: values.peers });
  } else if (what === 'readings') {
    const { benchReadings } = await import('./readings.mjs');
    await benchReadings({
      models: folders,
      dtype: values.dtype,
      interactions: Number(values.interactions ?? 4),
      seeds: Number(values.seeds),
      style: values.styles === 'transcript' ? 'transcript' : 'chat',
    });
  } else if (what === 'precision') {
    const { benchPrecision } = await import('./precision.mjs');
    if (folders.length !== 1 || !values.folder)
      throw new Error('bench precision takes a run, and --folder for the states of every precision');
    const { folder, peers } = values;
    const most = values.episodes && Number(values.episodes);
    await benchPrecision({ run: folders[0], folder, precisions: list(values.precisions), peers, most });
  } else if (what === 'talk') {
    const { benchTalk } = await import('./talk.mjs');
    await benchTalk({
      folder: values.folder,
      models: folders,
      styles: list(values.styles),
      sotopia: values.sotopia,
      interactions: Number(values.interactions ?? 60),
      rounds: Number(values.rounds),
      seed: Number(values.seed),
      dtype: values.dtype,
      transcripts: Number(values.transcripts),
    });
  } else if (what === 'queue') {
    const { benchQueue } = await import('./queue.mjs');
    await benchQueue({
      folder: values.folder,
      interactions: Number(values.interactions ?? 60),
      repeats: Number(values.repeats ?? 3),
    });
  } else if (what === 'page') {
    const { benchPage } = await import('./page.mjs');
    await benchPage({
      folder: values.folder,
      episodes: Number(values.episodes ?? 10_000),
      repeats: Number(values.repeats ?? 5),
      run: folders[0],
    });
  } else if (what === 'servers') {
    const { benchServers } = await import('./servers.mjs');
    const [read, alone, together, rows] = list(values.rates).map(Number);
    benchServers({ rate: { read, alone, together, rows }, servers: list(values.servers).map(Number) });
  } else if (what === 'models') {
    const { benchModels } = await import('./models.mjs');
    await benchModels({
      ...common,
      shapes: list(values.shape),
      dtypes: list(values.dtype ?? 'w8a8,fp32'),
      peers: values.peers ? list(values.peer) : [],
      episodes: list(values.episode),
      repeats: values.repeats && Number(values.repeats),
      spin: values.spin && Number(values.spin),
    });
  } else {
    throw new Error(
      'npm run bench -- synchrony (the measure and its peers), real (the measure on recorded states), measure (a folder, end to end), nonlinear (training of a network and its peer), models (how fast they read and speak), readings (beside their episodes), talk (how well models talk), precision (how true states are), page (the explorer with ten thousand conversations), queue (two workers against one), or servers (how long the paper’s episodes take)',
    );
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
