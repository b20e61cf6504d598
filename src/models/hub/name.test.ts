import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../errors.ts';
import { CachedRepository } from './cache.ts';
import { HUB_NAME, parseHubName } from './name.ts';

describe('the name of a hub model', () => {
  it('is org/name, with main or with the revision named', () => {
    expect(parseHubName('mistralai/Mistral-7B-Instruct-v0.3')).toEqual({
      id: 'mistralai/Mistral-7B-Instruct-v0.3',
      revision: 'main',
      parts: 'all',
    });
    expect(parseHubName('a/b@refs/pr/1')).toEqual({ id: 'a/b', revision: 'refs/pr/1', parts: 'all' });
    expect(parseHubName(`a/b@${'0'.repeat(40)}`).revision).toBe('0'.repeat(40));
  });

  it.each([
    '',
    'gpt2',
    'a/b/c',
    '/b',
    'a/',
    'a/b@',
    '../b',
    'a/..',
    'a/b@../../x',
    'a/b@/x',
    'a/b@x/',
    'a--b/c',
    'a b/c',
    'https://huggingface.co/a/b',
  ])('is not "%s"', (name) => {
    expect(() => parseHubName(name)).toThrow(BadInput);
  });

  it('never leads out of the cache', () => {
    const parts = fc.array(fc.constantFrom('a', 'Z', '9', '.', '..', '-', '_', '/', '@', '\\', '+', ' '), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(parts, (list) => {
        const name = `a/${list.join('')}`;
        fc.pre(HUB_NAME.test(name));
        const parsed = parseHubName(name);
        const { folder } = new CachedRepository('/cache', parsed);
        expect(resolve(folder)).toBe(folder);
        expect(folder.split('/')).toHaveLength(3);
        const ref = join(folder, 'refs', ...parsed.revision.split('/'));
        expect(ref.startsWith(`${folder}/refs/`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
