import { folderPath, type Register } from './arguments.ts';

export const registerAgreement: Register = (program) => {
  program
    .command('agreement')
    .description('compare people’s scores with a judge’s, or with several judges’ side by side')
    .argument('<human>', 'people’s scores: CSV or JSON')
    .argument('<judges...>', 'runs’ folders that have been judged, or CSV or JSON files of judges’ scores')
    .option('--out <folder>', 'where figures and tables go (default: agreement beside HUMAN)', folderPath)
    .action(async (human, judges, options) =>
      (await import('../agreement.ts')).agreement(human, judges, options),
    );
};
