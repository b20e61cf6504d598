// What can be completed: commands with their options and the values of these, as plain data.

import type { Command, Option } from 'commander';

export interface TreeOption {
  /** `--device`; with the short form before it, if there is one. */
  readonly flags: readonly string[];
  /** One line. */
  readonly about: string;
  readonly takesValue: boolean;
  /** Values that there are; none if they cannot be listed. */
  readonly choices: readonly string[];
}

export interface TreeCommand {
  /** Words after the program's name; none for the program itself. */
  readonly words: readonly string[];
  readonly about: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly TreeOption[];
  /** Values of its first argument that can be listed. */
  readonly choices: readonly string[];
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function optionOf({ short, long, description, required, optional, argChoices }: Option): TreeOption {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    about: oneLine(description),
    takesValue: required || optional,
    choices: argChoices ?? [],
  };
}

/** The program and all its commands, each before those below it. */
export function commandTree(command: Command, words: readonly string[] = []): TreeCommand[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const own: TreeCommand = {
    words,
    about: oneLine(command.description()),
    commands: below.map((one) => ({ name: one.name(), about: oneLine(one.description()) })),
    options: help.visibleOptions(command).map(optionOf),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
  const further = command.commands.flatMap((one) => commandTree(one, [...words, one.name()]));
  return [own, ...further];
}

/** Words with a blank before each: how scripts write where they are. */
export function placeOf(words: readonly string[]): string {
  return words.map((word) => ` ${word}`).join('');
}

/** A text in single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Options of a command whose values can be listed. */
export function listedValues({
  options,
  words,
}: TreeCommand): { place: string; choices: readonly string[] }[] {
  return options
    .filter(({ choices }) => choices.length > 0)
    .flatMap(({ flags, choices }) => flags.map((flag) => ({ place: `${placeOf(words)} ${flag}`, choices })));
}

/** For bash and zsh: the places below one, each with what is said when a word has led there. */
export function stepsBelow({ words, commands }: TreeCommand): (readonly [place: string, line: string])[] {
  return commands
    .filter(({ name }) => name !== 'help')
    .map(({ name }) => {
      const place = `${placeOf(words)} ${name}`;
      return [place, `at=${quoted(place)}`] as const;
    });
}
