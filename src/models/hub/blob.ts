// One file of a repository into blobs/: continues what an earlier download left, and checks every byte of it
// before the file gets its name.

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CorruptFile } from '../../errors.ts';
import { chunksOf } from '../../http/download.ts';
import { Interruption, reasonOf } from '../../http/failures.ts';
import { retrying } from '../../http/retry.ts';
import { type CachedRepository, sizeOf } from './cache.ts';
import type { Fetch } from './http.ts';
import { withLock } from './lock.ts';

/** A file as the hub lists it. */
export interface RemoteFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Its checksum, which is also its name in blobs/: hex SHA-256 of a large file, git's hex SHA-1 of a small one. */
  readonly etag: string;
}

export interface BlobOptions {
  readonly fetch: Fetch;
  readonly url: string;
  readonly repository: CachedRepository;
  /** How many failures in a row, without a byte gained, end the download. */
  readonly attempts: number;
  /** A server that sends nothing for this long is given up. Milliseconds. */
  readonly silence: number;
  readonly signal?: AbortSignal | undefined;
  /** How many bytes of the file are there. */
  readonly onBytes: (bytes: number) => void;
}

/** Where a file lies while it is not whole. Python's tools have names of their own and never touch it. */
export function partialPath(repository: CachedRepository, { etag }: RemoteFile): string {
  return join(repository.blobs, `${etag}.interbrain.incomplete`);
}

/**
 * Sees to it that a file's blob is there, whole.
 *
 * @throws CorruptFile if its bytes are not those that the hub promises; RemoteFailure if the connection keeps
 *   failing: what came so far stays, and the next call goes on from there; the signal's reason when aborted
 */
export async function fetchBlob(file: RemoteFile, options: BlobOptions): Promise<void> {
  const { repository, signal, onBytes } = options;
  const blob = join(repository.blobs, file.etag);
  const there = async () => (await sizeOf(blob)) === file.size;
  if (!(await there())) {
    await mkdir(repository.blobs, { recursive: true });
    const partial = partialPath(repository, file);
    const onWait = async () => onBytes((await sizeOf(partial)) ?? 0);
    await withLock(join(repository.locks, `${file.etag}.interbrain.lock`), { signal, onWait }, async () => {
      // Another process may have finished it while this one waited.
      if (await there()) return;
      const download = new Download(file, options, partial);
      await download.run();
      await rename(partial, blob).catch(async (error) => {
        if (!(await there()))
          throw new Interruption(options.url, `${partial} has gone (${error.message}); run again`, {
            cause: error,
          });
      });
    });
  }
  onBytes(file.size);
}

class Download {
  readonly #file: RemoteFile;
  readonly #options: BlobOptions;
  readonly #partial: string;
  #hash: Hash;
  #received = 0;

  constructor(file: RemoteFile, options: BlobOptions, partial: string) {
    this.#file = file;
    this.#options = options;
    this.#partial = partial;
    this.#hash = startHash(file);
  }

  /** Ends with the whole, checked file at the partial path. */
  async run(): Promise<void> {
    const resumed = await this.#readPartial();
    await this.#receiveAll();
    if (this.#checks()) return;
    await rm(this.#partial, { force: true });
    // What an earlier run left may have been damaged since, by a crash say. Once more, from the start.
    if (resumed) {
      this.#restart();
      await this.#receiveAll();
      if (this.#checks()) return;
      await rm(this.#partial, { force: true });
    }
    throw this.#corrupt();
  }

  /** Takes up what is on disk. Returns whether there was something. */
  async #readPartial(): Promise<boolean> {
    const size = (await sizeOf(this.#partial)) ?? 0;
    if (size === 0) return false;
    if (size > this.#file.size) {
      await rm(this.#partial, { force: true });
      return false;
    }
    const options = { end: size - 1, highWaterMark: 1 << 20 };
    const chunks: AsyncIterable<Buffer> = createReadStream(this.#partial, options);
    for await (const chunk of chunks) this.#take(chunk);
    return true;
  }

  async #receiveAll(): Promise<void> {
    const { attempts, signal } = this.#options;
    let before = this.#received;
    const gained = () => {
      const more = this.#received > before;
      before = this.#received;
      return more;
    };
    await retrying(() => this.#receive(), { attempts, signal, gained });
  }

  /** One request, for the bytes that are not there yet. */
  async #receive(): Promise<void> {
    if (this.#received === this.#file.size && this.#received > 0) return;
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (this.#received > 0) headers['range'] = `bytes=${this.#received}-`;
    const { fetch, url } = this.#options;
    const response = await fetch(url, { headers });
    if (!continuesAt(response, this.#received)) {
      await rm(this.#partial, { force: true });
      this.#restart();
      // 206 for other bytes than asked for, or 416: nothing in this answer is of use.
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Interruption(url, `answered ${response.status} with bytes that were not asked for`);
      }
    }
    // Not 'w': a file that another process has renamed meanwhile must never be emptied.
    const target = await open(this.#partial, 'a').then(async (created) => {
      await created.close();
      return open(this.#partial, 'r+');
    });
    try {
      await this.#write(response, target);
      await target.sync();
    } finally {
      await target.close();
    }
    if (this.#received < this.#file.size) throw this.#cut();
  }

  async #write(response: Response, target: FileHandle): Promise<void> {
    const { signal, silence } = this.#options;
    const chunks = chunksOf(response, silence / 1000);
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => {
          signal?.throwIfAborted();
          throw this.#cut(error);
        });
        if (next.done) return;
        const chunk = next.value;
        if (this.#received + chunk.length > this.#file.size) throw await this.#tooLong();
        await writeAt(target, chunk, this.#received);
        this.#take(chunk);
      }
    } finally {
      await chunks.return(undefined);
    }
  }

  #take(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#received += chunk.length;
    this.#options.onBytes(this.#received);
  }

  #restart(): void {
    this.#hash = startHash(this.#file);
    this.#received = 0;
    this.#options.onBytes(0);
  }

  #checks(): boolean {
    return this.#hash.digest('hex') === this.#file.etag;
  }

  #cut(cause?: unknown): Interruption {
    const reason = cause === undefined ? '' : ` (${reasonOf(cause)})`;
    return new Interruption(
      this.#options.url,
      `the connection ended after ${this.#received} of ${this.#file.size} bytes${reason}; what came is kept: run again to go on from there`,
      { cause },
    );
  }

  async #tooLong(): Promise<CorruptFile> {
    await rm(this.#partial, { force: true });
    return this.#corrupt();
  }

  #corrupt(): CorruptFile {
    const { size, etag, name } = this.#file;
    return new CorruptFile(
      this.#options.url,
      `${name} arrived with other bytes than the hub lists (${size} bytes, checksum ${etag}); they are deleted. ` +
        'Run again; if it stays so, something between here and the hub changes files: try another network or HF_ENDPOINT',
    );
  }
}

/** The hub lists a large file's SHA-256, and of a small one the SHA-1 that git gives it. */
function startHash({ etag, size }: RemoteFile): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** Whether an answer's bytes begin where ours end. */
function continuesAt(response: Response, received: number): boolean {
  if (received === 0) return response.status === 200;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return response.status === 206 && Number(start) === received;
}

async function writeAt(target: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await target.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
