import { Option } from 'commander';
import {
  count,
  deviceOption,
  folderPath,
  INTERACTIONS,
  KV_MEMORY,
  lostAfter,
  MEMORY,
  QUEUE_ADDRESS,
  type Register,
  threadCount,
} from './arguments.ts';

export const registerRun: Register = (program) => {
  program
    .command('run')
    .description(
      'play a study’s episodes, measure synchrony and write the report; goes on where it was stopped',
    )
    .argument('<study>', 'a study file (YAML)')
    .option('--out <folder>', 'where runs are kept', folderPath, 'runs')
    .option('--threads <n>', 'threads for the models and the measure', threadCount)
    .addOption(deviceOption())
    .option(...MEMORY)
    .option(...KV_MEMORY)
    .option('--at-once <n>', 'episodes played at once, at most', count)
    .option(...QUEUE_ADDRESS)
    .addOption(
      new Option(
        '--lost-after <seconds>',
        'seconds of silence after which a worker of the queue has lost its job (default: 60)',
      ).argParser(lostAfter),
    )
    .option(...INTERACTIONS)
    .option(
      '--no-live',
      'do not write what happens to live.ndjson in the run’s folder, which interbrain serve shows',
    )
    .option('--serve', 'show the run in a browser as well, as interbrain serve does, until Ctrl-C')
    .option('--json', 'print events, one JSON object a line, and nothing else on stdout (docs/json.md)')
    .action(async (study, options) => (await import('../run.ts')).run(study, options));
};
