import type { Register } from './arguments.ts';

export const registerSchema: Register = (program) => {
  program
    .command('schema')
    .description('print the JSON Schema of the study file, for editors')
    .action(async () => (await import('../schema.ts')).schema());
};
