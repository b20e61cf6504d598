// Preliminary synchrony of a run under way: looked at when a share of the conversations is there, by a process of low
// priority. What it finds is told to whoever watches, and kept nowhere else.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Preview } from '../studies/preview.ts';
import { EPISODES } from '../studies/stages/episodes.ts';
import { MEASURE } from '../studies/stages/measure.ts';
import type { LiveState } from '../view/live-state.ts';

/** Made by `npm run build`. */
const SCRIPT = fileURLToPath(new URL('../../dist/serve/preview-process.js', import.meta.url));
/** Shares of the conversations at which it is looked. */
const SHARES = [0.12, 0.25, 0.5];

/**
 * Which of the shares is reached and was not looked at; whoever comes late looks once, at what there is.
 *
 * @param looked the share that was looked at last, 0 before
 */
export function dueShare({ stages, outcome }: LiveState, looked: number): number | undefined {
  const [episodes, measure] = [EPISODES, MEASURE].map(({ name }) =>
    stages.find(({ stage }) => stage === name),
  );
  if (outcome !== undefined || !episodes || episodes.total === 0) return undefined;
  // Soon there are results.
  if (measure !== undefined && measure.state !== 'waiting' && measure.state !== 'running') return undefined;
  const share = episodes.done / episodes.total;
  const reached = SHARES.findLast((one) => share >= one);
  return reached !== undefined && reached > looked ? reached : undefined;
}

/** One process at a time. */
export class PreviewRunner {
  readonly #run: string;
  #child: ChildProcess | undefined;

  constructor(run: string) {
    this.#run = run;
  }

  get busy(): boolean {
    return this.#child !== undefined;
  }

  /** @returns what it found, or why it could not; undefined if it was ended */
  async look(): Promise<Preview | undefined> {
    const child = spawn(process.execPath, [SCRIPT, this.#run], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    try {
      // The lowest one would get next to nothing beside a run that uses all cores, and see no end.
      if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It has ended already, or the system has no priorities.
    }
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (part: string) => {
      text += part;
    });
    const problem = await new Promise<string | undefined>((resolve) => {
      child.on('error', (error) => resolve(messageOf(error)));
      child.on('close', (code, signal) =>
        resolve(code === 0 ? undefined : `it ended with ${signal ?? `code ${code}`}`),
      );
    });
    const ended = this.#child !== child;
    this.#child = undefined;
    if (ended) return undefined;
    if (problem !== undefined) return { seed: 0, maps: [], missing: [problem] };
    // The process is this program’s own.
    return JSON.parse(text) as Preview;
  }

  /** Ends the look under way. */
  close(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
  }
}
