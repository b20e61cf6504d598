// The models that come with the package.

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest, distance } from 'fastest-levenshtein';
import { BadInput } from '../errors.ts';
import { type Prompts, promptsFrom } from '../prompts/prompts.ts';

/** `models/` of the package; the same relative place in `src/` and in `dist/`. */
const FOLDER = fileURLToPath(new URL('../../models', import.meta.url));

export function embeddedModels(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, 'config.json')))
    .sort();
}

/** @throws BadInput naming the embedded models there are */
export function embeddedModelFolder(name: string, where: string): string {
  const names = embeddedModels();
  if (names.includes(name)) return join(FOLDER, name);
  const near = closest(name, names);
  const meant = distance(name, near) <= 3 ? `; did you mean ${near}? Embedded` : '; embedded';
  throw new BadInput(
    where,
    `no embedded model is called "${name}"${meant} models are ${names.join(', ')}; a checkpoint is named by its folder, or org/name on the hub`,
  );
}

let prompts: Prompts | undefined;

/** Whether a folder is that of an embedded model. */
export function isEmbedded(folder: string): boolean {
  return dirname(resolve(folder)) === resolve(FOLDER);
}

/** The words that they were trained on, which lie beside their weights. */
export function embeddedPrompts(): Prompts {
  prompts ??= promptsFrom(join(FOLDER, 'prompts.yaml'), 'transcript', 'of the embedded models');
  return prompts;
}
