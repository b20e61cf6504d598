// Values on the command line, and the options that several commands share.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVICES } from '../../numerics/device.ts';
import { parseBytes } from '../bytes.ts';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('It should be a whole number.');
  return value;
}

export function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('It should be 1 or more.');
  return value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It should be a number above 0.');
  return value;
}

export function bytes(text: string): number {
  const value = parseBytes(text);
  if (value === undefined) throw new InvalidArgumentError('It should be a size, like 3GB, 800MB or 4GiB.');
  return value;
}

export const INTERACTIONS = [
  '--interactions <n>',
  'play so many interactions, spread evenly, whatever the study says: to shorten it',
  atLeastOne,
] as const;

/** Of commands that print one JSON document. */
export const JSON_DOCUMENT = [
  '--json',
  'print one JSON document and nothing else on stdout (docs/json.md)',
] as const;

export const MODEL_ARGUMENT = [
  '<model>',
  'a folder in Hugging Face layout, org/name on the Hugging Face hub, or an embedded model',
] as const;

export function deviceOption(): Option {
  return new Option('--device <name>', 'where the measure multiplies its large matrices')
    .choices(DEVICES)
    .default('cpu');
}

/** Puts a command into the program; its own code is loaded when it is called. */
export type Register = (program: Command) => void;
