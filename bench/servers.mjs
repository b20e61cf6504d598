// How long the paper's episodes take on servers whose rates were measured, by the simulation that `interbrain estimate
// --servers` makes; simulate-servers.ts says what it assumes.

import { resolve } from 'node:path';
import { printTable } from './print-table.mjs';

const { simulateServers } = await import(resolve(import.meta.dirname, '../dist/studies/simulate-servers.js'));

/** 6 models: 15 pairs of two and 6 of a model with itself; 450 interactions × 3 seeds. */
const PAIRS = { unlike: 15, alike: 6 };
const EPISODES = 1350;
/** What a turn is taken to read anew and to speak, and turns of an episode: 8 rounds. */
const TURN = { turns: 16, read: 150, spoken: 50 };
/** Layers and hidden size of models whose states are counted. */
const SHAPES = [
  [30, 576],
  [32, 4096],
];

/** @param rate tokens per second read, spoken by one reply, and spoken by `rows` together */
export function benchServers({ rate, servers }) {
  const days = (episodes, count) => {
    const study = { episodes, ...TURN, rate, atOnce: rate.rows };
    return (simulateServers(study, count) / 86_400).toFixed(1);
  };
  const orders = [
    ['one seat order', PAIRS.unlike + PAIRS.alike],
    ['both seat orders', 2 * PAIRS.unlike + PAIRS.alike],
  ];
  const bytes = ([layers, width], turns) => `${((4 * layers * width * turns) / 1e9).toFixed(0)} GB`;
  printTable([
    [
      'episodes',
      ...servers.map((count) => `days on ${count}`),
      'tokens read',
      'spoken',
      ...SHAPES.map(([layers, width]) => `states of ${layers} × ${width}`),
    ],
    ...orders.map(([name, count]) => {
      const episodes = count * EPISODES;
      const turns = episodes * TURN.turns;
      return [
        `${name}: ${episodes}`,
        ...servers.map((one) => days(episodes, one)),
        `${((turns * TURN.read) / 1e6).toFixed(0)} M`,
        `${((turns * TURN.spoken) / 1e6).toFixed(0)} M`,
        ...SHAPES.map((shape) => bytes(shape, turns)),
      ];
    }),
  ]);
  console.log(
    `${TURN.turns} turns of an episode, of which each reads ${TURN.read} tokens anew and speaks ${TURN.spoken}; ${rate.rows} requests at once; every server has every model`,
  );
}
