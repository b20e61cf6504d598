// A server on this machine that answers as each test says, over real sockets.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (response: ServerResponse, request: IncomingMessage) => void;

export interface FaultyServer {
  readonly url: string;
  /** How many requests have come. */
  readonly asked: () => number;
  stop(): Promise<void>;
}

/** Answers in turn; the last one for ever. */
export async function serve(...handlers: readonly Handler[]): Promise<FaultyServer> {
  let asked = 0;
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(asked++, handlers.length - 1)];
    request.resume();
    request.on('end', () => handler?.(response, request));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export const status =
  (code: number, body = '', headers = {}): Handler =>
  (response) =>
    void response.writeHead(code, headers).end(body);

/** Sends a part of what it promises, then nothing. */
export const stalled: Handler = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"part":');
};

/** Sends a part of what it promises, then ends the connection. */
export const cut: Handler = (response) => {
  stalled(response, response.req);
  setTimeout(() => response.destroy(), 10);
};

export const endless: Handler = (response) => {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};
