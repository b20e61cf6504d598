import type { Register } from './arguments.ts';

export const registerInit: Register = (program) => {
  program
    .command('init')
    .description('write a study file to begin with: asks five questions, or takes an example')
    .argument('[file]', 'the file to write; by default named after the study or the example')
    .option('--example <name>', 'write this example and ask nothing')
    .option('--list', 'list the examples')
    .action(async (file, options) => (await import('../init.ts')).init(file, options));
};
