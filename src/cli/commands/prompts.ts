import { Argument } from 'commander';
import { STYLES, type StyleName } from '../../prompts/style-names.ts';
import type { Register } from './arguments.ts';

export const registerPrompts: Register = (program) => {
  program
    .command('prompts')
    .description('print the words that models are given, to begin a wording of one’s own with')
    .addArgument(new Argument('<style>', 'how prompts are put together').choices(STYLES))
    .action(async (style: StyleName) => (await import('../prompts.ts')).prompts(style));
};
