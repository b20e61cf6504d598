// Values on the command line, and the options that several commands share.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVICES } from '../../numerics/device.ts';
import { parseBytes } from '../bytes.ts';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It should be a whole number.');
  return value;
}

function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('It should be 1 or more.');
  return value;
}

/** The same value, where it is not above `most`. */
export function upTo(most: number, parse: (text: string) => number): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (value > most) throw new InvalidArgumentError(`It should be ${most} or less.`);
    return value;
  };
}

/** More threads than any machine has; each takes memory of its own. */
export const threadCount = upTo(1024, atLeastOne);

/** More interactions, prompts, episodes or rows than anybody has. */
export const count = upTo(100_000_000, atLeastOne);

export const portNumber = upTo(65_535, atLeastOne);

/** More GPUs than one model is divided over. */
export const deviceCount = upTo(1024, atLeastOne);

/** `1,8`. */
export function counts(text: string): number[] {
  return text.split(',').map(upTo(100_000, atLeastOne));
}

/** As the study file has it for maxTokens. */
export const tokenCount = upTo(1_000_000, atLeastOne);

/** Below one, both ends left out. */
export function share(text: string): number {
  const value = positive(text);
  if (value >= 1) throw new InvalidArgumentError('It should lie between 0 and 1, like 0.2.');
  return value;
}

/** The path of a folder; the present one has a name too. */
export function folderPath(text: string): string {
  if (text.trim() === '')
    throw new InvalidArgumentError('It is empty; the present folder is called "." here.');
  return text;
}

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError('It should be a number above 0.');
  return value;
}

/** Less than this is a number whose unit was forgotten. */
const LEAST_MEMORY = 1_000_000;
/** More than any machine has. */
const MOST_MEMORY = 1e15;

/** Bytes. */
export function memorySize(text: string): number {
  const value = parseBytes(text);
  if (value === undefined || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It should be a size, like 3GB, 800MB or 4GiB.');
  if (value > MOST_MEMORY) throw new InvalidArgumentError('It should be 1000TB or less.');
  if (value < LEAST_MEMORY)
    throw new InvalidArgumentError(
      `It is ${value} ${value === 1 ? 'byte' : 'bytes'}, and nothing can be done with less than 1MB; with its unit it is like 3GB or 800MB.`,
    );
  return value;
}

/** As the study file has it for judge.concurrency. */
export const judgeConcurrency = upTo(1024, atLeastOne);

/** As the study file has it for judge.timeout. */
export function seconds(text: string): number {
  const value = positive(text);
  if (value > 86_400) throw new InvalidArgumentError('It should be 86400, which is a day, or less.');
  return value;
}

/** Seconds; a worker says that it lives six times in it, and the network takes its time. */
export function lostAfter(text: string): number {
  const value = positive(text);
  if (value < 3 || value > 86_400)
    throw new InvalidArgumentError('It should be between 3 and 86400 seconds.');
  return value;
}

/** `a,b` */
export function names(text: string): string[] {
  const all = text.split(',').map((name) => name.trim());
  if (all.includes('')) throw new InvalidArgumentError('It should be names with commas between them.');
  return all;
}

export const QUEUE_ADDRESS = [
  '--queue <address>',
  'have workers make the results: an address of Redis like redis://host:6379 (docs/cluster.md)',
] as const;

export const MEMORY = [
  '--memory <size>',
  'memory for the measure, like 3GB (default: half of what is free)',
  memorySize,
] as const;

export const KV_MEMORY = [
  '--kv-memory <size>',
  'memory for what the models have read, which decides how many episodes are played at once (default: a quarter of what is free)',
  memorySize,
] as const;

export const INTERACTIONS = [
  '--interactions <n>',
  'play so many interactions, spread evenly, whatever the study says: to shorten it',
  count,
] as const;

/** Of commands that print one JSON document. */
export const JSON_DOCUMENT = [
  '--json',
  'print one JSON document and nothing else on stdout (docs/json.md)',
] as const;

export const MODEL_ARGUMENT = [
  '<model>',
  'a folder in Hugging Face layout, a GGUF file, org/name or org/name/FILE.gguf on the Hugging Face hub, or an embedded model',
] as const;

export function deviceOption(): Option {
  return new Option('--device <name>', 'where the measure multiplies its large matrices')
    .choices(DEVICES)
    .default('cpu');
}

/** Puts a command into the program; its own code is loaded when it is called. */
export type Register = (program: Command) => void;
