import { afterEach, expect, it } from 'vitest';
import { type FaultyServer, type Handler, serve, status } from '../../../test/faulty-server.ts';
import { retrying } from '../../http/retry.ts';
import { createHubFetch } from './http.ts';

const TOKEN = 'hf_secret';
let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function get(...handlers: Handler[]): Promise<Response> {
  server = await serve(...handlers);
  const settings = { cache: '', endpoint: server.url, token: TOKEN, offline: false, silence: 10_000 };
  const hubFetch = createHubFetch(settings, { id: 'acme/toy', revision: 'main' });
  return retrying(() => hubFetch(`${server?.url}/file?sign=abc`), { attempts: 3, pause: 30 });
}

it('waits as long as the hub asks to', async () => {
  const start = performance.now();
  const response = await get(status(429, '', { 'retry-after': '0.2' }), status(200, 'x'));
  expect(await response.text()).toBe('x');
  expect(performance.now() - start).toBeGreaterThan(190);
  await expect(get(status(503, '', { 'retry-after': '999' }))).rejects.toThrow(/503.*asks to wait 999 s/);
});

it('shows neither the token nor the signature of an address, even where the hub repeats them', async () => {
  for (const code of [400, 401, 418, 429]) {
    const headers = { 'x-error-message': `wrong: ${TOKEN}`, 'retry-after': '999' };
    const error: unknown = await get(status(code, '', headers)).catch((failure: unknown) => failure);
    expect(String(error)).toContain('wrong: ***');
    expect(String(error)).not.toMatch(/hf_secret|abc/);
    await server?.stop();
  }
});

it('reads of a refusal no more than it needs', async () => {
  const long = JSON.stringify({ error: 'x'.repeat(200_000) });
  await expect(get(status(418, long))).rejects.toThrow(/answered 418 I'm a Teapot$/);
});
