// What a worker is called.

import { hostname } from 'node:os';

/** `host:pid` of this process. */
export function thisWorker(): string {
  return `${hostname()}:${process.pid}`;
}
