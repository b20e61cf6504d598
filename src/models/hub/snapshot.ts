// A model on the hub as a folder on this machine: from the cache if it is whole there, else downloaded into it.

import { mkdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput, CorruptFile, ModelMismatch, RemoteFailure } from '../../errors.ts';
import { readJsonObject } from '../json-file.ts';
import { parseConfig } from '../onnx/config.ts';
import { fetchBlob, partialPath, type RemoteFile } from './blob.ts';
import {
  CachedRepository,
  cacheError,
  OPTIONAL_FILES,
  REQUIRED_FILES,
  SINGLE_WEIGHTS,
  shardsOf,
  sizeOf,
  WEIGHTS_INDEX,
} from './cache.ts';
import { createHubFetch, type Fetch } from './http.ts';
import { listRepository } from './listing.ts';
import { GGUF_FILE, type HubName, type Parts, parseHubName } from './name.ts';
import { type Environment, type HubSettings, readHubSettings } from './settings.ts';

/** How far the download of one model is. Bytes. */
export interface DownloadProgress {
  /** `org/name`. */
  readonly model: string;
  /** The file that has just grown. */
  readonly file: string;
  readonly fileBytes: number;
  readonly fileTotal: number;
  /** Over all files of the model. */
  readonly bytes: number;
  readonly total: number;
  /** Of those bytes, how many an earlier download had left. */
  readonly before: number;
}

export interface DownloadOptions {
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many failures in a row, without a byte gained, end a download; 5 by default. */
  readonly attempts?: number | undefined;
  /** Where HF_HOME, HF_TOKEN, HF_ENDPOINT and the like are looked up; `process.env` by default. */
  readonly env?: Environment | undefined;
}

export interface SnapshotOptions extends DownloadOptions {
  /** A GGUF file at the top of the repository, which is all that is wanted of it. */
  readonly file?: string | undefined;
  /** `tokenizer`: config.json and what turns chats into tokens, and no weights; `all` by default. */
  readonly parts?: Parts | undefined;
}

export interface HubSnapshot {
  /** A folder in Hugging Face layout, made of links into the cache's blobs; with `file`, that file in it. */
  readonly folder: string;
  /** The commit of the repository, 40 hex digits. */
  readonly commit: string;
}

/** Files of one repository that are downloaded side by side. */
const AT_ONCE = 4;

/**
 * The snapshot of a hub model that the cache holds, without asking the network.
 *
 * @param name `org/name` or `org/name@revision`
 * @returns undefined if something that the model needs is missing
 */
export async function cachedSnapshot(
  name: string,
  env: Environment = process.env,
  file?: string,
  parts?: Parts,
): Promise<HubSnapshot | undefined> {
  const { cache, offline } = await readHubSettings(env);
  const hubName = parseHubName(name, file, parts);
  const repository = new CachedRepository(cache, hubName);
  const cached = (await lookUp(repository, hubName))?.snapshot;
  return cached ?? (offline ? onlySnapshot(repository, hubName) : undefined);
}

/**
 * The snapshot of a hub model, downloaded as far as the cache does not hold it. A branch that the cache knows is
 * not asked for anew: a study keeps the checkpoint that it began with.
 *
 * @param name `org/name` or `org/name@revision`
 * @throws BadInput if there is no such model or revision, or the cache cannot be written to; RemoteFailure for a
 *   gated model, a refused token or an unreachable hub; ModelMismatch, before its weights are fetched, for a
 *   model that cannot be run; CorruptFile if what arrives is not what the hub lists; the signal's reason
 */
