import type { Register } from './arguments.ts';

export const registerReport: Register = (program) => {
  program
    .command('report')
    .description('write the report of a run again, from its results')
    .argument('<run>', 'a run’s folder, like runs/first-study')
    .action(async (folder) => (await import('../report.ts')).report(folder));
};
