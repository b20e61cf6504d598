import {
  count,
  counts,
  deviceOption,
  folderPath,
  INTERACTIONS,
  JSON_DOCUMENT,
  KV_MEMORY,
  MEMORY,
  type Register,
  seconds,
  threadCount,
} from './arguments.ts';

export const registerEstimate: Register = (program) => {
  program
    .command('estimate')
    .description(
      'play a little of a study and say how long all of it will take here, and what memory and disk',
    )
    .argument('<study>', 'a study file (YAML)')
    .option('--seconds <n>', 'how long to play', seconds, 30)
    .option('--out <folder>', 'where runs are kept', folderPath, 'runs')
    .option('--threads <n>', 'threads for the models and the measure', threadCount)
    .addOption(deviceOption())
    .option(...MEMORY)
    .option(...KV_MEMORY)
    .option('--at-once <n>', 'episodes played at once, at most', count)
    .option(
      '--servers <n,n>',
      'say also how long the episodes would take on so many servers like these',
      counts,
    )
    .option(
      '--workers <n,n>',
      'say also how long it would take with so many workers of a queue, each on a machine like this',
      counts,
    )
    .option(...INTERACTIONS)
    .option(...JSON_DOCUMENT)
    .action(async (study, options) => (await import('../estimate.ts')).estimate(study, options));
};
