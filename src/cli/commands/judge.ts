import { judgeConcurrency, type Register, seconds, tokenCount } from './arguments.ts';

export const registerJudge: Register = (program) => {
  program
    .command('judge')
    .description(
      'score the recorded episodes of a run, by the study’s judge or another; goes on where it was stopped',
    )
    .argument('<run>', 'a run’s folder, like runs/first-study')
    .option('--url <address>', 'server with the OpenAI API, like http://localhost:8000/v1')
    .option('--model <name>', 'the judge model’s name there')
    .option('--api-key-env <variable>', 'environment variable that holds the API key')
    .option('--concurrency <n>', 'questions at once', judgeConcurrency)
    .option('--timeout <seconds>', 'for one answer', seconds)
    .option('--max-tokens <n>', 'longest answer, thoughts included', tokenCount)
    .option('--rule', 'judge by rule, in the embedded world')
    .option('--retry-failed', 'judge again what failed before')
    .action(async (run, options) => (await import('../judge.ts')).judge(run, options));
};
