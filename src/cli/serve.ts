// `interbrain serve`: a run in the browser, or all runs of a folder, until Ctrl-C.

import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { BadInput, codeOf } from '../errors.ts';
import { findRuns, isRun } from '../serve/list-runs.ts';
import { isLoopback, type ServeOptions, type Serving, serveRun, serveRuns } from '../serve/server.ts';

interface Options {
  readonly port?: number;
  readonly host: string;
  readonly token?: boolean;
}

/** Where `run` keeps runs by default. */
const RUNS = 'runs';

export async function serve(
  folder: string = RUNS,
  { port = 0, host, token = false }: Options,
): Promise<void> {
  checkFolder(folder);
  if (port > 65_535) throw new BadInput('--port', `is ${port}, and ports end at 65535`);
  if (!isLoopback(host) && !token)
    throw new BadInput(
      '--host',
      `others could reach ${host}: add --token, so that only who has the printed address is let in`,
    );
  const secret = token ? randomBytes(24).toString('base64url') : undefined;
  const open = (await holdsRuns(folder)) ? serveRuns : serveRun;
  const { url, close } = await opened(() => open(folder, { host, port, token: secret }), { host, port });
  process.stdout.write(`${folder} at ${url}\nCtrl-C ends it; a run does not depend on it.\n`);
  await interrupted();
  await close();
}

/** A run that is still to come is no folder yet. */
function checkFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory())
    throw new BadInput(folder, 'is a file; name a run’s folder, like runs/first-study, or that of all runs');
}

/** Whether a folder is one of runs: the usual one, or one that has some and is none itself. */
async function holdsRuns(folder: string): Promise<boolean> {
  if (await isRun(folder)) return false;
  return folder === RUNS || (await findRuns(folder)).size > 0;
}

async function opened(
  open: () => Promise<Serving>,
  { host, port }: Pick<ServeOptions, 'host' | 'port'>,
): Promise<Serving> {
  try {
    return await open();
  } catch (cause) {
    if (codeOf(cause) === 'EADDRINUSE')
      throw new BadInput('--port', `${port} is taken; leave it out for one that is free`, { cause });
    if (codeOf(cause) === 'EACCES')
      throw new BadInput('--port', `${port} may not be used; take one above 1023`, { cause });
    if (codeOf(cause) === 'EADDRNOTAVAIL' || codeOf(cause) === 'ENOTFOUND')
      throw new BadInput('--host', `${host} is no address of this machine`, { cause });
    throw cause;
  }
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/** A run that is shown by its own process. */
export interface ShownRun {
  /** Ends it. */
  readonly close: () => Promise<void>;
  /** Goes on until Ctrl-C. */
  readonly stay: () => Promise<void>;
}

/**
 * Shows a run at an address of this machine while it goes on, and after.
 *
 * @param tell prints a line
 */
export async function showRun(run: string, tell: (line: string) => void): Promise<ShownRun> {
  const { url, close } = await serveRun(run);
  tell(`In the browser: ${url}`);
  return {
    close,
    async stay() {
      tell(`Still at ${url}; Ctrl-C ends it.`);
      await interrupted();
      await close();
    },
  };
}
