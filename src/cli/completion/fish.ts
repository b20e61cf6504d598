import type { TreeCommand } from './tree.ts';

/** A text in fish's single quotes. */
const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** For fish, sourced or in ~/.config/fish/completions. */
export function fishScript(name: string, commands: readonly TreeCommand[]): string {
  const lines = commands.flatMap((one) => {
    const at = `complete -c ${name} -n ${quoted(`__${name}_at ${one.words.join(' ')}`.trim())}`;
    const below = one.commands.map((sub) => `${at} -f -a ${quoted(sub.name)} -d ${quoted(sub.about)}`);
    const choices = one.choices.length > 0 ? [`${at} -f -a ${quoted(one.choices.join(' '))}`] : [];
    const options = one.options.map(({ flags, about, takesValue, choices: values }) => {
      const forms = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
      return `${at} ${forms.join(' ')}${value} -d ${quoted(about)}`;
    });
    return [...below, ...choices, ...options];
  });
  const places = commands.filter(({ words }) => words.length > 0).map(({ words }) => quoted(words.join(' ')));
  return `# Completion of ${name} in fish: ${name} completion fish | source
function __${name}_at
    set -l at
    for word in (commandline -opc)[2..-1]
        contains -- (string trim "$at $word") ${places.join(' ')}; and set at $at $word
    end
    test "$at" = "$argv"
end
${lines.join('\n')}
`;
}
