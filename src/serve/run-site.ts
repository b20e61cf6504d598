// One run as a site: its page, its document, its events, the prompts that were read, and the files of its report.

import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { clientScript, servedPage } from '../view/page.tsx';
import { VIEW_STYLE } from '../view/style.ts';
import { HEADERS, HTML, JSON_TYPE, PLAIN, redirect, type Site, send } from './answer.ts';
import { indexFiles } from './files.ts';
import { answerPrompt } from './prompts.ts';
import { WatchedRun } from './watched-run.ts';

/** Pages that follow runs at once, at most. */
const FOLLOWERS = 32;
/** Bytes that may wait for a page that does not read them. */
const WAITING = 16e6;
/** Seconds between two lines that only say that the connection is alive. */
const HEARTBEAT = 15;

/** The pages of the report bring their own policy and their own style. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/** What every page of the server is made with. */
export function sendShared(response: ServerResponse, path: string): boolean {
  if (path === '/page.js') send(response, 200, 'text/javascript; charset=utf-8', clientScript());
  else if (path === '/page.css') send(response, 200, 'text/css; charset=utf-8', VIEW_STYLE);
  else return false;
  return true;
}

/** What a path below `/report/` names; undefined for another one, or one that is no text. */
function keyOf(path: string): string | undefined {
  try {
    return path.startsWith('/report/') ? decodeURIComponent(path.slice('/report/'.length)) : undefined;
  } catch {
    return undefined;
  }
}

export class RunSite implements Site {
  readonly #watched: WatchedRun;
  readonly #followers: Set<ServerResponse>;
  readonly #listed: boolean;

  /**
   * @param followers pages that follow this run or others of the same server
   * @param listed whether the run is one of a list, two steps up
   */
  private constructor(run: string, followers: Set<ServerResponse>, listed: boolean) {
    this.#watched = new WatchedRun(run);
    this.#followers = followers;
    this.#listed = listed;
  }

  /** The site of a run’s folder, whether there is a run in it yet or not. */
  static async open(run: string, followers: Set<ServerResponse>, listed = false): Promise<RunSite> {
    const site = new RunSite(run, followers, listed);
    await site.#watched.start();
    return site;
  }

  async answer(response: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    if (path === '/') return send(response, 200, HTML, servedPage(this.#listed ? 'listed' : 'run'));
    if (sendShared(response, path)) return;
    if (path === '/api/data') return send(response, 200, JSON_TYPE, await this.#watched.document());
    if (path === '/api/live') return this.#follow(response);
    if (path === '/api/prompt') {
      const found = await answerPrompt(this.#watched.run, query);
      return send(response, 200, JSON_TYPE, JSON.stringify(found));
    }
    const key = keyOf(path);
    if (key !== undefined) return this.#sendReport(response, key);
    send(response, 404, PLAIN, 'there is nothing here');
  }

  async close(): Promise<void> {
    await this.#watched.close();
  }

  #follow(response: ServerResponse): void {
    if (this.#followers.size >= FOLLOWERS) {
      send(response, 503, PLAIN, `${FOLLOWERS} pages follow runs already`);
      return;
    }
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    this.#followers.add(response);
    const stop = this.#watched.listen((told) => {
      // Who does not read comes back later and is told the whole state.
      if (response.writableLength > WAITING) response.destroy();
      else response.write(`data: ${JSON.stringify(told)}\n\n`);
    });
    const heartbeat = setInterval(() => response.write(': alive\n\n'), 1000 * HEARTBEAT);
    response.on('close', () => {
      clearInterval(heartbeat);
      stop();
      this.#followers.delete(response);
    });
  }

  async #sendReport(response: ServerResponse, key: string): Promise<void> {
    const file = (await indexFiles(join(this.#watched.run, 'report'))).get(key);
    if (!file) return send(response, 404, PLAIN, 'there is no such file in the report');
    // The explorer of the report names its own script by hash: here it is served instead.
    if (key === 'explore.html') return redirect(response, '../');
    response.writeHead(200, {
      ...HEADERS,
      'content-security-policy': REPORT_POLICY,
      'content-type': file.type,
    });
    createReadStream(file.path)
      .on('error', () => response.destroy())
      .pipe(response);
  }
}
