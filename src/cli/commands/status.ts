import { folderPath, INTERACTIONS, JSON_DOCUMENT, type Register } from './arguments.ts';

export const registerStatus: Register = (program) => {
  program
    .command('status')
    .description('say what of a study is done and what is missing; changes nothing')
    .argument('<study>', 'a study file (YAML)')
    .option('--out <folder>', 'where runs are kept', folderPath, 'runs')
    .option(...INTERACTIONS)
    .option(...JSON_DOCUMENT)
    .action(async (study, options) => (await import('../status.ts')).status(study, options));
};
