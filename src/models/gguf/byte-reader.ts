// Reads a file from its beginning, piece by piece, and never beyond its end: what a file claims to hold is compared with
// what it can hold before memory is taken for it.

import { readSync } from 'node:fs';
import { CorruptFile } from '../../errors.ts';

/** Bytes that are read at once. */
const WINDOW = 2 ** 20;

/** More than this of anything no file has: the largest vocabularies have a quarter of a million tokens. */
const MOST = 2 ** 24;

export const GGUF_ADVICE = 'download the file again';

export class ByteReader {
  /** Of the next byte, from the beginning of the file. */
  position = 0;
  readonly size: number;
  readonly #file: number;
  readonly #path: string;
  #window = Buffer.alloc(0);
  /** Where the window begins in the file. */
  #begin = 0;

  /** @param file an open file of `size` bytes; `path` is named in errors */
  constructor(file: number, path: string, size: number) {
    this.#file = file;
    this.#path = path;
    this.size = size;
  }

  get left(): number {
    return this.size - this.position;
  }

  corrupt(message: string): CorruptFile {
    return new CorruptFile(this.#path, `${message}; ${GGUF_ADVICE}`);
  }

  u8(): number {
    const { window, offset } = this.#take(1);
    return window.readUInt8(offset);
  }

  i8(): number {
    const { window, offset } = this.#take(1);
    return window.readInt8(offset);
  }

  u16(): number {
    const { window, offset } = this.#take(2);
    return window.readUInt16LE(offset);
  }

  i16(): number {
    const { window, offset } = this.#take(2);
    return window.readInt16LE(offset);
  }

  u32(): number {
    const { window, offset } = this.#take(4);
    return window.readUInt32LE(offset);
  }

  i32(): number {
    const { window, offset } = this.#take(4);
    return window.readInt32LE(offset);
  }

  f32(): number {
    const { window, offset } = this.#take(4);
    return window.readFloatLE(offset);
  }

  f64(): number {
    const { window, offset } = this.#take(8);
    return window.readDoubleLE(offset);
  }

  u64(): bigint {
    const { window, offset } = this.#take(8);
    return window.readBigUInt64LE(offset);
  }

  i64(): bigint {
    const { window, offset } = this.#take(8);
    return window.readBigInt64LE(offset);
  }

  /**
   * A number of things that follow, each of which takes at least `bytes`.
   *
   * @throws CorruptFile if so many cannot follow
   */
  count(what: string, bytes: number): number {
    const claimed = this.u64();
    const most = Math.min(Math.floor(this.left / bytes), MOST);
    if (claimed > BigInt(most))
      throw this.corrupt(
        `it claims ${claimed} ${what}, but at most ${most} are possible in the rest of the file`,
      );
    return Number(claimed);
  }

  /** A length and as many bytes of UTF-8. */
  text(what: string): string {
    const length = this.count(`bytes for ${what}`, 1);
    const { window, offset } = this.#take(length);
    const text = window.toString('utf8', offset, offset + length);
    if (text.includes('\ufffd') && !Buffer.from(text).equals(window.subarray(offset, offset + length)))
      throw this.corrupt(`${what} at byte ${this.position - length} is not UTF-8`);
    return text;
  }

  /** Sees to it that the next `length` bytes are in the window, and goes behind them. */
  #take(length: number): { readonly window: Buffer; readonly offset: number } {
    if (length > this.left)
      throw this.corrupt(
        `it has ${this.size} bytes, but its header goes on to byte ${this.position + length}; it is cut off`,
      );
    if (this.position + length > this.#begin + this.#window.length) this.#fill(Math.max(length, WINDOW));
    const offset = this.position - this.#begin;
    this.position += length;
    return { window: this.#window, offset };
  }

  #fill(length: number): void {
    const window = Buffer.alloc(Math.min(length, this.left));
    for (let done = 0; done < window.length; ) {
      const read = readSync(this.#file, window, done, window.length - done, this.position + done);
      if (read === 0) throw this.corrupt(`it ends at byte ${this.position + done} while it is read`);
      done += read;
    }
    this.#window = window;
    this.#begin = this.position;
  }
}
