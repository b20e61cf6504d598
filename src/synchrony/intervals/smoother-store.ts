// What each fit predicts with, kept from the measure to the intervals, so that nothing is fitted twice: in memory if
// there is room, otherwise in a file without a name that is gone with the process, however that ends.

import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../../errors.ts';
import { type Matrix, type Matrix32, matrixOf } from '../../numerics/matrix.ts';
import type { Fit } from '../problem.ts';

interface Kept {
  readonly rows: number;
  readonly columns: number;
  /** In memory, or where the file has it. */
  readonly place: Float32Array | number;
}

/** Kᵀ of fits, (n_train, n_test) in float32 each. */
export class SmootherStore {
  readonly #folder: string;
  readonly #kept = new Map<string, Kept>();
  #room: number;
  #file: FileHandle | undefined;
  #temporary: string | undefined;
  #end = 0;

  /**
   * @param memory bytes that may be used
   * @param folder where the file goes if that is not enough; made if need be
   */
  constructor(memory: number, folder: string) {
    this.#room = memory;
    this.#folder = folder;
  }

  /** Bytes in the file. */
  get bytesOnDisk(): number {
    return this.#end;
  }

  /**
   * Keeps one; a fit that was kept before is replaced.
   *
   * @throws BadInput if the disk is full
   */
  async keep({ layer, split }: Fit, { rows, columns, data }: Matrix): Promise<void> {
    const key = `${layer}/${split}`;
    const known = this.#kept.get(key);
    const place = known?.place ?? (await this.#placeFor(data.length));
    if (typeof place === 'number') await this.#write(place, Float32Array.from(data));
    else place.set(data);
    this.#kept.set(key, { rows, columns, place });
  }

  /** @throws RangeError for one that was never kept */
  async take(layer: number, split: number): Promise<Matrix32> {
    const kept = this.#kept.get(`${layer}/${split}`);
    if (!kept) throw new RangeError(`no fit of layer ${layer} in split ${split}`);
    const { rows, columns, place } = kept;
    if (typeof place !== 'number') return matrixOf(rows, columns, place);
    const data = new Float32Array(rows * columns);
    const bytes = new Uint8Array(data.buffer);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await this.#file!.read(bytes, at, bytes.length - at, place + at);
      if (bytesRead === 0) throw new RangeError('the file of the fits is shorter than what was written');
      at += bytesRead;
    }
    return matrixOf(rows, columns, data);
  }

  async close(): Promise<void> {
    this.#kept.clear();
    await this.#file?.close();
    if (this.#temporary) await rm(this.#temporary, { recursive: true, force: true });
    this.#file = undefined;
  }

  async #placeFor(length: number): Promise<Float32Array | number> {
    if (4 * length <= this.#room) {
      this.#room -= 4 * length;
      return new Float32Array(length);
    }
    const place = this.#end;
    this.#end += 4 * length;
    return place;
  }

  async #write(place: number, data: Float32Array): Promise<void> {
    const bytes = new Uint8Array(data.buffer);
    try {
      this.#file ??= await this.#openFile();
      for (let at = 0; at < bytes.length; )
        at += (await this.#file.write(bytes, at, bytes.length - at, place + at)).bytesWritten;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const advice = 'give more --memory or a folder with more room, or measure without intervals';
      throw new BadInput(this.#folder, `cannot keep the fits for the intervals (${reason}); ${advice}`, {
        cause,
      });
    }
  }

  async #openFile(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true });
    const temporary = await mkdtemp(join(this.#folder, '.interbrain-fits-'));
    const file = await open(join(temporary, 'fits'), 'w+');
    // Without its name the file lives as long as it is open, where the system allows that; elsewhere `close` removes it.
    await rm(temporary, { recursive: true }).catch(() => {
      this.#temporary = temporary;
    });
    return file;
  }
}
