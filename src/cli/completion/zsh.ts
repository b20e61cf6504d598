import { listedValues, placeOf, quoted, stepsBelow, type TreeCommand, type TreeOption } from './tree.ts';

function cases(rows: readonly (readonly [place: string, line: string])[]): string {
  return rows.map(([place, line]) => `    (${quoted(place)}) ${line} ;;`).join('\n');
}

/** `'--out:where runs are kept'`: a colon in a name would end it. */
const described = (name: string, about: string) => quoted(`${name.replaceAll(':', '\\:')}:${about}`);

const describedOptions = (options: readonly TreeOption[]) =>
  options.flatMap(({ flags, about }) => flags.map((flag) => described(flag, about))).join(' ');

/** For zsh, sourced or in a folder of fpath as `_interbrain`. */
export function zshScript(name: string, commands: readonly TreeCommand[]): string {
  const below = commands.flatMap(stepsBelow);
  const values = commands.flatMap(listedValues);
  const named = commands
    .filter((one) => one.commands.length + one.choices.length > 0)
    .map((one) => {
      const list = [
        ...one.commands.map((sub) => described(sub.name, sub.about)),
        ...one.choices.map((choice) => quoted(choice)),
      ];
      return [placeOf(one.words), `found=(${list.join(' ')}); _describe word found; return`] as const;
    });
  return `#compdef ${name}
# Completion of ${name} in zsh: source <(${name} completion zsh), after compinit
_${name}() {
  local -a found
  local at='' i
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
${cases(below)}
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${cases(values.map(({ place, choices }) => [place, `compadd -- ${choices.map(quoted).join(' ')}; return`] as const))}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case "$at" in
${cases(commands.map((one) => [placeOf(one.words), `found=(${describedOptions(one.options)})`] as const))}
    esac
    _describe -o option found
    return
  fi
  case "$at" in
${cases(named)}
  esac
  _files
}
if [ "\${funcstack[1]}" = "_${name}" ]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}
