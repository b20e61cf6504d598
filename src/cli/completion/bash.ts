import { listedValues, placeOf, quoted, stepsBelow, type TreeCommand } from './tree.ts';

/** Lines of a `case`, one for each place. */
function cases(rows: readonly (readonly [place: string, line: string])[]): string {
  return rows.map(([place, line]) => `    ${quoted(place)}) ${line} ;;`).join('\n');
}

const words = (list: readonly string[]) => quoted(list.join(' '));

/** For bash 3.2 and newer, with or without bash-completion. What is not listed is completed as a file's name. */
export function bashScript(name: string, commands: readonly TreeCommand[]): string {
  const below = commands.flatMap(stepsBelow);
  const values = commands.flatMap(listedValues);
  const skipped = commands.flatMap(({ words: own, options }) =>
    options
      .filter(({ takesValue, choices }) => takesValue && choices.length === 0)
      .flatMap(({ flags }) => flags.map((flag) => [`${placeOf(own)} ${flag}`, 'return'] as const)),
  );
  const options = commands.map(
    (one) => [placeOf(one.words), words(one.options.flatMap(({ flags }) => flags))] as const,
  );
  const plain = commands
    .map((one) => [placeOf(one.words), [...one.commands.map((sub) => sub.name), ...one.choices]] as const)
    .filter(([, list]) => list.length > 0);
  return `# Completion of ${name} in bash: source <(${name} completion bash)
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' i
  COMPREPLY=()
  # bash takes --option=value apart.
  if [ "$cur" = '=' ]; then cur=''; elif [ "$prev" = '=' ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${cases(below)}
    esac
  done
  case "$at $prev" in
${cases([...values.map(({ place, choices }) => [place, `COMPREPLY=($(compgen -W ${words(choices)} -- "$cur")); return`] as const), ...skipped])}
  esac
  local list=''
  case "$cur" in
  -*) case "$at" in
${cases(options.map(([place, list]) => [place, `list=${list}`] as const))}
    esac ;;
  *) case "$at" in
${cases(plain.map(([place, list]) => [place, `list=${words(list)}`] as const))}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$list" -- "$cur"))
}
complete -o default -F _${name} ${name}
`;
}
