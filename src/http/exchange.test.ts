import { afterEach, expect, it } from 'vitest';
import { cut, endless, type FaultyServer, type Handler, serve, status } from '../../test/faulty-server.ts';
import { endpoint, exchange, type HttpServer } from './exchange.ts';
import { Interruption, Refused, Unreachable } from './failures.ts';

const KEY = 'sk-secret';
let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const settings: Omit<HttpServer, 'url'> = { apiKey: KEY, timeout: 2, backoff: 0.001, retries: 2 };
/** The error of a question, or what it gave. */
async function ask(handlers: readonly Handler[], more: Partial<HttpServer> = {}, json: unknown = { a: 1 }) {
  server = await serve(...handlers);
  const read = (body: string, url: string): unknown => {
    if (body.startsWith('{')) return JSON.parse(body);
    throw new Interruption(url, `no JSON: ${body}`);
  };
  return exchange({ url: server.url, ...settings, ...more }, { path: 'x', json }, read).catch(
    (error: Error) => error,
  );
}

it('sends JSON with the key, and counts what it took', async () => {
  const echo: Handler = (response, { headers, method, url }) =>
    void response.end(
      JSON.stringify([method, url, headers.authorization, headers['content-type']])
        .replace(/^/, '{"r":')
        .concat('}'),
    );
  const found = await ask([status(503), echo]);
  const heard = ['POST', '/x', `Bearer ${KEY}`, 'application/json'];
  expect(found).toEqual({ value: { r: heard }, requests: 2 });
});

it.each<[string, Handler, string]>([
  ['a busy server', status(429, '{"error":"slow down"}'), 'status 429: slow down (3 requests)'],
  ['a broken one', status(500, `{"message":"boom ${KEY}"}`), 'status 500: boom *** (3 requests)'],
  ['a cut answer', cut, '(3 requests)'],
  ['an endless one', endless, 'longer than 5000 bytes'],
  ['garbage', status(200, '<html>'), 'no JSON: <html> (3 requests)'],
])('is given up after three tries: %s', async (_, fault, message) => {
  const error = await ask([fault], { mostBytes: 5000 });
  expect(String(error)).toContain(message);
  expect(String(error)).not.toContain(KEY);
  expect(server?.asked()).toBe(3);
});

it('waits as Retry-After says, in place of its own pauses', async () => {
  const start = performance.now();
  await ask([status(429, '', { 'retry-after': '0.3' }), status(200, '{}')], { backoff: 30 });
  expect(performance.now() - start).toBeGreaterThan(290);
  const error = await ask([status(429, '', { 'retry-after': '600' })]);
  expect(String(error)).toContain('asks to wait 600 s');
  expect(server?.asked()).toBe(1);
});

it('is refused at once, and no key or password is shown, even where the server repeats them', async () => {
  const error = await ask([status(401, `{"detail":"no key\n ${KEY} at http://me:pass@host/x"}`)]);
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ status: 401 });
  expect(String(error)).toContain('no key *** at http://***@host/x');
  expect(server?.asked()).toBe(1);
});

it('says that nobody is there, with no password of the address', async () => {
  const nobody = { ...settings, url: 'http://me:pass@127.0.0.1:1/v1?token=abc' };
  const error = await exchange(nobody, { path: 'x' }, String).catch((failure: Error) => failure);
  expect(error).toBeInstanceOf(Unreachable);
  expect(String(error)).toContain('cannot be reached (ECONNREFUSED, 3 requests)');
  for (const secret of ['pass', 'abc', KEY]) expect(String(error)).not.toContain(secret);
});

it('stops when it is told to, while it waits', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 30);
  const start = performance.now();
  const error = await ask([status(503)], { backoff: 30, signal: stop.signal });
  expect(String(error)).toContain('enough');
  expect(performance.now() - start).toBeLessThan(5000);
});

it('puts a path behind any form of an address', () => {
  expect(endpoint('http://h/v1//', 'models').href).toBe('http://h/v1/models');
});
