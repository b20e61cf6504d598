import { basename, join, resolve } from 'node:path';
import Table from 'cli-table3';
import { BadInput } from '../errors.ts';
import type { AbilityResult } from '../evaluation/ability-files.ts';
import type { Score } from '../evaluation/ability-score.ts';
import { checkDtype } from '../models/onnx/dtype.ts';
import { loadModel } from '../models/sources.ts';
import { toFileName } from '../recordings/layout.ts';
import { BENCHMARKS } from '../studies/ability-settings.ts';
import { tellQuantizing } from '../studies/preparing.ts';
import { openBenchmark } from '../studies/stages/abilities.ts';
import { findFolder } from './find-model.ts';
import { interruptible } from './interrupt.ts';
import { createTerminalReader } from './terminal-line.ts';

interface AbilityOptions {
  readonly data?: string;
  readonly limit?: number;
  readonly dtype: string;
  readonly threads?: number;
  readonly out: string;
}

/** `interbrain ability`: one benchmark, one model. */
export async function ability(name: string, model: string, options: AbilityOptions): Promise<void> {
  const benchmark = BENCHMARKS.find((known) => known.toLowerCase() === name.toLowerCase());
  if (benchmark === undefined)
    throw new BadInput(name, `is no ability test; there are ${BENCHMARKS.join(' and ')}`);
  const dtype = checkDtype('--dtype', options.dtype);
  const test = await openBenchmark(benchmark, options.data);
  const reader = createTerminalReader(process.stderr, process.stderr);
  const folder = await findFolder(model, reader);
  const id = folder === model ? basename(resolve(model)) : model;
  const path = join(options.out, benchmark, `${toFileName(id)}.json`);
  const { limit, threads } = options;
  const stopped = `Stopped. What is answered is in ${path}; the same command goes on.`;
  const result = await interruptible(reader, stopped, async (signal) => {
    const onQuantize = tellQuantizing(reader.on, id);
    const loaded = await loadModel({ path: folder, id, dtype }, { onQuantize, threads, signal });
    try {
      const onProgress = (progress: { done: number; total: number; skipped: number }) =>
        reader.on({ type: 'progress', stage: 'ability', unit: `${benchmark} ${id}`, ...progress });
      return await test(loaded, { path, limit, signal, onProgress });
    } finally {
      await loaded.dispose();
    }
  });
  process.stdout.write(`${summary(result)}\nEvery answer: ${path}\n`);
}

function summary(result: AbilityResult): string {
  const table = new Table({ head: ['score', 'value ± SE', 'n'], style: { head: [], border: [] } });
  const row = (name: string, { value, standardError, n }: Score) =>
    table.push([
      name,
      standardError === null ? value.toFixed(3) : `${value.toFixed(3)} ± ${standardError.toFixed(3)}`,
      n,
    ]);
  for (const [name, score] of Object.entries(result.scores)) row(name, score);
  if (result.benchmark === 'MuSR')
    for (const { task, accuracy, accuracyPerCharacter } of result.tasks) {
      row(`${task}: accuracy`, accuracy);
      row(`${task}: accuracyPerCharacter`, accuracyPerCharacter);
    }
  const { chosen, cut, data, method, model } = result;
  const lines = [
    `${result.benchmark}, ${chosen} of ${data.entries} entries of ${data.source}; ${method}`,
    ...(cut > 0 ? [`${cut} prompts did not fit into the context and lost their beginning.`] : []),
    ...(model.toy
      ? ['The embedded models are toys: these numbers say nothing about language models that people use.']
      : []),
  ];
  return `${table.toString()}\n${lines.join('\n')}`;
}
