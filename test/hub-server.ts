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
const isLarge = (name: string) => /\.(safetensors|bin)$/.test(name);

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
    if (this.faults.busy) {
      this.faults.busy--;
      response.writeHead(503).end();
      return;
    }
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(entry.path);
    const file = /^\/([^/]+\/[^/]+)\/resolve\/(.+)\/([^/]+)$/.exec(entry.path);
    const id = (api ?? file)?.[1] ?? '';
    const repository = this.repositories.get(id);
    if (!repository || (repository.hidden && !entry.authorization))
      return refuse(response, entry.authorization ? 404 : 401, 'RepoNotFound', 'Repository not found');
    if (entry.authorization === 'Bearer hf_expired')
      return refuse(response, 401, undefined, 'Invalid credentials in Authorization header');
    const revision = api?.[3] ?? file?.[2] ?? '';
    const commit = repository.refs.get(revision) ?? revision;
    const files = repository.commits.get(commit);
    if (!files) return refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    if (api?.[2] === 'revision') return json(response, { _id: '1', id, sha: commit });
    if (api) return this.#list(response, request, files);
    if (repository.gatedFor !== undefined && entry.authorization !== `Bearer ${repository.gatedFor}`)
      return refuse(
        response,
        entry.authorization ? 403 : 401,
        'GatedRepo',
        `Access to model ${id} is restricted`,
      );
    const content = files.get(file![3]!);
    if (!content) return refuse(response, 404, 'EntryNotFound', 'Entry not found');
    response.setHeader('x-repo-commit', commit);
    if (!isLarge(file![3]!)) {
      response.setHeader('etag', `"${gitHash(content)}"`);
      void this.#send(request, response, entry, content);
      return;
    }
    const { port } = this.#cdn.address() as AddressInfo;
    response.writeHead(302, {
      location: `http://127.0.0.1:${port}/cdn/${id}/${commit}/${file![3]}`,
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
    const last = Math.min(cut?.after ?? Number.POSITIVE_INFINITY, body.length);
    for (let at = 0; at < last && !response.destroyed; ) {
      const piece = body.subarray(at, Math.min(at + 65536, last));
      at += piece.length;
      entry.sent += piece.length;
      await new Promise((resolve) => response.write(piece, resolve));
      if (this.faults.slow) await new Promise((resolve) => setTimeout(resolve, this.faults.slow));
    }
    // A pause, so that what was written is received before the connection breaks.
    if (cut) setTimeout(() => response.destroy(), 50);
    else response.end();
  }
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
