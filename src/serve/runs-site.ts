// A folder of runs as a site: the list, and each run below `/r/NAME/`.

import type { ServerResponse } from 'node:http';
import { servedPage } from '../view/page.tsx';
import { HTML, JSON_TYPE, PLAIN, redirect, type Site, send } from './answer.ts';
import { findRuns, RunList } from './list-runs.ts';
import { RunSite, sendShared } from './run-site.ts';

export class RunsSite implements Site {
  readonly #folder: string;
  readonly #followers: Set<ServerResponse>;
  readonly #list: RunList;
  readonly #runs = new Map<string, Promise<RunSite>>();

  constructor(folder: string, followers: Set<ServerResponse>) {
    this.#folder = folder;
    this.#followers = followers;
    this.#list = new RunList(folder);
  }

  async answer(response: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    if (path === '/') return send(response, 200, HTML, servedPage('list'));
    if (sendShared(response, path)) return;
    if (path === '/api/runs') return send(response, 200, JSON_TYPE, JSON.stringify(await this.#list.rows()));
    const [, name = '', rest] = /^\/r\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const run = await this.#open(name);
    if (!run) return send(response, 404, PLAIN, 'there is no such run');
    if (rest === undefined) return redirect(response, `${path}/`);
    return run.answer(response, rest, query);
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) await (await run).close();
  }

  /** The site of a run that the folder has: what was asked for is looked up, and no path is made of it. */
  async #open(name: string): Promise<RunSite | undefined> {
    const key = decoded(name);
    const path = key === undefined ? undefined : (await findRuns(this.#folder)).get(key);
    if (key === undefined || path === undefined) return undefined;
    const known = this.#runs.get(key) ?? RunSite.open(path, this.#followers, true);
    this.#runs.set(key, known);
    return known;
  }
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
