// Programs that take turns. Each runs in a process of its own, answers one JSON line with another, and computes only
// while it is asked: so what else the machine does hits all of them alike.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that is asked and answers. */
export class Contestant {
  #child;
  #lines;
  #ended;

  constructor(program, args, env = process.env) {
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    // Writing to a program that has ended is answered by its last line, which is none.
    this.#child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', resolve);
      this.#child.once('error', resolve);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Throws an Error if the program has ended. */
  async ask(command) {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnfile} ended before it answered "${command.what}"`);
    return JSON.parse(value);
  }

  /** Lets the program end. */
  async close() {
    this.#child.stdin.end();
    await this.#ended;
  }
}

/** The other end: answers every line of standard input by `methods[what]`, and ends with the input. */
export async function answerLines(methods) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { what, ...rest } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await methods[what](rest))}\n`);
  }
}

/** Token ids of a text that nobody wrote; the first few hundred are left to what vocabularies keep for themselves. */
export function tokensFrom(seed, length, vocabulary) {
  return Array.from({ length }, (_, i) => 300 + ((seed * 7919 + i * 104_729) % (vocabulary - 300)));
}

export async function secondsOf(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
