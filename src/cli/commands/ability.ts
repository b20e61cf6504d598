import { count, folderPath, MODEL_ARGUMENT, type Register, threadCount } from './arguments.ts';

export const registerAbility: Register = (program) => {
  program
    .command('ability')
    .description('test what a model can do: IFEval (following instructions) or MuSR (reasoning over stories)')
    .argument('<benchmark>', 'ifeval or musr')
    .argument(...MODEL_ARGUMENT)
    .option(
      '--data <place>',
      'the published data: a file, a folder or an address (default: where it is published)',
    )
    .option('--limit <n>', 'ask only so many prompts or stories, spread evenly over the data', count)
    .option('--dtype <type>', 'type of the weights in memory: fp32, q8, w8a8 or q4', 'fp32')
    .option('--threads <n>', 'threads for the model', threadCount)
    .option(
      '--out <folder>',
      'where results are kept; what is answered there is not asked again',
      folderPath,
      'abilities',
    )
    .action(async (benchmark, model, options) =>
      (await import('../ability.ts')).ability(benchmark, model, options),
    );
};
