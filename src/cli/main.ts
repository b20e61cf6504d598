#!/usr/bin/env node
// The command line. Each command's code is loaded only when it is called, so that --help is instant.

import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { InterbrainError } from '../errors.ts';
import { MODEL_DEVICES } from '../models/onnx/device-names.ts';
import { DEVICES } from '../numerics/device.ts';
import type { Lambda } from '../synchrony/types.ts';
import { parseBytes } from './bytes.ts';

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It should be a whole number.');
  return value;
}

function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('It should be 1 or more.');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It should be a number above 0.');
  return value;
}

function bytes(text: string): number {
  const value = parseBytes(text);
  if (value === undefined) throw new InvalidArgumentError('It should be a size, like 3GB, 800MB or 4GiB.');
  return value;
}

function samples(text: string): number | 'all' {
  return text === 'all' ? 'all' : wholeNumber(text);
}

function seeds(text: string): number[] {
  return text.split(',').map(wholeNumber);
}

function lambdas(text: string): Lambda[] {
  return text.split(',').map((part) => (part.trim() === 'cv' ? 'cv' : positive(part)));
}

const INTERACTIONS = [
  '--interactions <n>',
  'play so many interactions, spread evenly, whatever the study says: to shorten it',
  atLeastOne,
] as const;

function deviceOption(): Option {
  return new Option('--device <name>', 'where the measure multiplies its large matrices')
    .choices(DEVICES)
    .default('cpu');
}

function program(): Command {
  const root = new Command('interbrain')
    .description('Measures neural synchrony between two language models while they talk.')
    .version(version())
    // Whatever is wrong with the command line is bad input.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .showHelpAfterError('(interbrain --help lists the commands)')
    .addHelpText(
      'after',
      `
A first study with the embedded models:   interbrain run examples/first-study.yaml
Its page afterwards:                      runs/first-study/report/index.html`,
    );

  root
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
    .action(async (study, options) => (await import('./run.ts')).run(study, options));

  root
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
    .action(async (study, options) => (await import('./estimate.ts')).estimate(study, options));

  root
    .command('status')
    .description('say what of a study is done and what is missing; changes nothing')
    .argument('<study>', 'a study file (YAML)')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option(...INTERACTIONS)
    .action(async (study, options) => (await import('./status.ts')).status(study, options));

  root
    .command('measure')
    .description('measure synchrony over a folder of recordings, of a study or made by hand')
    .argument('<folder>', 'a run (runs/NAME), or any folder of *.safetensors states')
    .option('--samples <n>', 'state pairs per direction, or "all"', samples, 'all')
    .option('--test <share>', 'share of the samples that is held out', positive, 0.2)
    .option('--split-seeds <list>', 'seeds of the splits, like 0,1,2', seeds, [0, 1, 2])
    .option(
      '--lambda <list>',
      'ridge penalties: numbers, or cv for cross-validation, like 0.1,cv',
      lambdas,
      [0.1],
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
    .option(
      '--bootstrap <draws>',
      'bootstrap draws for the confidence intervals, 0 for none',
      wholeNumber,
      1000,
    )
    .addOption(
      new Option('--intervals <cells>', 'layer pairs with intervals: those that can be the best, or all')
        .choices(['candidates', 'all'])
        .default('candidates'),
    )
    .addOption(deviceOption())
    .option('--memory <size>', 'memory to use, like 3GB (default: half of what is free)', bytes)
    .option('--threads <n>', 'threads (default: as many as there are cores)', wholeNumber)
    .option(
      '--targets <folder>',
      'states of the active partners, file by file; those in FOLDER are then readers’ and the sources alone',
    )
    .option('--out <folder>', 'where the results go (default: FOLDER/measured)')
    .action(async (folder, options) => (await import('./measure.ts')).measure(folder, options));

  root
    .command('judge')
    .description(
      'score the recorded episodes of a run, by the study’s judge or another; goes on where it was stopped',
    )
    .argument('<run>', 'a run’s folder, like runs/first-study')
    .option('--url <address>', 'server with the OpenAI API, like http://localhost:8000/v1')
    .option('--model <name>', 'the judge model’s name there')
    .option('--api-key-env <variable>', 'environment variable that holds the API key')
    .option('--concurrency <n>', 'questions at once', atLeastOne)
    .option('--timeout <seconds>', 'for one answer', positive)
    .option('--max-tokens <n>', 'longest answer, thoughts included', atLeastOne)
    .option('--rule', 'judge by rule, in the embedded world')
    .option('--retry-failed', 'judge again what failed before')
    .action(async (run, options) => (await import('./judge.ts')).judge(run, options));

  root
    .command('agreement')
    .description('compare people’s scores with a judge’s')
    .argument('<human>', 'people’s scores: CSV or JSON')
    .argument('<judge>', 'a run’s folder that has been judged, or a CSV or JSON file of a judge’s scores')
    .option('--out <folder>', 'where figures and tables go (default: agreement beside HUMAN)')
    .action(async (human, judge, options) =>
      (await import('./agreement.ts')).agreement(human, judge, options),
    );

  root
    .command('report')
    .description('write the report of a run again, from its results')
    .argument('<run>', 'a run’s folder, like runs/first-study')
    .action(async (folder) => (await import('./report.ts')).report(folder));

  root
    .command('model')
    .description('look at models')
    .command('inspect')
    .description('say what a checkpoint is, what it needs and whether interbrain can run it')
    .argument(
      '<model>',
      'a folder in Hugging Face layout, org/name on the Hugging Face hub, or an embedded model',
    )
    .option('--prompt <text>', 'let it reply to this text, as a check')
    .option(
      '--dtype <type>',
      'type of the weights in memory: fp32, q8 or q4; on a device also fp16 or bf16',
      'fp32',
    )
    .addOption(new Option('--device <name>', 'where it shall run').choices(MODEL_DEVICES).default('cpu'))
    .option('--measure', 'load it and measure how fast it reads and speaks')
    .action(async (model, options) => (await import('./model.ts')).inspect(model, options));

  root
    .command('ability')
    .description('test what a model can do: IFEval (following instructions) or MuSR (reasoning over stories)')
    .argument('<benchmark>', 'ifeval or musr')
    .argument(
      '<model>',
      'a folder in Hugging Face layout, org/name on the Hugging Face hub, or an embedded model',
    )
    .option(
      '--data <place>',
      'the published data: a file, a folder or an address (default: where it is published)',
    )
    .option('--limit <n>', 'ask only so many prompts or stories, spread evenly over the data', atLeastOne)
    .option('--dtype <type>', 'type of the weights in memory: fp32, q8 or q4', 'fp32')
    .option('--threads <n>', 'threads for the model', atLeastOne)
    .option(
      '--out <folder>',
      'where results are kept; what is answered there is not asked again',
      'abilities',
    )
    .action(async (benchmark, model, options) =>
      (await import('./ability.ts')).ability(benchmark, model, options),
    );

  root
    .command('doctor')
    .description('say whether this machine has what interbrain needs, and what it can compute on')
    .option('--install-cuda', 'fetch ONNX Runtime’s libraries for CUDA first (Linux x64)')
    .action(async (options) => (await import('./doctor.ts')).doctor(options));

  root
    .command('schema')
    .description('print the JSON Schema of the study file, for editors')
    .action(async () => (await import('./schema.ts')).schema());

  return root;
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof InterbrainError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`This is a bug in interbrain; please report it with what follows.\n`);
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
