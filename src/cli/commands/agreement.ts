import type { Register } from './arguments.ts';

export const registerAgreement: Register = (program) => {
  program
    .command('agreement')
    .description('compare people’s scores with a judge’s')
    .argument('<human>', 'people’s scores: CSV or JSON')
    .argument('<judge>', 'a run’s folder that has been judged, or a CSV or JSON file of a judge’s scores')
    .option('--out <folder>', 'where figures and tables go (default: agreement beside HUMAN)')
    .action(async (human, judge, options) =>
      (await import('../agreement.ts')).agreement(human, judge, options),
    );
};
