import { JSON_DOCUMENT, type Register } from './arguments.ts';

export const registerCompare: Register = (program) => {
  program
    .command('compare')
    .description('put two runs side by side: settings that differ, SyncR² of what both have')
    .argument('<first>', 'a run’s folder')
    .argument('<second>', 'another run’s folder')
    .option(...JSON_DOCUMENT)
    .action(async (first, second, options) =>
      (await import('../compare.ts')).compare(first, second, options),
    );
};
