// The studies that come with the package, to begin with.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../../errors.ts';
import { guess } from '../study-file/guess.ts';

/** `examples/` of the package; the same relative place in `src/` and in `dist/`. */
const FOLDER = fileURLToPath(new URL('../../../examples', import.meta.url));

export interface Example {
  readonly name: string;
  /** The first sentence of its comment. */
  readonly about: string;
  readonly text: string;
}

function readExample(file: string): Example {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const comment = text
    .split('\n')
    .slice(
      0,
      text.split('\n').findIndex((line) => !line.startsWith('#')),
    )
    .map((line) => line.replace(/^# ?/, ''))
    .join(' ');
  const [about = ''] = /^.*?[.?](?= [A-Z]|$)/.exec(comment) ?? [];
  return { name: basename(file, '.yaml'), about, text };
}

/** All of them, by name. */
export function examples(): Example[] {
  return (
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map(readExample)
      // compose.yaml is for Docker.
      .filter(({ text }) => /^models:/m.test(text))
  );
}

/** @throws BadInput naming the examples that there are */
export function exampleNamed(name: string): Example {
  const all = examples();
  const names = all.map((one) => one.name);
  const found = all.find((one) => one.name === name);
  if (found) return found;
  throw new BadInput(
    '--example',
    `no example is called "${name}"${guess(name, names)}; there are ${names.join(', ')}`,
  );
}