export async function hubSnapshot(name: string, options: SnapshotOptions = {}): Promise<HubSnapshot> {
  const hubName = parseHubName(name, options.file, options.parts);
  const settings = await readHubSettings(options.env ?? process.env);
  const repository = new CachedRepository(settings.cache, hubName);
  const cached = await lookUp(repository, hubName);
  if (cached && (cached.complete || settings.offline)) return cached.snapshot;
  if (settings.offline) {
    const alone = await onlySnapshot(repository, hubName);
    if (alone) return alone;
    throw offlineError(settings, hubName, await repository.commits());
  }
  const wanted = cached ? { ...hubName, revision: cached.snapshot.commit } : hubName;
  try {
    return await new SnapshotDownload(settings, wanted, repository, options).run();
  } catch (error) {
    options.signal?.throwIfAborted();
    // The model is there; what is not known is only whether the repository has an optional file besides.
    if (cached && error instanceof RemoteFailure) return cached.snapshot;
    throw cacheError(settings.cache, error);
  }
}

async function lookUp(
  repository: CachedRepository,
  { revision }: HubName,
): Promise<{ readonly snapshot: HubSnapshot; readonly complete: boolean } | undefined> {
  const commit = await repository.commitOf(revision);
  const state = commit && (await repository.stateOf(commit));
  if (!commit || !state) return undefined;
  return { snapshot: { folder: repository.checkpoint(commit), commit }, complete: state === 'complete' };
}

/** The default branch: what is meant where no revision is named. */
const MAIN = 'main';

/**
 * Without a network, a cache that was copied without what its branches stand for: the one snapshot that is whole there,
 * if there is no other that could be meant.
 */
async function onlySnapshot(
  repository: CachedRepository,
  { revision }: HubName,
): Promise<HubSnapshot | undefined> {
  const commits = await repository.commits();
  const [commit, ...others] = commits;
  if (revision !== MAIN || commit === undefined || others.length > 0) return undefined;
  if ((await repository.commitOf(revision)) !== undefined || !(await repository.stateOf(commit)))
    return undefined;
  return { folder: repository.snapshot(commit), commit };
}

function offlineError(
  { cache, endpoint }: HubSettings,
  { id, revision }: HubName,
  commits: readonly string[],
): RemoteFailure {
  const there = commits.map((commit) => `${id}@${commit}`).join(', ');
  const instead = there === '' ? '' : `; what lies there can be named by its commit: ${there}`;
  return new RemoteFailure(
    `${endpoint}/${id}`,
    `revision ${revision} is not in the cache ${cache}, or not whole, and HF_HUB_OFFLINE forbids to download it${instead}; ` +
      'unset HF_HUB_OFFLINE, set HF_HOME to the cache that has it, or name a folder with path:',
  );
}

class SnapshotDownload {
  readonly #settings: HubSettings;
  readonly #name: HubName;
  readonly #repository: CachedRepository;
  readonly #options: DownloadOptions;
  /** Aborts what runs beside a file that has failed. */
  readonly #abort = new AbortController();
  readonly #fetch: Fetch;
  /** Bytes of each file that are there. */
  readonly #bytes = new Map<string, number>();
  #total = 0;
  #before = 0;
  /** From when on it is known how much there is to do. */
  #reporting = false;

