// A run served: who is let in, and what is given out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServeOptions, type Serving, serveRun } from '../src/serve/server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interbrain-serve-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request as it is written, with nothing put right. */
function ask(
  serving: Serving,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = new URL(serving.url);
  return new Promise((done, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function serving(run: string, options: ServeOptions, use: (serving: Serving) => Promise<void>) {
  const one = await serveRun(run, options);
  try {
    await use(one);
  } finally {
    await one.close();
  }
}

describe('who is let in', () => {
  const run = () => join(folder, 'guarded');
  beforeAll(async () => {
    await mkdir(join(run(), 'report/tables'), { recursive: true });
    await writeFile(join(run(), 'report/index.html'), 'the page');
    await writeFile(join(run(), 'secret.html'), 'secret');
    await symlink(join(run(), 'secret.html'), join(run(), 'report/link.html'));
    await symlink(run(), join(run(), 'report/up'));
  });

  it('files of the report, and nothing else of the disk', async () => {
    await serving(run(), {}, async (one) => {
      expect(await ask(one, '/report/index.html')).toMatchObject({ status: 200, body: 'the page' });
      const paths = [
        '/report/../secret.html',
        '/report/..%2fsecret.html',
        '/report/%2e%2e/secret.html',
        '/report/..%5csecret.html',
      ];
      const others = [
        '/report/link.html',
        '/report/up/secret.html',
        '/report/%00',
        '/report/%ff',
        '/report/',
        '/report/tables',
        `/report/${run()}/secret.html`,
      ];
      for (const path of [
        ...paths,
        ...others,
        '/secret.html',
        '/manifest.json',
        '//report/index.html',
        '/api/',
        '/etc/passwd',
      ])
        expect((await ask(one, path)).status, path).toBe(404);
    });
  });

  it('asks of this machine’s own page, and of no other', async () => {
    await serving(run(), {}, async (one) => {
      const { host } = new URL(one.url);
      const status = async (headers: Readonly<Record<string, string>>) =>
        (await ask(one, '/api/data', headers)).status;
      expect(await status({})).toBe(200);
      expect(await status({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
      expect(await status({ host: 'evil.example' })).toBe(403);
      expect(await status({ host: `evil.example:${new URL(one.url).port}` })).toBe(403);
      for (const origin of ['http://evil.example', 'null', `https://${host}`])
        expect(await status({ origin }), origin).toBe(403);
      for (const site of ['cross-site', 'same-site'])
        expect(await status({ 'sec-fetch-site': site }), site).toBe(403);
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
        expect((await ask(one, '/', {}, method)).status, method).toBe(405);
    });
  });

  it('whoever has the token, where others reach the address', async () => {
    const token = 'a-secret';
    await serving(run(), { token }, async (one) => {
      for (const path of [
        '/',
        '/page.js',
        '/api/data',
        '/api/live',
        '/report/index.html',
        '/?token=a-secre',
        '/?token=',
      ])
        expect((await ask(one, path)).status, path).toBe(401);
      const { status, headers } = await ask(one, `/?token=${token}`);
      expect(status).toBe(200);
      const [cookie = ''] = headers['set-cookie'] ?? [];
      expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
      const own = cookie.split(';')[0] ?? '';
      expect((await ask(one, '/api/data', { cookie: own })).status).toBe(200);
      expect((await ask(one, '/api/data', { cookie: `${own}x` })).status).toBe(401);
    });
  });

  it('a strict policy with every answer', async () => {
    await serving(run(), {}, async (one) => {
      for (const path of ['/', '/page.js', '/api/data', '/nothing', '/report/index.html']) {
        const { headers } = await ask(one, path);
        expect(headers['content-security-policy'], path).toMatch(/^default-src 'none'/);
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        });
      }
      expect((await ask(one, '/')).headers['content-security-policy']).not.toMatch(/unsafe/);
    });
  });

  it('says what is wrong with a run that cannot be read', async () => {
    const broken = join(folder, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'manifest.json'), '{"format":"interbrain-run-1"}');
    await serving(broken, {}, async (one) => {
      const { status, body } = await ask(one, '/api/data');
      expect([status, body]).toEqual([422, expect.stringContaining('interbrain-run-2')]);
    });
  });
});

it('Ctrl-C ends the command, and nothing keeps it alive', async () => {
  const main = resolve(import.meta.dirname, '../dist/cli/main.js');
  const child = spawn(process.execPath, [main, 'serve', join(folder, 'not-there')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let said = '';
  for await (const part of child.stdout) {
    said += String(part);
    if (said.includes('Ctrl-C')) break;
  }
  const url = /http:\S+/.exec(said)?.[0] ?? '';
  expect(await (await fetch(`${url}api/data`)).text()).toBe('null');
  // A page that follows is let go of.
  const follower = await fetch(`${url}api/live`);
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  await follower.body?.cancel().catch(() => {});
});
