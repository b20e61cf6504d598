// How much faster two workers are than one: a study made through a queue by one worker with one thread, and by two such,
// in turns. A ratio; on a machine that does something else meanwhile it says more of that.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { median, printTable } from './print-table.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const MAIN = resolve(import.meta.dirname, '../dist/cli/main.js');
const PORT = 26_379;
const QUEUE = `redis://127.0.0.1:${PORT}`;

const studyText = (interactions) => `name: bench
models: { llama: { embedded: toy-llama }, mistral: { embedded: toy-mistral } }
pairs: [[llama, mistral]]
scenarios: embedded
simulation: { seeds: [0, 1], rounds: 6, maxNewTokens: 40, interactions: ${interactions} }
conditions: [interactive, passive, lag-1]
synchrony: { samples: all }
`;

const interbrain = (args, cwd, stdout) =>
  spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', stdout, 'inherit'] });

/** Seconds of each stage, by name, with so many workers. */
async function makeWith(workers, parent, interactions) {
  const folder = join(parent, `${workers}-${process.hrtime.bigint()}`);
  await mkdir(folder, { recursive: true });
  writeFileSync(join(folder, 'study.yaml'), studyText(interactions));
  const all = Array.from({ length: workers }, () =>
    interbrain(['worker', '--queue', QUEUE, '--threads', '1'], folder, 'ignore'),
  );
  const ends = all.map((one) => once(one, 'exit'));
  const run = interbrain(['run', 'study.yaml', '--queue', QUEUE, '--json'], folder, 'pipe');
  const took = new Map();
  const seconds = {};
  for await (const line of createInterface({ input: run.stdout })) {
    const event = JSON.parse(line);
    // Programs start and models load before; that is not shared out.
    const { stage } = event;
    if (event.type === 'worker' && event.does === 'took' && !took.has(stage)) took.set(stage, event.time);
    if (event.type === 'stage-ends')
      seconds[stage] = (Date.parse(event.time) - Date.parse(took.get(stage) ?? event.time)) / 1000;
  }
  await Promise.all(ends);
  return seconds;
}

export async function benchQueue({ folder, interactions, repeats }) {
  await withTemporaryFolder(folder, async (parent) => {
    const redis = spawn('redis-server', ['--port', String(PORT), '--save', '', '--dir', parent], {
      stdio: 'ignore',
    });
    try {
      const rounds = [];
      for (let i = 0; i < repeats; i++)
        rounds.push([await makeWith(1, parent, interactions), await makeWith(2, parent, interactions)]);
      const stages = Object.keys(rounds[0][0]);
      const sum = (seconds) => Object.values(seconds).reduce((all, one) => all + one, 0);
      const row = (name, of) => {
        const ratios = rounds.map(([one, two]) => of(one) / of(two));
        // What took no time that could be measured has no ratio.
        const text = (ratio) => (Number.isFinite(ratio) ? ratio.toFixed(2) : '–');
        return [name, ...ratios.map(text), text(median(ratios))];
      };
      printTable([
        ['one worker / two', ...rounds.map((_, i) => `round ${i + 1}`), 'median'],
        ...stages.map((stage) => row(stage, (seconds) => seconds[stage])),
        row('all', sum),
      ]);
      console.log(`${cpus().length} cores, load average ${loadavg()[0].toFixed(1)} at the end`);
    } finally {
      redis.kill();
    }
  });
}
