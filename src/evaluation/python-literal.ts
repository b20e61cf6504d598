// Lists of strings as Python writes them, which published data holds in place of JSON.
// https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences

/** What stands for one character; a backslash before anything else stays, with what follows it. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(\n|.))/gs;
const STRING =
  /^([rR]|[uU])?(?:'''((?:[^\\]|\\.)*?)'''|"""((?:[^\\]|\\.)*?)"""|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/s;

/** The characters that an escaped string stands for; undefined for an escape that Python refuses. */
function unescaped(text: string): string | undefined {
  let valid = true;
  const result = text.replace(ESCAPE, (whole, octal, two, four, eight, other: string | undefined) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const digits: string | undefined = two ?? four ?? eight;
    const code = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
    if (digits !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    // Too few digits, too large a number, or a character by its name, which would take a table of all names.
    if (other === undefined || ['x', 'u', 'U', 'N'].includes(other)) valid = false;
    return other !== undefined && Object.hasOwn(ESCAPES, other) ? (ESCAPES[other] ?? '') : whole;
  });
  return valid ? result : undefined;
}

/** Strings that stand beside each other are one. */
function stringAt(text: string): { readonly value: string; readonly rest: string } | undefined {
  let value: string | undefined;
  let rest = text;
  for (let found = STRING.exec(rest); found; found = STRING.exec(rest)) {
    const [whole, prefix, ...bodies] = found;
    const body = bodies.find((one) => one !== undefined) ?? '';
    const part = prefix?.toLowerCase() === 'r' ? body : unescaped(body);
    if (part === undefined) return undefined;
    value = (value ?? '') + part;
    rest = rest.slice(whole.length).trimStart();
  }
  return value === undefined ? undefined : { value, rest };
}

/** The strings of a list or tuple in Python's notation: `['a', "b's"]`; undefined for anything else. */
export function parsePythonStrings(text: string): string[] | undefined {
  const inner = /^\s*(?:\[(.*)\]|\((.*)\))\s*$/s.exec(text);
  if (!inner) return undefined;
  let rest = (inner[1] ?? inner[2] ?? '').trimStart();
  const strings: string[] = [];
  while (rest !== '') {
    const next = stringAt(rest);
    if (!next) return undefined;
    strings.push(next.value);
    if (next.rest !== '' && !next.rest.startsWith(',')) return undefined;
    rest = next.rest.replace(/^,\s*/, '');
  }
  return strings;
}
