// `interbrain init`: a study file to begin with. What is there already is never overwritten.

import { writeFile } from 'node:fs/promises';
import { BadInput, codeOf, messageOf } from '../errors.ts';
import { exampleNamed, examples } from '../studies/new-study/examples.ts';
import { studyText } from '../studies/new-study/study-text.ts';
import { openStudy } from '../studies/open.ts';
import { Interrupted } from './interrupt.ts';
import { askAnswers } from './questions.ts';

interface InitOptions {
  readonly example?: string;
  readonly list?: boolean;
}

/** @throws BadInput if the file is there already, or cannot be written */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST')
      throw new BadInput(file, `cannot be written (${messageOf(cause)})`, { cause });
    const other = 'interbrain init OTHER.yaml';
    throw new BadInput(file, `is there already, and nothing was written; name another file: ${other}`, {
      cause,
    });
  }
}

/** What to do next; and what there is to know of the study, if anything. */
async function tellNext(file: string): Promise<void> {
  const { stdout, stderr } = process;
  stdout.write(`${file} is written.\n`);
  try {
    const { warnings } = await openStudy(file, 'runs');
    for (const warning of warnings) stderr.write(`Warning: ${warning}\n`);
  } catch (error) {
    stdout.write(`Before it can be run:\n${messageOf(error)}\n`);
    return;
  }
  stdout.write(
    `How long it takes here:  interbrain estimate ${file}\nRun it:                  interbrain run ${file}\n`,
  );
}

function tellExamples(): void {
  const all = examples();
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, about } of all) process.stdout.write(`${name.padEnd(width)}  ${about}\n`);
}

/** @throws BadInput without a terminal to ask on, for an unknown example, and for a file that is there */
export async function init(file: string | undefined, { example, list = false }: InitOptions): Promise<void> {
  if (list) return tellExamples();
  if (example !== undefined) {
    const { name, text } = exampleNamed(example);
    const path = file ?? `${name}.yaml`;
    await writeNew(path, text);
    return tellNext(path);
  }
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY)
    throw new BadInput(
      'init',
      'asks questions, and there is no terminal to ask on; name an example: interbrain init --example first-study (interbrain init --list shows all)',
    );
  const answers = await askAnswers({ input: stdin, output: stdout }, file);
  if (answers === undefined) throw new Interrupted('Stopped. Nothing was written.');
  const path = file ?? `${answers.name}.yaml`;
  await writeNew(path, studyText(answers, path));
  return tellNext(path);
}
