// `interbrain prompts`: the words that models are given, to begin a wording of one's own with.

import { readFileSync } from 'node:fs';
import { builtInFile } from '../prompts/prompts.ts';
import type { StyleName } from '../prompts/style-names.ts';

export function prompts(style: StyleName): void {
  process.stdout.write(readFileSync(builtInFile(style), 'utf8'));
}
