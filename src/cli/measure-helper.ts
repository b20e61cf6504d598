// A process that measures directions beside this one, seen from here.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type PackedError, unpackError } from '../files/packed-error.ts';
import type { MeasureOptions } from './measure-direction.ts';

/** First `open`, then one `measure` after the other. */
export type MeasureOrder =
  | {
      readonly what: 'open';
      readonly folder: string;
      readonly out: string;
      readonly options: MeasureOptions;
    }
  /** By its place in the folder. */
  | { readonly what: 'measure'; readonly direction: number };

export type MeasureWord =
  /** How many directions it has found. */
  | { readonly what: 'ready'; readonly directions: number }
  | { readonly what: 'progress'; readonly done: number }
  /** The result's file, without its ending. */
  | { readonly what: 'measured'; readonly file: string }
  | { readonly what: 'failed'; readonly error: PackedError };

/** The process ended before it had said what was asked for. */
export class HelperLost extends Error {
  override readonly name = 'HelperLost';
}

export class MeasureHelper {
  readonly #child: ChildProcess;
  #hear: (word: MeasureWord | undefined) => void = () => {};
  #lost = false;

  constructor() {
    const file = fileURLToPath(import.meta.url).replace(/measure-helper(\.[jt]s)$/, 'measure-process$1');
    this.#child = fork(file, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child.on('message', (word: MeasureWord) => this.#hear(word));
    const lose = () => {
      this.#lost = true;
      this.#hear(undefined);
    };
    this.#child.on('exit', lose);
    this.#child.on('error', lose);
  }

  /**
   * Opens the folder as it is seen there.
   *
   * @returns how many directions there are
   * @throws what is wrong with the folder; HelperLost if the process ends
   */
  async open(order: Omit<Extract<MeasureOrder, { what: 'open' }>, 'what'>): Promise<number> {
    const word = await this.#ask({ what: 'open', ...order });
    return word.what === 'ready' ? word.directions : 0;
  }

  /**
   * @returns the result's file, without its ending
   * @throws what `measureRecordings` throws; HelperLost if the process ends
   */
  async measure(direction: number, onProgress: (done: number) => void): Promise<string> {
    const word = await this.#ask({ what: 'measure', direction }, onProgress);
    if (word.what !== 'measured') throw new HelperLost('it knows of no such direction');
    return word.file;
  }

  /** Ends the process, which has nothing of its own to keep. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #ask(
    order: MeasureOrder,
    onProgress?: (done: number) => void,
  ): Promise<Exclude<MeasureWord, { what: 'progress' | 'failed' }>> {
    return new Promise((resolve, reject) => {
      this.#hear = (word) => {
        if (word === undefined) reject(new HelperLost('the process ended'));
        else if (word.what === 'progress') onProgress?.(word.done);
        else if (word.what === 'failed') reject(unpackError(word.error));
        else resolve(word);
      };
      if (this.#lost) this.#hear(undefined);
      else this.#child.send(order, () => {});
    });
  }
}
