// The five questions of `interbrain init`. An answer that cannot be right is told at once, where it is given.

import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { isCancel, select, text } from '@clack/prompts';
import { type ModelEntry, modelEntry } from '../models/sources.ts';
import { type Answers, FEWEST_INTERACTIONS } from '../studies/new-study/answers.ts';
import { plainName } from '../studies/schema.ts';

/** Where questions are asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Thrown within, when Ctrl-C takes the place of an answer. */
class Cancelled extends Error {}

class Questions {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async choose<Value extends string>(
    message: string,
    options: readonly (readonly [value: Value, label: string])[],
  ): Promise<Value> {
    const list = options.map(([value, label]) => ({ value, label })) as Parameters<
      typeof select<Value>
    >[0]['options'];
    const answer = await select<Value>({ message, options: list, ...this.#terminal });
    if (isCancel(answer)) throw new Cancelled();
    return answer;
  }

  /** @param check says what is wrong with an answer */
  async ask(
    message: string,
    proposed: string,
    check: (answer: string) => string | undefined,
  ): Promise<string> {
    const given = (answer: string | undefined) =>
      answer === undefined || answer === '' ? proposed : answer.trim();
    const answer = await text({
      ...{ message, placeholder: proposed, defaultValue: proposed, ...this.#terminal },
      validate: (value) => check(given(value)),
    });
    if (isCancel(answer)) throw new Cancelled();
    return given(answer);
  }
}

const EMBEDDED: Answers['models'] = [{ embedded: 'toy-llama' }, { embedded: 'toy-mistral' }];

async function askModels(questions: Questions, file: string | undefined): Promise<Answers['models']> {
  const kind = await questions.choose('What kind of models?', [
    ['embedded', 'embedded toys: run anywhere, offline; numbers show that the instrument works'],
    ['path', 'checkpoints in folders, in Hugging Face layout'],
    ['hub', 'checkpoints from the Hugging Face hub; downloaded when the study is run'],
  ]);
  if (kind === 'embedded') return EMBEDDED;
  const check = kind === 'path' ? checkFolder : checkHub;
  const examples = kind === 'path' ? '/models/Llama-3.2-1B-Instruct' : 'Qwen/Qwen2.5-0.5B-Instruct';
  const first = await questions.ask('The first model', examples, check);
  const second = await questions.ask('The second model (the same one talks with itself)', first, check);
  const entry = (answer: string): ModelEntry =>
    modelEntry.parse(kind === 'hub' ? { hub: answer } : { path: fromFile(answer, file) });
  return [entry(first), entry(second)];
}

/** A path as the study file has it, which counts from its own folder. */
function fromFile(path: string, file: string | undefined): string {
  if (file === undefined || isAbsolute(path) || /^https?:\/\//.test(path)) return path;
  return relative(resolve(dirname(file)), resolve(path)) || '.';
}

function checkFolder(folder: string): string | undefined {
  if (existsSync(join(folder, 'config.json'))) return undefined;
  return `${folder} has no config.json; a checkpoint's folder has one, with tokenizer.json and *.safetensors`;
}

function checkHub(name: string): string | undefined {
  return modelEntry.safeParse({ hub: name }).success && /^[^/\s]+\/[^/\s]+$/.test(name)
    ? undefined
    : `${name} is no name on the hub, which is org/name or org/name@revision`;
}

async function askScenarios(questions: Questions, file: string | undefined): Promise<Answers['scenarios']> {
  const kind = await questions.choose('Which scenarios?', [
    ['embedded', 'the embedded small world: 36 scenarios, 180 interactions'],
    ['sotopia', 'Sotopia’s data, in a folder or at an address'],
    ['path', 'a JSON file of your own'],
  ]);
  if (kind === 'embedded') return 'embedded';
  if (kind === 'path')
    return { path: fromFile(await questions.ask('The file', 'scenarios.json', checkFile), file) };
  return { sotopia: fromFile(await questions.ask('Its folder or address', 'sotopia', checkSotopia), file) };
}

function checkFile(path: string): string | undefined {
  return existsSync(path) ? undefined : `${path} is not there`;
}

function checkSotopia(place: string): string | undefined {
  if (/^https?:\/\//.test(place)) return undefined;
  const missing = ['envs.json', 'agents.json', 'env_agent_combos.json'].filter(
    (name) => !existsSync(join(place, name)),
  );
  return missing.length > 0 ? `${place} has no ${missing.join(', no ')}` : undefined;
}

async function askInteractions(questions: Questions): Promise<Answers['interactions']> {
  const answer = await questions.ask('How many interactions? (a number, or all)', 'all', checkInteractions);
  return answer === 'all' ? 'all' : Number(answer);
}

function checkInteractions(answer: string): string | undefined {
  if (answer === 'all' || (/^\d+$/.test(answer) && Number(answer) >= FEWEST_INTERACTIONS)) return undefined;
  return `all, or a whole number of ${FEWEST_INTERACTIONS} or more: some of them are held out`;
}

async function askJudge(questions: Questions, scenarios: Answers['scenarios']): Promise<Answers['judge']> {
  const nobody = ['nobody', 'nobody'] as const;
  const api = ['api', 'a model behind an OpenAI-compatible API, such as vLLM'] as const;
  // Rules know the embedded world alone.
  const rule = ['rule', 'rules of the embedded world; offline'] as const;
  const who = await questions.choose(
    'Who scores how well they did?',
    scenarios === 'embedded' ? [rule, api, nobody] : [api, nobody],
  );
  if (who === 'rule') return 'rule';
  if (who === 'nobody') return false;
  const url = await questions.ask('Its address', 'http://localhost:8000/v1', checkAddress);
  const model = await questions.ask('The model’s name there', 'openai/gpt-oss-120b', (name) =>
    name === '' ? 'a name is needed' : undefined,
  );
  return { url, model };
}

function checkAddress(address: string): string | undefined {
  return /^https?:\/\/\S+$/.test(address)
    ? undefined
    : `${address} is no address, which begins with http:// or https://`;
}

function checkName(file: string | undefined): (name: string) => string | undefined {
  return (name) => {
    const parsed = plainName.safeParse(name);
    if (!parsed.success) return parsed.error.issues.map(({ message }) => message).join('; ');
    return file === undefined && existsSync(`${name}.yaml`) ? `${name}.yaml is there already` : undefined;
  };
}

/**
 * Asks all questions.
 *
 * @param file that the study is to be written to, if it was named
 * @returns undefined if Ctrl-C took the place of an answer
 */
export async function askAnswers(terminal: Terminal, file: string | undefined): Promise<Answers | undefined> {
  const questions = new Questions(terminal);
  try {
    const models = await askModels(questions, file);
    const scenarios = await askScenarios(questions, file);
    const interactions = await askInteractions(questions);
    const judge = await askJudge(questions, scenarios);
    const proposed = file === undefined ? 'my-study' : basename(file).replace(/\.ya?ml$/, '');
    const name = await questions.ask(
      'A name for the study, its folder and its file',
      proposed,
      checkName(file),
    );
    return { models, scenarios, interactions, judge, name };
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    throw error;
  }
}
