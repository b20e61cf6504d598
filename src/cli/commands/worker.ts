import {
  count,
  deviceOption,
  folderPath,
  KV_MEMORY,
  MEMORY,
  names,
  QUEUE_ADDRESS,
  type Register,
  threadCount,
} from './arguments.ts';

export const registerWorker: Register = (program) => {
  program
    .command('worker')
    .description('make results of a run that has a queue; ends when the run has ended')
    .requiredOption(QUEUE_ADDRESS[0], 'an address of Redis like redis://host:6379')
    .option('--out <folder>', 'where runs are kept, as for the run itself', folderPath, 'runs')
    .option('--stages <names>', 'take jobs of these stages alone, like measure,episodes', names)
    .option('--models <names>', 'take only jobs that need no models but these, like llama,mistral', names)
    .option('--stay', 'wait for the next run when one has ended')
    .option('--threads <n>', 'threads for the models and the measure', threadCount)
    .addOption(deviceOption())
    .option(...MEMORY)
    .option(...KV_MEMORY)
    .option('--at-once <n>', 'episodes played at once, at most', count)
    .action(async (options) => (await import('../worker.ts')).worker(options));
};