  constructor(settings: HubSettings, name: HubName, repository: CachedRepository, options: DownloadOptions) {
    this.#settings = settings;
    this.#name = name;
    this.#repository = repository;
    this.#options = options;
    const signals = [this.#abort.signal, options.signal].filter((signal) => signal !== undefined);
    this.#fetch = createHubFetch(settings, name, AbortSignal.any(signals));
  }

  async run(): Promise<HubSnapshot> {
    const { id, revision } = this.#name;
    const { commit, files } = await listRepository({
      name: this.#name,
      endpoint: this.#settings.endpoint,
      fetch: this.#fetch,
      attempts: this.#attempts,
      signal: this.#options.signal,
    });
    if (this.#name.file === undefined) await this.#fetchCheckpoint(commit, files);
    else await this.#fetchWanted(commit, [ggufIn(id, files, this.#name.file)]);
    // Last: a branch that the cache knows is one that is whole.
    await this.#repository.remember(revision, commit);
    return { folder: this.#repository.checkpoint(commit), commit };
  }

  async #fetchCheckpoint(commit: string, files: ReadonlyMap<string, RemoteFile>): Promise<void> {
    if (this.#name.parts === 'tokenizer') return this.#fetchTokenizer(commit, files);
    const small = checkListing(this.#name.id, files);
    const decisive: readonly string[] = ['config.json', WEIGHTS_INDEX];
    const first = small.filter(({ name }) => decisive.includes(name));
    const rest = small.filter(({ name }) => !decisive.includes(name));
    await this.#count(first);
    await this.#fetchAll(commit, first);
    await this.#checkConfig(commit);
    rest.push(...(await this.#weights(commit, files)));
    await this.#fetchWanted(commit, rest);
    await this.#rememberAbsent(commit, files);
  }

  async #fetchTokenizer(commit: string, files: ReadonlyMap<string, RemoteFile>): Promise<void> {
    await this.#fetchWanted(commit, tokenizerFiles(this.#name.id, files));
    await this.#rememberAbsent(commit, files);
  }

  async #rememberAbsent(commit: string, files: ReadonlyMap<string, RemoteFile>): Promise<void> {
    const absent = OPTIONAL_FILES.filter((name) => !files.has(name));
    await Promise.all(absent.map((name) => this.#repository.rememberAbsent(commit, name)));
  }

  /** All of these, with reports, as it is known how much there is to do. */
  async #fetchWanted(commit: string, files: readonly RemoteFile[]): Promise<void> {
    await this.#count(files);
    this.#reporting = true;
    await this.#fetchAll(commit, files);
  }

  get #attempts(): number {
    return this.#options.attempts ?? 5;
  }

  /** An architecture that cannot be run is refused before gigabytes of it are fetched. */
  async #checkConfig(commit: string): Promise<void> {
    const path = join(this.#repository.snapshot(commit), 'config.json');
    parseConfig(this.#name.id, await readJsonObject(path));
  }

  async #weights(commit: string, files: ReadonlyMap<string, RemoteFile>): Promise<RemoteFile[]> {
    const single = files.get(SINGLE_WEIGHTS);
    if (single) return [single];
    const path = join(this.#repository.snapshot(commit), WEIGHTS_INDEX);
    const shards = shardsOf(await readFile(path, 'utf8'));
    if (!shards)
      throw new CorruptFile(path, 'weight_map must be an object from tensor to *.safetensors in this folder');
    const missing = shards.filter((name) => !files.has(name));
    if (missing.length > 0)
      throw new ModelMismatch(
        this.#name.id,
        `${WEIGHTS_INDEX} names ${missing.join(', ')}, which the repository has not; name another revision`,
      );
    return shards.flatMap((name) => files.get(name) ?? []);
  }

  /** Adds files to what is to be done, and what of them lies in the cache to what is. */
  async #count(wanted: readonly RemoteFile[]): Promise<void> {
    for (const file of wanted) {
      const whole = (await sizeOf(join(this.#repository.blobs, file.etag))) === file.size;
      const part = whole ? file.size : ((await sizeOf(partialPath(this.#repository, file))) ?? 0);
      this.#bytes.set(file.name, Math.min(part, file.size));
      this.#total += file.size;
      this.#before += Math.min(part, file.size);
    }
    const missing = this.#total - sum(this.#bytes.values());
    await mkdir(this.#repository.folder, { recursive: true });
    const { bavail, bsize } = await statfs(this.#repository.folder);
    if (missing > bavail * bsize)
      throw new BadInput(
        this.#settings.cache,
        `${gigabytes(bavail * bsize)} are free on this disk, and ${this.#name.id} needs ${gigabytes(missing)} more; ` +
          'free some space, or set HF_HOME to a folder on another disk',
      );
  }

  async #fetchAll(commit: string, files: readonly RemoteFile[]): Promise<void> {
    const left = [...files];
    const work = async () => {
      for (let file = left.shift(); file; file = left.shift()) await this.#fetchOne(commit, file);
    };
    const workers = Array.from({ length: Math.min(AT_ONCE, files.length) }, () =>
      work().catch((error: unknown) => {
        this.#abort.abort(error);
        throw error;
      }),
    );
    // All have let go of their files and locks before anybody hears of the first failure.
    const ended = await Promise.allSettled(workers);
    this.#options.signal?.throwIfAborted();
    if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #fetchOne(commit: string, file: RemoteFile): Promise<void> {
    const pointer = join(this.#repository.snapshot(commit), file.name);
    if ((await sizeOf(pointer)) === file.size) return;
    const signals = [this.#abort.signal, this.#options.signal].filter((signal) => signal !== undefined);
    await fetchBlob(file, {
      fetch: this.#fetch,
      url: `${this.#settings.endpoint}/${this.#name.id}/resolve/${commit}/${file.name}`,
      repository: this.#repository,
      attempts: this.#attempts,
      silence: this.#settings.silence,
      signal: AbortSignal.any(signals),
      onBytes: (bytes) => this.#report(file, bytes),
    });
    await this.#repository.link(commit, file.name, file.etag);
  }

  #report(file: RemoteFile, fileBytes: number): void {
    if (this.#bytes.get(file.name) === fileBytes) return;
    this.#bytes.set(file.name, fileBytes);
    if (!this.#reporting) return;
    this.#options.onDownload?.({
      model: this.#name.id,
      file: file.name,
      fileBytes,
      fileTotal: file.size,
      bytes: sum(this.#bytes.values()),
      total: this.#total,
      before: this.#before,
    });
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

const ggufFiles = (files: ReadonlyMap<string, RemoteFile>) =>
  [...files.keys()].filter((name) => GGUF_FILE.test(name));

const shown = (names: readonly string[]) =>
  names.slice(0, 12).join(', ') + (names.length > 12 ? ' …' : '') || 'no files';

function ggufIn(id: string, files: ReadonlyMap<string, RemoteFile>, name: string): RemoteFile {
  const found = files.get(name);
  if (found) return found;
  throw new ModelMismatch(
    id,
    `the repository has no ${name}; its GGUF files are ${shown(ggufFiles(files))}: name one of them`,
  );
}

/**
 * What of the repository is needed besides the weights themselves.
 *
 * @throws ModelMismatch, with what the repository has instead, if there is no model in it that can be run
 */
function checkListing(id: string, files: ReadonlyMap<string, RemoteFile>): RemoteFile[] {
  const missing: string[] = REQUIRED_FILES.filter((name) => !files.has(name));
  const single = files.has(SINGLE_WEIGHTS);
  if (!single && !files.has(WEIGHTS_INDEX)) missing.push(SINGLE_WEIGHTS);
  if (missing.length > 0) {
    const gguf = ggufFiles(files);
    throw new ModelMismatch(
      id,
      `the repository has no ${missing.join(', ')}; it holds ${shown([...files.keys()])}. interbrain runs checkpoints in ` +
        'safetensors with a tokenizer.json, and GGUF files (no .bin, .onnx or adapters): ' +
        (gguf.length > 0 ? `name one of its files: ${shown(gguf)}` : 'name a repository that has them'),
    );
  }
  if (files.has('adapter_config.json'))
    throw new ModelMismatch(
      id,
      'the repository holds an adapter (adapter_config.json) beside its weights, which transformers applies and ' +
        'interbrain does not: download it, merge the adapter with peft, and name the folder, or name a repository without one',
    );
  const wanted = [...REQUIRED_FILES, ...OPTIONAL_FILES, ...(single ? [] : [WEIGHTS_INDEX])];
  return wanted.flatMap((name) => files.get(name) ?? []);
}

/** What a model on a server needs here. Throws ModelMismatch if the repository has no such files. */
function tokenizerFiles(id: string, files: ReadonlyMap<string, RemoteFile>): RemoteFile[] {
  const missing = REQUIRED_FILES.filter((name) => !files.has(name));
  if (missing.length > 0)
    throw new ModelMismatch(
      id,
      `the repository has no ${missing.join(', ')}, of which prompts are made; it holds ${shown([...files.keys()])}. Name a folder that holds them, as transformers' save_pretrained writes them`,
    );
  return [...REQUIRED_FILES, ...OPTIONAL_FILES].flatMap((name) => files.get(name) ?? []);
}
