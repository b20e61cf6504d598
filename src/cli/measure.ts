import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { createQuietReader } from './json-reader.ts';
import { measureAll } from './measure-all.ts';
import type { MeasureOptions } from './measure-direction.ts';
import { type Measured, measureDocument } from './measure-document.ts';
import { directionsIn } from './measure-sources.ts';
import { resultTable } from './summary.ts';
import { createTerminalReader } from './terminal-line.ts';

interface CommandOptions extends MeasureOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** `interbrain measure`: synchrony over recordings, whoever made them. */
export async function measure(folder: string, options: CommandOptions): Promise<void> {
  if (options.targets !== undefined && existsSync(join(folder, 'states')))
    throw new BadInput(folder, 'is a run, which knows its targets; --targets goes with a folder of states');
  const { stdout, stderr } = process;
  const out = options.out ?? join(folder, 'measured');
  const reader = options.json ? createQuietReader(stderr) : createTerminalReader(stdout, stderr);
  const places: (Measured | undefined)[] = [];
  const measured = () => places.filter((one) => one !== undefined);
  const results = () => measured().map(({ result }) => result);
  const table = () => `${resultTable(results(), stdout.columns)}\nR² of all layer pairs: ${out}\n`;
  try {
    await interruptible(reader, 'Stopped.', async (signal) => {
      const directions = await directionsIn(folder, options, reader.on);
      await measureAll({ folder, out, options, directions, on: reader.on, signal }, places);
    });
  } catch (error) {
    if (error instanceof Interrupted && !options.json && places.length > 0) stdout.write(table());
    throw error;
  }
  stdout.write(options.json ? `${JSON.stringify(measureDocument(folder, measured()))}\n` : table());
}
