// `interbrain completion`: a script for a shell, made of the commands as they are. It runs nothing when a key is pressed.

import type { Command } from 'commander';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import type { Shell } from './completion/shells.ts';
import { commandTree, type TreeCommand } from './completion/tree.ts';
import { zshScript } from './completion/zsh.ts';

const SCRIPTS: Readonly<Record<Shell, (name: string, commands: readonly TreeCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function completion(program: Command, shell: Shell): void {
  process.stdout.write(SCRIPTS[shell](program.name(), commandTree(program)));
}
