import { afterEach, expect, it } from 'vitest';
import {
  cut,
  endless,
  type FaultyServer,
  type Handler,
  serve,
  stalled,
  status,
} from '../../test/faulty-server.ts';
import { fetchText, type TextOptions } from './download.ts';

let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function get(handlers: readonly Handler[], more: Partial<TextOptions> = {}): Promise<string> {
  server = await serve(...handlers);
  return fetchText(`${server.url}/f?sign=abc`, {
    advice: 'do it by hand',
    pause: 0.001,
    silence: 10,
    ...more,
  });
}

it('follows redirections, and asks a busy or broken server again', async () => {
  const moved: Handler = (response) => void response.writeHead(302, { location: '/elsewhere' }).end();
  expect(await get([status(503), moved, cut, moved, status(200, 'Grüße')])).toBe('Grüße');
});

it.each<[string, Handler, RegExp, number]>([
  ['what is not there', status(404), /answered 404 Not Found; do it by hand/, 1],
  ['a busy server', status(429, '', { 'retry-after': '0' }), /answered 429 Too Many Requests; do it/, 3],
  ['one that asks for too much time', status(429, '', { 'retry-after': '999' }), /asks to wait 999 s/, 1],
  ['a cut answer', cut, /the answer was cut \(/, 3],
  ['silence before the answer', () => {}, /could not be reached \(no answer in 0.2 s\); do it by hand/, 3],
  ['silence within it', stalled, /the answer was cut \(no bytes in 0.2 s\)/, 3],
  ['an endless answer', endless, /sends more than 1000000 bytes; do it by hand/, 1],
])('gives up on %s, and shows no signature of an address', async (_, fault, message, requests) => {
  const silence = message.source.includes('in 0.2 s') ? 0.2 : 10;
  const error: unknown = await get([fault], { mostBytes: 1e6, silence }).catch((failure: unknown) => failure);
  expect(String(error)).toMatch(message);
  expect(String(error)).toContain(`${server?.url}/f: `);
  expect(String(error)).not.toContain('abc');
  expect(server?.asked()).toBe(requests);
});

it('shows no password of an address that cannot be used', async () => {
  const error = await fetchText('http://me:pass@127.0.0.1:1/', { advice: '', attempts: 1 }).catch(String);
  expect(error).toMatch(/^RemoteFailure|^Interruption/);
  expect(error).not.toContain('pass');
});

it('stops when it is told to', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 30);
  await expect(get([stalled], { silence: 30, signal: stop.signal })).rejects.toThrow('enough');
});
