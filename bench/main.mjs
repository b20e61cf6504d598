// npm run bench -- synchrony [--sizes small,medium,paper] [--no-growth] [--no-peers] [--memory GB] [--folder DIR]
// npm run bench -- measure [--episodes N] [--split-seeds LIST] [--memory GB] [--folder DIR]
// npm run bench -- nonlinear [--repeats N] [--no-peers]
// npm run bench -- models [--shape 135M,1B] [--dtype q8,fp32] [--peer llama,transformers] [--episode 135M]
//     [--spin MICROSECONDS] [--repeats N] [--folder DIR]     --episode: shapes that whole episodes are played with
// npm run bench -- talk FOLDER… [--styles transcript,chat,chat=mine.yaml] [--sotopia DIR] [--interactions N] [--rounds N]
//     [--seed N] [--dtype q8] [--transcripts N] [--folder DIR]     --folder: keeps what was played, and goes on from it
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
    episodes: { type: 'string', default: '1350' },
    episode: { type: 'string', default: '135M' },
    'split-seeds': { type: 'string', default: '0,1,2' },
    repeats: { type: 'string' },
    shape: { type: 'string', default: '135M,1B' },
    dtype: { type: 'string' },
    spin: { type: 'string' },
    styles: { type: 'string', default: 'transcript,chat' },
    sotopia: { type: 'string' },
    interactions: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '8' },
    seed: { type: 'string', default: '0' },
    transcripts: { type: 'string', default: '10' },
    peer: { type: 'string', default: 'llama,transformers' },
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
  } else if (what === 'measure') {
    const { benchMeasure } = await import('./measure.mjs');
    const episodes = Number(values.episodes);
    await benchMeasure({ ...common, episodes, splitSeeds: values['split-seeds'] });
  } else if (what === 'nonlinear') {
    const { benchNonlinear } = await import('./nonlinear.mjs');
    await benchNonlinear({ repeats: Number(values.repeats ?? 5), peers: values.peers });
  } else if (what === 'talk') {
    const { benchTalk } = await import('./talk.mjs');
    await benchTalk({
      folder: values.folder,
      models: folders,
      styles: list(values.styles),
      sotopia: values.sotopia,
      interactions: Number(values.interactions),
      rounds: Number(values.rounds),
      seed: Number(values.seed),
      dtype: values.dtype,
      transcripts: Number(values.transcripts),
    });
  } else if (what === 'models') {
    const { benchModels } = await import('./models.mjs');
    await benchModels({
      ...common,
      shapes: list(values.shape),
      dtypes: list(values.dtype ?? 'q8,fp32'),
      peers: values.peers ? list(values.peer) : [],
      episodes: list(values.episode),
      repeats: values.repeats && Number(values.repeats),
      spin: values.spin && Number(values.spin),
    });
  } else {
    throw new Error(
      'npm run bench -- synchrony (the measure and its peers), measure (a folder, end to end), nonlinear (training of a network and its peer), or models (how fast they read and speak)',
    );
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
