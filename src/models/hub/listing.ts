// What a repository holds at a revision, asked through @huggingface/hub.

import { z } from 'zod';
import { InterbrainError, RemoteFailure } from '../../errors.ts';
import { retrying } from '../../http/retry.ts';
import type { RemoteFile } from './blob.ts';
import { isCommit } from './cache.ts';
import type { Fetch } from './http.ts';
import type { HubName } from './name.ts';

export interface ListingRequest {
  readonly name: HubName;
  readonly endpoint: string;
  readonly fetch: Fetch;
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Listing {
  readonly commit: string;
  /** The files at the top of the repository, by name. */
  readonly files: ReadonlyMap<string, RemoteFile>;
}

const commitHash = z.string().refine(isCommit, 'should be a commit of 40 hex digits');

/** Names and checksums become paths in the cache: the pattern lets none of them lead out of it. */
const fileEntry = z.object({
  path: z.string().regex(/^[^/\\]+$/),
  size: z.number().int().min(0),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z
    .object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().min(0) })
    .optional()
    .catch(undefined),
});

/** @throws BadInput if there is no such repository or revision; RemoteFailure if the hub cannot be asked */
export async function listRepository(request: ListingRequest): Promise<Listing> {
  const { attempts, signal, endpoint } = request;
  return retrying(() => ask(request), { attempts, signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof InterbrainError) throw error;
    const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new RemoteFailure(endpoint, `does not answer as a hub does (${said}); check HF_ENDPOINT`, {
      cause: error,
    });
  });
}

async function ask({ name, endpoint: hubUrl, fetch }: ListingRequest): Promise<Listing> {
  const { id, revision } = name;
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const commit = isCommit(revision)
    ? revision
    : commitHash.parse(
        (await modelInfo({ name: id, revision, additionalFields: ['sha'], hubUrl, fetch })).sha,
      );
  const files = new Map<string, RemoteFile>();
  for await (const entry of listFiles({ repo: id, revision: commit, hubUrl, fetch })) {
    if (entry.type !== 'file') continue;
    const { path, size, oid, lfs } = fileEntry.parse(entry);
    files.set(path, { name: path, size: lfs?.size ?? size, etag: lfs?.oid ?? oid });
  }
  return { commit, files };
}
