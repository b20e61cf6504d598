import { JSON_DOCUMENT, type Register } from './arguments.ts';

export const registerExport: Register = (program) => {
  program
    .command('export')
    .description('write a run’s current results as tables for data frames (docs/data-frames.md)')
    .argument('<run>', 'a run’s folder, like runs/first-study')
    .option('--parquet <folder>', 'where Parquet files go, one for each table')
    .option('--csv <folder>', 'where CSV files go, one for each table')
    .option(...JSON_DOCUMENT)
    .action(async (folder, options) => (await import('../export.ts')).exportRun(folder, options));
};
