// Malformed inputs, some dozens here and 1500 by `npm run malformed`: none may end in an error that nobody foresaw, none
// may take for ever, and every message says where something is wrong and what to do.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BadInput, InterbrainError } from '../src/errors.ts';
import { interbrain } from './cli.ts';
import { Dice, KINDS, type Kind } from './malformed-inputs.ts';

const COUNT = Number(process.env['MALFORMED'] ?? 64);
const FIRST = Number(process.env['MALFORMED_SEED'] ?? 1);
/** Milliseconds; most take some ten. */
const LONGEST = 10_000;

/** Every mistake of a list stands on a line of its own; a message of another program may have several. */
function linesOf(error: InterbrainError): readonly string[] {
  return error instanceof BadInput ? error.problems : [error.message];
}

/** What is wrong with how an input was taken; undefined if nothing is. */
async function faultOf({ name, make, read }: Kind, seed: number): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'malformed-'));
  const start = performance.now();
  const tell = (what: string, error?: unknown) =>
    `${name}, seed ${seed}: ${what}${error instanceof Error ? `\n${error.stack}` : ''}`;
  try {
    make(folder, new Dice(seed));
    await read(folder);
  } catch (error) {
    if (!(error instanceof InterbrainError)) return tell('not foreseen', error);
    if (!/^\S.*: \S/.test(error.message)) return tell('no place', error);
    for (const line of linesOf(error)) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
      if (/[\u0000-\u0008\u000b-\u001f\u202e]/.test(line)) return tell('control characters', error);
      if (line.length > 2100) return tell('a message without end', error);
      if (!/; |expected|should|valid|must|are known|more of this kind|and \d+ more/.test(line))
        return tell('no advice', error);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return performance.now() - start > LONGEST ? tell('too slow') : undefined;
}

it.each(KINDS.map((kind, i) => [kind.name, kind, i] as const))('%s', async (_, kind, at) => {
  const faults: string[] = [];
  for (let seed = FIRST + at; seed < FIRST + COUNT; seed += KINDS.length) {
    const fault = await faultOf(kind, seed);
    if (fault !== undefined) faults.push(fault);
  }
  expect(faults).toEqual([]);
});

// A count of layers that no array has, a post-processor without a type, parts that are no lists, merges of what is not there.
it.each([
  5025, 5641, 5665, 5673, 20_113, 40_609,
])('a checkpoint that was once not told well: %i', async (seed) => {
  const checkpoint = KINDS.find(({ name }) => name === 'checkpoint');
  expect(checkpoint && (await faultOf(checkpoint, seed))).toBeUndefined();
  expect(checkpoint).toBeDefined();
});

const FLAGS: readonly (readonly string[])[] = [
  ['run', 'x', '--threads', '1e9'],
  ['run', 'x', '--memory', '1B'],
  ['run', 'x', '--out', ''],
  ['measure', '.', '--test', '5'],
  ['measure', '.', '--samples', '1e300'],
  ['measure', '/dev/null'],
  ['judge', 'nowhere', '--concurrency', '5000'],
  ['agreement', '/dev/zero', '.'],
  ['model', 'inspect', 'toy-lama'],
  ['report', 'nowhere\u001b[31m'],
];

it.each(
  FLAGS.slice(0, process.env['MALFORMED'] ? FLAGS.length : 3),
)('interbrain %s %s %s', async (...args) => {
  const { code, stderr } = await interbrain(
    args.filter((one) => one !== undefined),
    tmpdir(),
  );
  expect(code).toBe(2);
  for (const unwanted of ['bug in interbrain', '\n    at ', '\u001b']) expect(stderr).not.toContain(unwanted);
  expect(stderr.trim()).not.toBe('');
});

it('a prompt of thousands of words is answered, or refused for its length', async () => {
  const prompt = 'word '.repeat(3000);
  const { code, stdout, stderr } = await interbrain(
    ['model', 'inspect', 'toy-llama-s', '--prompt', prompt],
    tmpdir(),
  );
  expect([0, 2], stderr).toContain(code);
  expect(stdout + stderr).toMatch(/reply|context/);
});
