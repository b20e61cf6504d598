import { atLeastOne, bytes, deviceOption, INTERACTIONS, type Register, wholeNumber } from './arguments.ts';

export const registerRun: Register = (program) => {
  program
    .command('run')
    .description(
      'play a study’s episodes, measure synchrony and write the report; goes on where it was stopped',
    )
    .argument('<study>', 'a study file (YAML)')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--threads <n>', 'threads for the models and the measure', wholeNumber)
    .addOption(deviceOption())
    .option('--memory <size>', 'memory for the measure, like 3GB (default: half of what is free)', bytes)
    .option(
      '--kv-memory <size>',
      'memory for what the models have read, which decides how many episodes are played at once (default: a quarter of what is free)',
      bytes,
    )
    .option('--at-once <n>', 'episodes played at once, at most', atLeastOne)
    .option(...INTERACTIONS)
    .option('--json', 'print events, one JSON object a line, and nothing else on stdout (docs/json.md)')
    .action(async (study, options) => (await import('../run.ts')).run(study, options));
};
