// A hub for the tests: it speaks as much of the Hugging Face hub's HTTP API as a download needs, over real
// sockets, with large files on a second server as they are on a CDN, and with every fault that one can order.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface LoggedRequest {
  readonly server: 'hub' | 'cdn';
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Bytes of a file that were sent in answer. */
  sent: number;
}

export interface HubRepository {
  /** commit → file name → content */
  readonly commits: Map<string, Map<string, Buffer>>;
  /** branch or tag → commit */
  readonly refs: Map<string, string>;
  /** Only this token may download. */
  gatedFor?: string;
  /** Nobody without a token sees that it exists. */
  hidden?: boolean;
}

export interface Faults {
  /** The CDN ends the connection after so many bytes of a file, this many times. */
  cut?: { readonly after: number; times: number };
  /** The CDN falls silent after so many bytes of a file, this many times. */
  stall?: { readonly after: number; times: number };
  /** The CDN sends this file with one byte changed, this many times. */
  corrupt?: { readonly name: string; times: number };
  /** The CDN sends the whole file, whatever range is asked for. */
  ignoreRange?: boolean;
  /** The hub answers 503 so many times. */
  busy?: number;
  /** Milliseconds between 64 KiB. */
  slow?: number;
}

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const gitHash = (data: Buffer) =>
  createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
const isLarge = (name: string) => /\.(safetensors|bin|gguf)$/.test(name);

/** A commit hash for a test, from any word. */
export const commitNamed = (word: string) => createHash('sha1').update(word).digest('hex');

/** The files of a folder, as a repository has them. */
export function filesOf(folder: string): Map<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

export class HubServer {
  readonly repositories = new Map<string, HubRepository>();
  readonly log: LoggedRequest[] = [];
  faults: Faults = {};
  readonly #hub: Server;
  readonly #cdn: Server;

  private constructor() {
    this.#hub = createServer((request, response) => this.#answerHub(request, response));
    this.#cdn = createServer((request, response) => this.#answerCdn(request, response));
  }

  static async start(): Promise<HubServer> {
    const started = new HubServer();
    for (const server of [started.#hub, started.#cdn]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return started;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** A repository with one commit, which `main` and the tag `v1` name. */
  add(id: string, files: Map<string, Buffer>): HubRepository {
    const commit = commitNamed(id);
    const refs = new Map([
      ['main', commit],
      ['v1', commit],
    ]);
    const repository: HubRepository = { commits: new Map([[commit, files]]), refs };
    this.repositories.set(id, repository);
    return repository;
  }

  downloads(name?: string): LoggedRequest[] {
    return this.log.filter(({ path, sent }) => sent > 0 && (name === undefined || path.endsWith(`/${name}`)));
  }

  #note(server: 'hub' | 'cdn', request: IncomingMessage): LoggedRequest {
    const { range, authorization } = request.headers;
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const entry: LoggedRequest = {
      server,
      method: request.method ?? '',
      path,
      range,
      authorization,
      sent: 0,
    };
    this.log.push(entry);
    return entry;
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const entry = this.#note('hub', request);
    const route = routeOf(entry.path);
    const repository = this.repositories.get(route.id);
    const commit = repository?.refs.get(route.revision) ?? route.revision;
    const files = repository?.commits.get(commit);
    const content = files?.get(route.file);
    const refused = this.#refusal(entry, route, files, content);
    if (refused) refuse(response, ...refused);
    else if (route.kind === 'revision') json(response, { _id: '1', id: route.id, sha: commit });
    else if (route.kind === 'tree') this.#list(response, request, files!);
    else this.#resolve(request, response, entry, { ...route, commit, content: content! });
  }

  /** Status, X-Error-Code and message, in the order in which the hub looks. */
  #refusal(
    { authorization }: LoggedRequest,
    { id, revision, kind }: Route,
    files: ReadonlyMap<string, Buffer> | undefined,
    content: Buffer | undefined,
  ): Refusal | undefined {
    if (this.faults.busy) {
      this.faults.busy--;
      return [503, undefined, 'Service Unavailable'];
    }
    const repository = this.repositories.get(id);
    if (!repository || (repository.hidden && !authorization))
      return [authorization ? 404 : 401, 'RepoNotFound', 'Repository not found'];
    if (authorization === 'Bearer hf_expired')
      return [401, undefined, 'Invalid credentials in Authorization header'];
    if (!files) return [404, 'RevisionNotFound', `Invalid rev id: ${revision}`];
    if (kind !== 'resolve') return undefined;
    if (repository.gatedFor !== undefined && authorization !== `Bearer ${repository.gatedFor}`)
      return [authorization ? 403 : 401, 'GatedRepo', `Access to model ${id} is restricted`];
    return content ? undefined : [404, 'EntryNotFound', 'Entry not found'];
  }

  /** A small file itself; for a large one where on the CDN it is. */
  #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    entry: LoggedRequest,
    { id, commit, file, content }: Route & { readonly commit: string; readonly content: Buffer },
  ): void {
    response.setHeader('x-repo-commit', commit);
    if (!isLarge(file)) {
      response.setHeader('etag', `"${gitHash(content)}"`);
      void this.#send(request, response, entry, content);
      return;
    }
    const { port } = this.#cdn.address() as AddressInfo;
    response.writeHead(302, {
      location: `http://127.0.0.1:${port}/cdn/${id}/${commit}/${file}`,
      'x-linked-etag': `"${sha256(content)}"`,
      'x-linked-size': content.length,
    });
    response.end();
  }

