// A process that measures directions for `interbrain measure`, one after the other, as it is told; it ends with the process
// that started it.

import { systemProblem } from '../files/file-problem.ts';
import { packError } from '../files/packed-error.ts';
import { DirectionMeasurer } from './measure-direction.ts';
import type { MeasureOrder, MeasureWord } from './measure-helper.ts';
import { directionsIn, type OpenDirection } from './measure-sources.ts';

const stop = new AbortController();
/** To nobody, if the first process has ended. */
const say = (word: MeasureWord) => process.send?.(word, undefined, undefined, () => {});
let measurer: DirectionMeasurer | undefined;
let directions: readonly OpenDirection[] = [];

async function obey(order: MeasureOrder): Promise<MeasureWord | undefined> {
  if (order.what === 'open') {
    // What there is to warn of, the first process says.
    directions = await directionsIn(order.folder, order.options, () => {});
    measurer = new DirectionMeasurer(order.out, order.options);
    return { what: 'ready', directions: directions.length };
  }
  const direction = directions[order.direction];
  if (measurer === undefined || direction === undefined) return { what: 'ready', directions: 0 };
  const onProgress = ({ done }: { done: number }) => say({ what: 'progress', done });
  const { file } = await measurer.measure(direction, { onProgress, signal: stop.signal });
  return { what: 'measured', file };
}

process.on('message', async (order: MeasureOrder) => {
  try {
    const word = await obey(order);
    if (word) say(word);
  } catch (thrown) {
    if (stop.signal.aborted) process.exit(1);
    say({ what: 'failed', error: packError(systemProblem(thrown) ?? thrown) });
  }
});

// Ctrl-C is the first process's to deal with; without it there is nothing to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => {
  stop.abort();
  // What was begun on the disk is put away first.
  setTimeout(() => process.exit(1), 2000).unref();
});
