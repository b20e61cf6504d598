import {
  atLeastOne,
  bytes,
  deviceOption,
  INTERACTIONS,
  JSON_DOCUMENT,
  positive,
  type Register,
  wholeNumber,
} from './arguments.ts';

export const registerEstimate: Register = (program) => {
  program
    .command('estimate')
    .description(
      'play a little of a study and say how long all of it will take here, and what memory and disk',
    )
    .argument('<study>', 'a study file (YAML)')
    .option('--seconds <n>', 'how long to play', positive, 30)
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--threads <n>', 'threads for the models and the measure', wholeNumber)
    .addOption(deviceOption())
    .option('--memory <size>', 'memory for the measure, as for run', bytes)
    .option('--kv-memory <size>', 'memory for what the models have read, as for run', bytes)
    .option('--at-once <n>', 'episodes played at once, at most', atLeastOne)
    .option(...INTERACTIONS)
    .option(...JSON_DOCUMENT)
    .action(async (study, options) => (await import('../estimate.ts')).estimate(study, options));
};
