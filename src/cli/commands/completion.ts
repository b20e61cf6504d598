import { Argument } from 'commander';
import { SHELLS, type Shell } from '../completion/shells.ts';
import type { Register } from './arguments.ts';

export const registerCompletion: Register = (program) => {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands and options (docs/options.md)')
    .addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS))
    .action(async (shell: Shell) => (await import('../completion.ts')).completion(program, shell));
};
