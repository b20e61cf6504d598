import { InvalidArgumentError, Option } from 'commander';
import { LARGEST_LAMBDA } from '../../numerics/largest-lambda.ts';
import type { Lambda } from '../../synchrony/types.ts';
import {
  count,
  deviceOption,
  folderPath,
  JSON_DOCUMENT,
  MEMORY,
  positive,
  type Register,
  share,
  threadCount,
  upTo,
  wholeNumber,
} from './arguments.ts';

function samples(text: string): number | 'all' {
  return text === 'all' ? 'all' : count(text);
}

function seeds(text: string): number[] {
  return different(text.split(',').map(wholeNumber));
}

function lambdas(text: string): Lambda[] {
  return different(
    text.split(',').map((part) => (part.trim() === 'cv' ? 'cv' : upTo(LARGEST_LAMBDA, positive)(part))),
  );
}

/** A seed that stands twice would count its split twice, as in a study file. */
function different<T>(values: T[]): T[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} stands twice; name each once.`);
  return values;
}

export const registerMeasure: Register = (program) => {
  program
    .command('measure')
    .description('measure synchrony over a folder of recordings, of a study or made by hand')
    .argument('<folder>', 'a run (runs/NAME), or any folder of *.safetensors states')
    .option('--samples <n>', 'state pairs per direction, or "all"', samples, 'all')
    .option('--test <share>', 'share of the samples that is held out', share, 0.2)
    .option('--split-seeds <list>', 'seeds of the splits, like 0,1,2', seeds, [0, 1, 2])
    .option(
      '--lambda <list>',
      'ridge penalties: numbers, or cv for cross-validation, like 0.1,cv; the first has the intervals',
      lambdas,
      ['cv', 0.1],
    )
    .addOption(
      new Option('--group-by <what>', 'what is never divided between training and test')
        .choices(['interaction', 'characterPair', 'scenario'])
        .default('interaction'),
    )
    .addOption(
      new Option('--solver <name>', 'published-float32 repeats the published numerics, for comparison')
        .choices(['exact', 'published-float32'])
        .default('exact'),
    )
    .addOption(
      new Option(
        '--intervals <cells>',
        'layer pairs with intervals: those that can be the best, all, or none',
      )
        .choices(['candidates', 'all', 'none'])
        .default('candidates'),
    )
    .addOption(deviceOption())
    .option(...MEMORY)
    .option('--threads <n>', 'threads (default: as many as there are cores)', threadCount)
    .option(
      '--targets <folder>',
      'states of the active partners, file by file; those in FOLDER are then readers’ and the sources alone',
    )
    .addOption(
      new Option(
        '--names <which>',
        'what the models of a run are called: as in its study, or by their checkpoints',
      )
        .choices(['study', 'checkpoint'])
        .default('study'),
    )
    .option('--out <folder>', 'where the results go (default: FOLDER/measured)', folderPath)
    .option(...JSON_DOCUMENT)
    .action(async (folder, options) => (await import('../measure.ts')).measure(folder, options));
};
