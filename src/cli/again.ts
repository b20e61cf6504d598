/** An argument as a shell takes it: in quotes where it has to be. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command that goes on with a study, as the one that was called: in the same folder, just as long. */
export function againCommand(
  file: string,
  { out, interactions }: { readonly out: string; readonly interactions?: number },
): string {
  const folder = out === 'runs' ? '' : ` --out ${quoted(out)}`;
  return `interbrain run ${quoted(file)}${folder}${interactions === undefined ? '' : ` --interactions ${interactions}`}`;
}
