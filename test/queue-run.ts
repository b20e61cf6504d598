// A run with workers, as a user starts both: what the tests of the queue have in common.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { StudyEvent } from '../src/studies/events.ts';
import { type Finished, start } from './cli.ts';

/** Large enough that every stage has several jobs, and small enough for a test. */
export const STUDY = {
  simulation: '{ seeds: [0], rounds: 2, maxNewTokens: 20, interactions: 8 }',
  conditions: '[interactive, passive]',
  synchrony: '{ samples: all, splitSeeds: [0, 1], test: 0.4, intervals: false, lambda: 0.1 }',
  judge: 'rule',
};

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has printed by now. */
  printed(): string;
}

type Environment = Readonly<Record<string, string>>;

function started(args: readonly string[], folder: string, environment?: Environment): Started {
  const { child, finished } = start(args, folder, environment);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, finished, printed: () => text };
}

export function startRun(
  study: string,
  folder: string,
  url: string,
  lostAfter = 20,
  environment?: Environment,
): Started {
  const args = ['run', study, '--queue', url, '--lost-after', String(lostAfter), '--json'];
  return started(args, folder, environment);
}

export function startWorker(
  folder: string,
  url: string,
  args: readonly string[] = [],
  environment?: Environment,
): Started {
  return started(['worker', '--queue', url, '--threads', '1', ...args], folder, environment);
}

/** Waits for something; throws what it waited for when that does not come. */
export async function until(what: string, condition: () => boolean, seconds = 500): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await wait(20);
  }
}

/** The events that a run has printed. */
export function eventsOf(printed: string): StudyEvent[] {
  const lines = printed.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as StudyEvent);
}

/** The process that computes for a worker; undefined while it has none. */
export function computing({ child }: Started): number | undefined {
  try {
    const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    return text.trim() === '' ? undefined : Number(text.trim().split(' ')[0]);
  } catch {
    return undefined;
  }
}

/** Ends whatever of these is still there, frozen or not. */
export function endAll(all: readonly Started[]): void {
  for (const one of all) {
    const own = computing(one);
    if (own !== undefined) signal(own, 'SIGKILL');
    one.child.kill('SIGKILL');
  }
}

/** A process may have ended by itself. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has.
  }
}
