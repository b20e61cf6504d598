import { type Register, wholeNumber } from './arguments.ts';

export const registerServe: Register = (program) => {
  program
    .command('serve')
    .description(
      'show a run in a browser, before, while and after it goes on, or all runs of a folder; nothing but this machine reaches it',
    )
    .argument(
      '[folder]',
      'a run’s folder, like runs/first-study, in which there need be no run yet; or a folder of runs (default: runs)',
    )
    .option('--port <n>', 'port (default: one that is free)', wholeNumber)
    .option(
      '--host <address>',
      'address of this machine to listen at; others reach it only with --token',
      '127.0.0.1',
    )
    .option('--token', 'let in only who has the secret in the printed address')
    .action(async (folder, options) => (await import('../serve.ts')).serve(folder, options));
};
