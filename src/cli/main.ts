#!/usr/bin/env node
// The command line. Each command's code is loaded only when it is called, so that --help is instant.

import { readFileSync } from 'node:fs';
import { Command, type CommanderError } from 'commander';
import { BadInput, InterbrainError } from '../errors.ts';
import { systemProblem } from '../files/file-problem.ts';
import { tellBugs } from './bug.ts';
import { surviveClosedOutput } from './closed-output.ts';
import { registerAbility } from './commands/ability.ts';
import { registerAgreement } from './commands/agreement.ts';
import type { Register } from './commands/arguments.ts';
import { registerCompare } from './commands/compare.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerEstimate } from './commands/estimate.ts';
import { registerExport } from './commands/export.ts';
import { registerInit } from './commands/init.ts';
import { registerJudge } from './commands/judge.ts';
import { registerMeasure } from './commands/measure.ts';
import { registerModel } from './commands/model.ts';
import { registerPrompts } from './commands/prompts.ts';
import { registerReport } from './commands/report.ts';
import { registerRun } from './commands/run.ts';
import { registerSchema } from './commands/schema.ts';
import { registerServe } from './commands/serve.ts';
import { registerServeModel } from './commands/serve-model.ts';
import { registerStatus } from './commands/status.ts';
import { registerWorker } from './commands/worker.ts';
import { errorDocument } from './error-document.ts';
import { Interrupted } from './interrupt.ts';

/** In the order in which --help lists them. */
const COMMANDS: readonly Register[] = [
  registerInit,
  registerRun,
  registerWorker,
  registerEstimate,
  registerStatus,
  registerMeasure,
  registerJudge,
  registerAgreement,
  registerReport,
  registerServe,
  registerExport,
  registerCompare,
  registerModel,
  registerServeModel,
  registerAbility,
  registerDoctor,
  registerPrompts,
  registerSchema,
  registerCompletion,
];

/** Commands that leave nothing behind but what they print: nobody waits for them once their output is closed. */
const PRINTING: readonly string[] = [
  'estimate',
  'status',
  'inspect',
  'serve-model',
  'doctor',
  'prompts',
  'schema',
  'compare',
  'completion',
];

function version(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}

/** Whatever is wrong with the command line is bad input; --help and --version end here too. */
function endEarly({ exitCode, message }: CommanderError): never {
  if (exitCode === 0) process.exit(0);
  if (process.argv.includes('--json'))
    printDocument(errorDocument(new BadInput('command line', message.replace(/^error: /, ''))));
  process.exit(2);
}

function printDocument(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

/** The command that was called, once its options are read. */
let called: Command | undefined;

function createProgram(): Command {
  const program = new Command('interbrain')
    .description('Measures neural synchrony between two language models while they talk.')
    .version(version())
    .exitOverride(endEarly)
    .showHelpAfterError('(interbrain --help lists the commands)')
    .hook('preAction', (_, command) => {
      called = command;
    })
    .addHelpText(
      'after',
      `
A first study with the embedded models:   interbrain run examples/first-study.yaml
Its page afterwards:                      runs/first-study/report/index.html`,
    );
  for (const register of COMMANDS) register(program);
  return program;
}

/** Says what ended a command, to people on stderr and, where `--json` was asked for, to programs on stdout. */
function tellError(thrown: unknown): void {
  // A full disk is no bug, wherever it is found out.
  const error = systemProblem(thrown) ?? thrown;
  const document = errorDocument(error);
  process.exitCode = document.error.exitCode;
  // `run` has written it as its last event.
  if (called?.opts()['json'] === true && called.name() !== 'run') printDocument(document);
  if (error instanceof InterbrainError || error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    return;
  }
  tellBugs([error], process.stderr);
}

surviveClosedOutput({
  stdout: process.stdout,
  stderr: process.stderr,
  goesOn: () => called !== undefined && !PRINTING.includes(called.name()),
  exit: process.exit,
});

try {
  await createProgram().parseAsync();
} catch (error) {
  tellError(error);
}