  /** The tree in pages of four, as the hub gives long ones. */
  #list(response: ServerResponse, request: IncomingMessage, files: ReadonlyMap<string, Buffer>): void {
    const url = new URL(request.url ?? '/', this.endpoint);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const entries = [...files].map(([path, content]) => ({
      type: 'file',
      path,
      size: content.length,
      oid: gitHash(isLarge(path) ? Buffer.from(`pointer to ${path}`) : content),
      ...(isLarge(path) && { lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }),
    }));
    if (from + 4 < entries.length) {
      url.searchParams.set('cursor', String(from + 4));
      response.setHeader('link', `<${url}>; rel="next"`);
    }
    json(response, entries.slice(from, from + 4));
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse): void {
    const entry = this.#note('cdn', request);
    const [, id, commit, name] = /^\/cdn\/([^/]+\/[^/]+)\/([0-9a-f]+)\/(.+)$/.exec(entry.path) ?? [];
    let content = this.repositories
      .get(id ?? '')
      ?.commits.get(commit ?? '')
      ?.get(name ?? '');
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    const { corrupt } = this.faults;
    if (corrupt && corrupt.name === name && corrupt.times > 0) {
      corrupt.times--;
      content = Buffer.from(content);
      content[content.length - 1]! ^= 1;
    }
    void this.#send(request, response, entry, content);
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    entry: LoggedRequest,
    content: Buffer,
  ): Promise<void> {
    const start = Number(/^bytes=(\d+)-$/.exec(entry.range ?? '')?.[1] ?? 0);
    const partial = entry.range !== undefined && !this.faults.ignoreRange;
    const body = partial ? content.subarray(start) : content;
    response.writeHead(partial ? 206 : 200, {
      'content-length': body.length,
      ...(partial && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const cut = entry.server === 'cdn' && this.faults.cut?.times ? this.faults.cut : undefined;
    if (cut) cut.times--;
    const stall = entry.server === 'cdn' && this.faults.stall?.times ? this.faults.stall : undefined;
    if (stall) stall.times--;
    const last = Math.min((cut ?? stall)?.after ?? Number.POSITIVE_INFINITY, body.length);
    for (let at = 0; at < last && !response.destroyed; ) {
      const piece = body.subarray(at, Math.min(at + 65536, last));
      at += piece.length;
      entry.sent += piece.length;
      await new Promise((resolve) => response.write(piece, resolve));
      if (this.faults.slow) await new Promise((resolve) => setTimeout(resolve, this.faults.slow));
    }
    // A pause, so that what was written is received before the connection breaks.
    if (cut) setTimeout(() => response.destroy(), 250);
    else if (!stall) response.end();
  }
}

interface Route {
  readonly kind: 'revision' | 'tree' | 'resolve';
  readonly id: string;
  readonly revision: string;
  readonly file: string;
}

type Refusal = readonly [status: number, code: string | undefined, message: string];

function routeOf(path: string): Route {
  const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(path);
  if (api) return { kind: api[2] as 'revision' | 'tree', id: api[1]!, revision: api[3]!, file: '' };
  const file = /^\/([^/]+\/[^/]+)\/resolve\/(.+)\/([^/]+)$/.exec(path);
  return { kind: 'resolve', id: file?.[1] ?? '', revision: file?.[2] ?? '', file: file?.[3] ?? '' };
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string | undefined, message: string): void {
  if (code) response.setHeader('x-error-code', code);
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-error-message': message })
    .end(JSON.stringify({ error: message }));
}
